"""What a storage wants to hear of a file in parts, and what its answers mean."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol
from xml.sax.saxutils import escape

from orchestrator.wire.tasks import UploadPartTarget, UploadTarget

Content = Callable[[], IO[bytes]]
"""Open what is sent, anew for each try."""


class Store(Protocol):
    """Send bytes to a signed address, patiently; give the answer's ETag."""

    def __call__(
        self, method: str, url: str, content: Content, headers: Mapping[str, str]
    ) -> Awaitable[str]:
        """Send them."""


COMPLETE_HEADERS = {"Content-Type": "application/xml", "If-None-Match": "*"}
_GONE = frozenset({404, 409, 412})


async def send(target: UploadTarget, source: Path, store: Store) -> None:
    """Send a file whole, or part by part and then have the parts joined."""
    if not target.parts:
        await store("PUT", target.url, lambda: source.open("rb"), target.headers)
        return
    tags = [await _send_part(part, source, store) for part in target.parts]
    body = complete_body(tags)
    url = target.complete_url or target.url
    await store("POST", url, lambda: io.BytesIO(body), COMPLETE_HEADERS)


async def _send_part(part: UploadPartTarget, source: Path, store: Store) -> str:
    content = await asyncio.to_thread(read_part, source, part)
    return await store("PUT", part.url, lambda: io.BytesIO(content), md5_header(content))


def read_part(source: Path, part: UploadPartTarget) -> bytes:
    """Read the bytes of one part; raises OSError when the file became shorter."""
    with source.open("rb") as stream:
        stream.seek(part.first_byte)
        content = stream.read(part.size_bytes)
    if len(content) != part.size_bytes:
        raise OSError(f"{source.name} became shorter while it was uploaded")
    return content


def md5_header(content: bytes) -> dict[str, str]:
    """Let the storage check what arrives."""
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return {"Content-MD5": base64.b64encode(digest).decode()}


def complete_body(etags: Sequence[str]) -> bytes:
    """Write S3's CompleteMultipartUpload for parts in their order."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(etags, 1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def is_taken(method: str, code: int, body: bytes, tries: int) -> bool:
    """Tell whether the storage has what was sent.

    412: an object is there already, put by an earlier try whose answer was lost, or else: the
    server compares its hash before it believes a result. Joined parts are no longer known after
    such a try. A 200 to a joining may still carry an error.
    """
    if method == "POST":
        return (200 <= code < 300 and b"<Error" not in body) or (tries > 0 and code in _GONE)
    return 200 <= code < 300 or code == 412
