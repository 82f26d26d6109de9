"""Keep objects on the local disk; the orchestrator itself serves their signed addresses."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from orchestrator.errors import NotFound
from orchestrator.storage import disk, signing
from orchestrator.storage.base import SignedParts, SignedPut, Stored
from orchestrator.storage.whole import whole

BLOCK = 1 << 20


def _reader(path: Path) -> BinaryIO:
    return path.open("rb")


class LocalStore:
    """Be the ObjectStore of one folder. See storage.base for what each call promises."""

    def __init__(self, root: Path, url_key: bytes) -> None:
        self._root = root
        self._url_key = url_key

    async def put(
        self,
        key: str,
        source: AsyncIterator[bytes],
        *,
        max_bytes: int,
        sha256: str | None = None,
        size_bytes: int | None = None,
    ) -> Stored:
        """Store a stream; see ObjectStore."""
        writer = disk.Writer(self._root, signing.check_key(key), max_bytes)
        await whole(writer.__enter__, lambda opened: opened.__exit__(None, None, None))
        try:
            async for block in source:
                await whole(partial(writer.write, block))
            return await whole(partial(writer.publish, sha256, size_bytes))
        finally:
            await whole(partial(writer.__exit__, None, None, None))

    async def put_file(self, key: str, path: Path) -> Stored:
        """Store a copy of a local file."""
        return await asyncio.to_thread(self._copy, signing.check_key(key), path)

    def _copy(self, key: str, path: Path) -> Stored:
        with path.open("rb") as source, disk.Writer(self._root, key, 2**62) as writer:
            while block := source.read(BLOCK):
                writer.write(block)
            return writer.publish(None, None)

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, not including, `end`."""
        try:
            file = await whole(partial(_reader, self._path(key)), lambda opened: opened.close())
        except OSError as error:
            raise NotFound("object", key) from error
        try:
            file.seek(start)
            left = 2**62 if end is None else end - start
            while left > 0 and (block := await whole(partial(file.read, min(BLOCK, left)))):
                left -= len(block)
                yield block
        finally:
            file.close()

    async def stat(self, key: str) -> Stored | None:
        """Describe the object, None when there is none."""
        folder = disk.folder_of(self._root, signing.check_key(key))
        return await asyncio.to_thread(disk.read_meta, folder, key)

    async def delete(self, key: str) -> None:
        """Delete the object; no error when there is none."""
        folder = disk.folder_of(self._root, signing.check_key(key))
        await asyncio.to_thread(shutil.rmtree, folder, True)

    async def clear(self, prefix: str, keep: frozenset[str]) -> int:
        """Delete every object below a prefix but those to keep; give how many were deleted."""
        signing.check_key(prefix.removesuffix("/"))
        return await asyncio.to_thread(disk.clear, self._root, prefix, keep)

    @asynccontextmanager
    async def local_path(self, key: str) -> AsyncIterator[Path]:
        """Lend the object's own path, to be read only."""
        path = self._path(key)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("object", key)
        yield path

    def sign_get(self, key: str, ttl_s: float, filename: str | None = None) -> str:
        """Make a relative address to GET the object."""
        return signing.sign(
            self._url_key, "get", signing.check_key(key), ttl_s, name=filename or ""
        )

    def sign_put(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedPut:
        """Make a relative address to PUT exactly these bytes."""
        url = signing.sign(
            self._url_key,
            "put",
            signing.check_key(key),
            ttl_s,
            sha256=sha256,
            size_bytes=size_bytes,
            content_type=content_type,
        )
        return SignedPut(url, {"Content-Type": content_type})

    async def sign_parts(
        self,
        key: str,  # noqa: ARG002 - one PUT takes any size here
        ttl_s: float,  # noqa: ARG002
        *,
        sha256: str,  # noqa: ARG002
        size_bytes: int,  # noqa: ARG002
        content_type: str,  # noqa: ARG002
    ) -> SignedParts | None:
        """Give None: our own server takes files of any size in one PUT."""
        return None

    async def check(self) -> None:
        """See that the folder can be written to."""
        await asyncio.to_thread(disk.require_writable, self._root)

    async def check_room(self) -> None:
        """See that the disk has more left than the database's reserve."""
        await asyncio.to_thread(disk.require_room, self._root)

    async def close(self) -> None:
        """Do nothing: a folder needs no connection."""

    def _path(self, key: str) -> Path:
        return disk.data_path(self._root, signing.check_key(key))
