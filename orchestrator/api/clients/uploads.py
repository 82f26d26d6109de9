"""Receive one file by multipart/form-data into a folder of its own, which is gone afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from orchestrator.api.route import Call
from orchestrator.errors import BadRequest, FarmError, TooLarge
from orchestrator.storage.disk import full, require_room

BLOCK = 1 << 20
READ_TIMEOUT_S = 60.0
OVERHEAD = 64 * 1024
MAX_PARTS = 8
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Received:
    """Describe a received file; `name` is as sent, for people, never used as a path."""

    path: Path
    name: str
    size_bytes: int
    sha256: str


@asynccontextmanager
async def received(call: Call[Any], field: str, max_bytes: int) -> AsyncIterator[Received]:
    """Lend the file of the form field `field`; its folder is deleted at the end.

    Raises FarmError: 415, 400 (`bad_multipart`, `missing_file`), 408, 413, 507 (`storage_full`).
    """
    request = call.request
    if request.content_type != "multipart/form-data":
        raise FarmError(
            "unsupported_media_type",
            415,
            f"Send the file as multipart/form-data in a field named {field}.",
        )
    if (request.content_length or 0) > max_bytes + OVERHEAD:
        raise TooLarge(f"The file is larger than the {max_bytes} bytes that are taken here.")
    folder = call.deps.settings.data_dir / "incoming" / secrets.token_hex(8)
    try:
        await asyncio.to_thread(folder.mkdir, 0o700, True)
        yield await _receive(request, field, folder / "received", max_bytes)
    except ConnectionError:
        raise
    except OSError as error:
        raise full(error) from error
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _receive(request: web.Request, field: str, path: Path, max_bytes: int) -> Received:
    found: Received | None = None
    try:
        reader = await request.multipart()
        for _ in range(MAX_PARTS):
            async with asyncio.timeout(READ_TIMEOUT_S):
                part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name != field or found is not None:
                raise BadRequest(f"Send one file, in a field named {field}.", "bad_multipart")
            found = await _save(part, path, max_bytes)
    except TimeoutError as error:
        raise FarmError(
            "body_timeout", 408, f"No bytes came for {READ_TIMEOUT_S:.0f} s. Send it again."
        ) from error
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise BadRequest(
            "The form data cannot be read. Send multipart/form-data with a boundary.",
            "bad_multipart",
        ) from error
    if found is None:
        raise BadRequest(f"There is no file in a field named {field}.", "missing_file")
    return found


async def _save(part: BodyPartReader, path: Path, max_bytes: int) -> Received:
    size, sha256 = 0, hashlib.sha256()
    with path.open("xb") as out:
        while True:
            async with asyncio.timeout(READ_TIMEOUT_S):
                block = await part.read_chunk(BLOCK)
            if not block:
                break
            size += len(block)
            if size > max_bytes:
                raise TooLarge(
                    f"The file is larger than the {max_bytes} bytes that are taken here."
                )
            sha256.update(block)
            await asyncio.to_thread(require_room, path.parent)
            await asyncio.to_thread(out.write, block)
    if size == 0:
        raise BadRequest("The file is empty. Send its content.", "empty_file")
    return Received(path, clean_name(part.filename), size, sha256.hexdigest())


def clean_name(name: str | None) -> str:
    """Give a file's name as people may see it: no path, no control characters, not empty."""
    last = re.split(r"[/\\]", unquote(name or "", errors="replace"))[-1]
    return _UNSAFE.sub("", last).strip()[:200] or "file"
