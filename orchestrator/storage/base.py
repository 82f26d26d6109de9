"""What every object store does: keep bytes under a key, never change them, sign addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """Describe one stored object; hashes in lower-case hex."""

    key: str
    size_bytes: int
    sha256: str
    md5: str


@dataclass(frozen=True, slots=True)
class SignedPut:
    """Say where and how to PUT one object; `url` may be relative to the API's address."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedPart:
    """Say where to PUT one part of a large object, and which bytes of the file it is."""

    url: str
    first_byte: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SignedParts:
    """Say where to PUT the parts of a large object, in their order, and where to have them joined.

    The answer to each part carries an ETag; a POST to `complete_url` lists them in S3's XML.
    """

    parts: tuple[SignedPart, ...]
    complete_url: str


class ObjectStore(Protocol):
    """Keep objects. What is published under a key never changes; only `delete` ends it.

    `put` and `put_file` raise FarmError: `too_large` (413), `storage_full` (507), `object_exists`
    (409) when the key holds other bytes. A failed put leaves nothing behind. `open` and
    `local_path` raise NotFound.
    """

    async def put(
        self,
        key: str,
        source: AsyncIterator[bytes],
        *,
        max_bytes: int,
        sha256: str | None = None,
        size_bytes: int | None = None,
    ) -> Stored:
        """Store a stream of at most `max_bytes`; what differs from the announced hash or size
        is refused with Invalid (`hash_mismatch`, `size_mismatch`).
        """

    async def put_file(self, key: str, path: Path) -> Stored:
        """Store a copy of a local file."""

    def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, not including, `end`."""

    async def stat(self, key: str) -> Stored | None:
        """Describe the object, None when there is none."""

    async def delete(self, key: str) -> None:
        """Delete the object; no error when there is none."""

    async def clear(self, prefix: str, keep: frozenset[str]) -> int:
        """Delete every object below `prefix`, which ends with a slash, but those of `keep`; give
        how many were deleted.
        """

    def local_path(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Lend a path that holds the object's bytes, to be read only."""

    def sign_get(self, key: str, ttl_s: float, filename: str | None = None) -> str:
        """Make an address to GET the object for `ttl_s`; `filename` offers it as a download."""

    def sign_put(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedPut:
        """Make an address to PUT exactly these bytes for `ttl_s`."""

    async def sign_parts(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedParts | None:
        """Make addresses to PUT a large object in parts; None: one PUT will do."""

    async def check(self) -> None:
        """Raise FarmError with a sentence when objects cannot be kept: Unavailable if it passes."""

    async def check_room(self) -> None:
        """Raise FarmError `storage_full` while nothing large can be stored; what is stored can be
        read all the same.
        """

    async def close(self) -> None:
        """Close every connection."""
