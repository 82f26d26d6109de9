"""Say where an attempt's files go: signed addresses whose keys contain the attempt."""

from __future__ import annotations

from typing import TypedDict

from orchestrator.deps import Deps
from orchestrator.usecases.tasks.fence import Claimed, hold_lease, object_prefix
from orchestrator.wire.tasks import (
    UploadAnswer,
    UploadFile,
    UploadPartTarget,
    UploadRequest,
    UploadTarget,
)


class _Said(TypedDict):
    sha256: str
    size_bytes: int
    content_type: str


async def targets(deps: Deps, claim: Claimed, request: UploadRequest) -> UploadAnswer:
    """Sign a PUT per file, or per part of a large one; raises LeaseLost for a stale attempt."""
    async with deps.db.transaction() as session:
        lease = await hold_lease(session, claim)
    prefix = object_prefix(lease.job_id, claim)
    uploads = [await _target(deps, prefix + file.name, file) for file in request.files]
    return UploadAnswer(uploads=tuple(uploads))


async def _target(deps: Deps, key: str, file: UploadFile) -> UploadTarget:
    ttl_s = deps.settings.url_ttl_s
    said: _Said = {
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "content_type": file.content_type,
    }
    in_parts = await deps.objects.sign_parts(key, ttl_s, **said)
    if in_parts is not None:
        return UploadTarget(
            name=file.name,
            key=key,
            url=in_parts.complete_url,
            parts=tuple(
                UploadPartTarget(
                    url=part.url, first_byte=part.first_byte, size_bytes=part.size_bytes
                )
                for part in in_parts.parts
            ),
            complete_url=in_parts.complete_url,
        )
    signed = deps.objects.sign_put(key, ttl_s, **said)
    return UploadTarget(name=file.name, key=key, url=signed.url, headers=signed.headers)
