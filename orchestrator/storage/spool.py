"""Collect bytes in a file of our own and know their hashes, before anybody else has them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import TooLarge
from orchestrator.storage.base import Stored
from orchestrator.storage.disk import full, require_room

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Spooled:
    """Be a file that holds a whole object; it goes when the block ends that lends it."""

    path: Path
    stored: Stored


@asynccontextmanager
async def folder(scratch: Path) -> AsyncIterator[Path]:
    """Lend a new folder below `scratch`, deleted at the end; the janitor knows what a kill left."""
    place = scratch / secrets.token_hex(8)
    try:
        await asyncio.to_thread(place.mkdir, 0o700, True)
    except OSError as error:
        raise full(error) from error
    try:
        yield place
    finally:
        await asyncio.to_thread(shutil.rmtree, place, True)


@asynccontextmanager
async def spool(
    scratch: Path, key: str, source: AsyncIterator[bytes], max_bytes: int
) -> AsyncIterator[Spooled]:
    """Write a stream to a file below `scratch` and lend it, with its hashes, until the block ends.

    Raises FarmError: `too_large` (413), `storage_full` (507).
    """
    async with folder(scratch) as place:
        path = place / "spooled"
        yield Spooled(path, await _write(path, key, source, max_bytes))


async def _write(path: Path, key: str, source: AsyncIterator[bytes], max_bytes: int) -> Stored:
    size, sha256, md5 = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def take(block: bytes) -> None:
        require_room(path.parent)
        sha256.update(block)
        md5.update(block)
        out.write(block)

    try:
        with path.open("xb") as out:
            async for block in source:
                size += len(block)
                if size > max_bytes:
                    raise TooLarge(
                        f"This is larger than the {max_bytes} bytes that are taken here."
                    )
                await asyncio.to_thread(take, block)
    except ConnectionError:
        raise
    except OSError as error:
        raise full(error) from error
    return Stored(key, size, sha256.hexdigest(), md5.hexdigest())


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """Give a local file in blocks."""
    with path.open("rb") as source:
        while block := await asyncio.to_thread(source.read, BLOCK):
            yield block
