"""Sends a large file in parts: a cut costs one part, and another run goes on where one ended."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from orchestrator.client.errors import ClientError
from orchestrator.wire.content.uploads import Upload, UploadCreate, UploadDone, UploadPart
from orchestrator.wire.frames import each, minus, parse

M = TypeVar("M", bound=BaseModel)
AT_ONCE = 3
ROUNDS = 3


class Call(Protocol):
    """Call the server, patiently; `key` makes a creating call repeatable in another run too."""

    def __call__(
        self,
        method: str,
        path: str,
        answer: type[M],
        body: BaseModel | None = None,
        *,
        key: str | None = None,
    ) -> Awaitable[M]:
        """Send a message and read the answer."""


SendPart = Callable[[str, bytes], Awaitable[UploadPart]]
"""PUT one part's bytes to a path, patiently."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """Describe a whole file."""

    size_bytes: int
    sha256: str
    md5: str


async def send_in_parts(
    call: Call, send: SendPart, source: Path, project_id: UUID | None
) -> UploadDone:
    """Send a file as a project's template, or as a client's file; raises ClientError."""
    hashes = await asyncio.to_thread(_hash, source)
    upload = await _begin(call, source, hashes, project_id)
    for _ in range(ROUNDS):
        await _send_missing(send, source, upload)
        try:
            return await call("POST", f"/v1/uploads/{upload.id}/complete", UploadDone)
        except ClientError as error:
            if error.code != "parts_missing":
                raise
        upload = await call("GET", f"/v1/uploads/{upload.id}", Upload)
    raise ClientError("parts_missing", "The server loses parts again and again. See its storage.")


async def _begin(call: Call, source: Path, hashes: Hashes, project_id: UUID | None) -> Upload:
    """Begin an upload, or find the one that an earlier run began for the same bytes."""
    wanted = UploadCreate(
        project_id=project_id,
        name=source.name,
        size_bytes=hashes.size_bytes,
        sha256=hashes.sha256,
        md5=hashes.md5,
    )
    told = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()
    first = await call("POST", "/v1/uploads", Upload, wanted, key=f"upload-{told}")
    try:
        upload = await call("GET", f"/v1/uploads/{first.id}", Upload)
    except ClientError as error:
        if error.status != 404:
            raise
        upload = None
    if upload is not None and upload.state == "open":
        return upload
    return await call("POST", "/v1/uploads", Upload, wanted, key=str(uuid.uuid4()))


async def _send_missing(send: SendPart, source: Path, upload: Upload) -> None:
    missing = minus(((1, upload.parts_total),), parse(upload.parts_received))
    waiting = iter(list(each(missing)))

    async def work() -> None:
        for number in waiting:
            first = (number - 1) * upload.part_size_bytes
            content = await asyncio.to_thread(_slice, source, first, upload.part_size_bytes)
            sha256 = hashlib.sha256(content).hexdigest()
            await send(f"/v1/uploads/{upload.id}/parts/{number}?sha256={sha256}", content)

    workers = [asyncio.create_task(work()) for _ in range(AT_ONCE)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _hash(source: Path) -> Hashes:
    size, sha256, md5 = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with source.open("rb") as content:
        while block := content.read(1 << 20):
            size += len(block)
            sha256.update(block)
            md5.update(block)
    return Hashes(size, sha256.hexdigest(), md5.hexdigest())


def _slice(source: Path, first: int, size_bytes: int) -> bytes:
    with source.open("rb") as content:
        content.seek(first)
        return content.read(size_bytes)
