"""The calls to S3 that take more than one request."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orchestrator.storage.base import Stored
from orchestrator.storage.s3.bucket import Bucket

BLOCK = 1 << 20
MOST_PARTS = 9_000
"""S3 takes 10,000."""
AT_ONCE = 3
CONNECT_S = 5
READ_S = 60


def connect(bucket: Bucket, tries: int) -> Any:
    """Make the client, an async context manager; it repeats what may pass, up to `tries` times."""
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    config = AioConfig(
        signature_version="s3v4",
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        max_pool_connections=32,
        retries={"mode": "standard", "total_max_attempts": tries},
        s3={"addressing_style": "path" if bucket.path_style else "virtual"},
        # What speaks as S3 does need not know the newer checksums; we send MD5 with every body.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return get_session().create_client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=bucket.region,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        config=config,
    )


def spans(size_bytes: int, part_bytes: int) -> list[tuple[int, int]]:
    """Cut a size into (first byte, past the last); in larger parts when they were too many."""
    step = max(part_bytes, -(-size_bytes // MOST_PARTS))
    return [(first, min(first + step, size_bytes)) for first in range(0, size_bytes, step)]


async def read(client: Any, names: dict[str, str], start: int, stop: int) -> AsyncIterator[bytes]:
    """Give the bytes of a range in blocks."""
    reply = await client.get_object(**names, Range=f"bytes={start}-{stop - 1}")
    async with reply["Body"] as body:
        while block := await body.read(BLOCK):
            yield block


async def put_parts(
    client: Any, common: dict[str, Any], path: Path, found: Stored, part_bytes: int
) -> None:
    """Upload a file in parts, a few at once; what fails is aborted, so that nothing is paid for."""
    names = {"Bucket": common["Bucket"], "Key": common["Key"]}
    upload_id = (await client.create_multipart_upload(**common))["UploadId"]
    waiting = iter(list(enumerate(spans(found.size_bytes, part_bytes), 1)))
    done: list[dict[str, Any]] = []

    async def work() -> None:
        for number, (first, last) in waiting:
            content = await asyncio.to_thread(_slice, path, first, last)
            digest = hashlib.md5(content, usedforsecurity=False).digest()
            reply = await client.upload_part(
                **names,
                UploadId=upload_id,
                PartNumber=number,
                Body=content,
                ContentMD5=base64.b64encode(digest).decode(),
            )
            done.append({"PartNumber": number, "ETag": reply["ETag"]})

    workers = [asyncio.create_task(work()) for _ in range(AT_ONCE)]
    try:
        await asyncio.gather(*workers)
        parts = sorted(done, key=lambda part: int(part["PartNumber"]))
        await client.complete_multipart_upload(
            **names, UploadId=upload_id, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
    except BaseException:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        with suppress(ClientError, BotoCoreError, OSError):
            await client.abort_multipart_upload(**names, UploadId=upload_id)
        raise


async def clear(client: Any, bucket: str, prefix: str, keep: set[str]) -> int:
    """Delete the objects below a prefix but those to keep, and uploads that were never ended."""
    deleted = 0
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    async for page in pages:
        keys = [item["Key"] for item in page.get("Contents", []) if item["Key"] not in keep]
        if keys:
            doomed = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            await client.delete_objects(Bucket=bucket, Delete=doomed)
            deleted += len(keys)
    with suppress(ClientError):  # Not everything that speaks as S3 does can list them.
        begun = await client.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
        for item in begun.get("Uploads", []):
            await client.abort_multipart_upload(
                Bucket=bucket, Key=item["Key"], UploadId=item["UploadId"]
            )
    return deleted


def _slice(path: Path, first: int, last: int) -> bytes:
    with path.open("rb") as source:
        source.seek(first)
        return source.read(last - first)
