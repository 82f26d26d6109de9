"""Keep objects in S3; clients and nodes get them there by signed addresses."""

from __future__ import annotations

import asyncio
import base64
import math
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors import NotFound, Unavailable
from orchestrator.storage import signing
from orchestrator.storage.base import SignedPart, SignedParts, SignedPut, Stored
from orchestrator.storage.disk import require_announced, require_room, require_same
from orchestrator.storage.s3 import calls
from orchestrator.storage.s3.bucket import META_MD5, META_SHA256, Bucket, Signer
from orchestrator.storage.s3.faults import is_missing, is_taken, told
from orchestrator.storage.spool import Spooled, folder, read_file, spool
from orchestrator.storage.types import content_type

SLOWEST_BYTES_S = 50_000
"""Links of nodes may be so slow; addresses of parts live as long as that takes."""
READ_TRIES = 5
WRITE_TRIES = 3
CHECK_S = 5.0
CHECK_EVERY_S = 5.0


class S3Store:
    """Be the ObjectStore of one bucket. See storage.base for what each call promises.

    An object's hashes stand in its metadata: written by us, or by whoever PUTs with an address
    that is signed for exactly that hash. `scratch` is a local folder for what is on its way.
    """

    def __init__(self, bucket: Bucket, scratch: Path, *, part_bytes: int, tries: int = 4) -> None:
        self._bucket = bucket
        self._scratch = scratch
        self._part_bytes = part_bytes
        self._tries = tries
        self._signer = Signer(bucket)
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._turn = asyncio.Lock()
        self._seen_at = -math.inf

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
        signing.check_key(key)
        async with spool(self._scratch, key, source, max_bytes) as spooled:
            require_announced(spooled.stored, sha256, size_bytes)
            return await self._publish(spooled)

    async def put_file(self, key: str, path: Path) -> Stored:
        """Store a copy of a local file."""
        signing.check_key(key)
        async with spool(self._scratch, key, read_file(path), 2**62) as spooled:
            return await self._publish(spooled)

    async def _publish(self, spooled: Spooled) -> Stored:
        """Write the object once. The condition keeps two writers apart where S3 knows it."""
        found = spooled.stored
        for _ in range(WRITE_TRIES):
            earlier = await self.stat(found.key)
            if earlier is not None:
                return require_same(earlier, found)
            with told(self._bucket.endpoint):
                try:
                    await self._write(await self._s3(), spooled)
                except ClientError as error:
                    # Another writer, or our own earlier try whose answer was lost.
                    if not is_taken(error):
                        raise
                    continue
            return found
        raise Unavailable(f"The object {found.key} is being written just now. Try again.")

    async def _write(self, client: Any, spooled: Spooled) -> None:
        found = spooled.stored
        common = {
            **self._names(found.key),
            "ContentType": content_type(found.key),
            "Metadata": {META_SHA256: found.sha256, META_MD5: found.md5},
        }
        if found.size_bytes > self._part_bytes:
            await calls.put_parts(client, common, spooled.path, found, self._part_bytes)
            return
        content = await asyncio.to_thread(spooled.path.read_bytes)
        await client.put_object(
            **common,
            Body=content,
            IfNoneMatch="*",
            ContentMD5=base64.b64encode(bytes.fromhex(found.md5)).decode(),
        )

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, not including, `end`; goes on where a reply broke."""
        stored = await self.stat(key)
        if stored is None:
            raise NotFound("object", key)
        stop = stored.size_bytes if end is None else min(end, stored.size_bytes)
        tries = 0
        while start < stop:
            try:
                with told(self._bucket.endpoint):
                    names = self._names(key)
                    async for block in calls.read(await self._s3(), names, start, stop):
                        start, tries = start + len(block), 0
                        yield block
            except Unavailable:
                tries += 1
                if tries >= READ_TRIES:
                    raise
                await asyncio.sleep(0.2 * 2**tries)

    async def stat(self, key: str) -> Stored | None:
        """Describe the object, None when there is none."""
        names = self._names(signing.check_key(key))
        with told(self._bucket.endpoint):
            try:
                head = await (await self._s3()).head_object(**names)
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
        meta = {name.lower(): value for name, value in head["Metadata"].items()}
        sha256, md5 = meta.get(META_SHA256, ""), meta.get(META_MD5) or head["ETag"].strip('"')
        return Stored(key, int(head["ContentLength"]), sha256, md5)

    async def delete(self, key: str) -> None:
        """Delete the object; no error when there is none."""
        names = self._names(signing.check_key(key))
        with told(self._bucket.endpoint):
            await (await self._s3()).delete_object(**names)

    async def clear(self, prefix: str, keep: frozenset[str]) -> int:
        """Delete every object below a prefix but those to keep; give how many were deleted."""
        signing.check_key(prefix.removesuffix("/"))
        below, kept = self._bucket.key(prefix), {self._bucket.key(key) for key in keep}
        with told(self._bucket.endpoint):
            return await calls.clear(await self._s3(), self._bucket.name, below, kept)

    @asynccontextmanager
    async def local_path(self, key: str) -> AsyncIterator[Path]:
        """Lend a copy of the object, checked against its hash and deleted afterwards."""
        stored = await self.stat(key)
        if stored is None:
            raise NotFound("object", key)
        async with spool(self._scratch, key, self.open(key), stored.size_bytes) as spooled:
            require_announced(spooled.stored, stored.sha256, stored.size_bytes)
            async with folder(self._scratch) as place:
                path = place / key.rpartition("/")[2]
                await asyncio.to_thread(spooled.path.rename, path)
                yield path

    def sign_get(self, key: str, ttl_s: float, filename: str | None = None) -> str:
        """Make an absolute address to GET the object from S3 itself."""
        signing.check_key(key)
        return self._signer.get(key, ttl_s, filename, content_type(filename or key))

    def sign_put(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedPut:
        """Make an absolute address to PUT exactly these bytes into S3 itself."""
        return self._signer.put(
            signing.check_key(key),
            ttl_s,
            sha256=sha256,
            size_bytes=size_bytes,
            content_type=content_type,
        )

    async def sign_parts(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedParts | None:
        """Begin an upload in parts and sign each; None when one PUT will do."""
        if size_bytes <= self._part_bytes:
            return None
        names = self._names(signing.check_key(key))
        with told(self._bucket.endpoint):
            begun = await (await self._s3()).create_multipart_upload(
                **names, ContentType=content_type, Metadata={META_SHA256: sha256}
            )
        upload_id = begun["UploadId"]
        # The last part is begun only when the others are there.
        ttl_s = max(ttl_s, size_bytes / SLOWEST_BYTES_S)
        spans = calls.spans(size_bytes, self._part_bytes)
        parts = tuple(
            SignedPart(
                self._signer.part(key, ttl_s, upload_id, number, last - first), first, last - first
            )
            for number, (first, last) in enumerate(spans, 1)
        )
        return SignedParts(parts, self._signer.complete(key, ttl_s, upload_id))

    async def check(self) -> None:
        """Look at the bucket; one that answered a moment ago is not asked again."""
        if time.monotonic() - self._seen_at < CHECK_EVERY_S:
            return
        with told(self._bucket.endpoint):
            async with asyncio.timeout(CHECK_S):
                await (await self._s3()).head_bucket(Bucket=self._bucket.name)
        self._seen_at = time.monotonic()

    async def check_room(self) -> None:
        """See that what comes through this server has room on its way."""
        here = next(one for one in (self._scratch, *self._scratch.parents) if one.exists())
        await asyncio.to_thread(require_room, here)

    async def close(self) -> None:
        """Close every connection."""
        await self._stack.aclose()

    def _names(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.key(key)}

    async def _s3(self) -> Any:
        """Give the client, made at the first call."""
        if self._client is None:
            async with self._turn:
                if self._client is None:
                    made = calls.connect(self._bucket, self._tries)
                    self._client = await self._stack.enter_async_context(made)
        return self._client
