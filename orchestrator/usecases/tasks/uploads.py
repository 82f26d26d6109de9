"""Say where an attempt's files go: signed addresses whose keys contain the attempt."""

from __future__ import annotations

from orchestrator.deps import Deps
from orchestrator.usecases.tasks.fence import Claimed, hold_lease, object_prefix
from orchestrator.wire.tasks import UploadAnswer, UploadRequest, UploadTarget


async def targets(deps: Deps, claim: Claimed, request: UploadRequest) -> UploadAnswer:
    """Sign one PUT per file, in the order asked; raises LeaseLost for a stale attempt."""
    async with deps.db.transaction() as session:
        lease = await hold_lease(session, claim)
    prefix = object_prefix(lease.job_id, claim)
    uploads: list[UploadTarget] = []
    for file in request.files:
        key = prefix + file.name
        signed = deps.objects.sign_put(
            key,
            deps.settings.url_ttl_s,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            content_type=file.content_type,
        )
        uploads.append(
            UploadTarget(name=file.name, key=key, url=signed.url, headers=signed.headers)
        )
    return UploadAnswer(uploads=tuple(uploads))
