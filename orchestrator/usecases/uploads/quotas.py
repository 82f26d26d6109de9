"""Let no tenant store more than it may."""

from __future__ import annotations

from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import TooLarge, TooMany
from orchestrator.store.file_mgr import quotas
from orchestrator.store.file_mgr.quotas import Quota
from orchestrator.store.pool import Session
from orchestrator.wire.content.uploads import StorageUse

MIB = 2**20


async def take(session: Session, tenant_id: UUID, size_bytes: int, files: int = 0) -> None:
    """Count what a tenant stores more, in the transaction that stores it; less is always taken.

    Raises TooLarge (`quota_bytes`), TooMany (`quota_files`): the transaction must roll back then.
    """
    quota = await quotas.add(session, tenant_id, size_bytes, files)
    if size_bytes > 0:
        _require_bytes(quota, 0)
    if files > 0:
        _require_files(quota, 0)


async def require_room(
    session: Session, tenant_id: UUID, size_bytes: int, *, files: int = 0, under_way: int = 0
) -> None:
    """Refuse early what would not be taken in the end, before its bytes are sent and stored.

    `under_way` are the bytes of other uploads that are not complete yet.

    Raises TooLarge (`quota_bytes`, `quota_file_bytes`), TooMany (`quota_files`).
    """
    quota = await quotas.get(session, tenant_id)
    if quota.file_bytes_max is not None and size_bytes > quota.file_bytes_max:
        raise TooLarge(
            f"This is larger than {quota.file_bytes_max} bytes, the most for one of your files.",
            "quota_file_bytes",
        )
    _require_bytes(quota, size_bytes + under_way)
    _require_files(quota, files)


async def storage_use(deps: Deps, tenant_id: UUID) -> StorageUse:
    """Say how much a tenant stores and may store."""
    quota = await quotas.get(deps.db.session(), tenant_id)
    return StorageUse(
        bytes_used=quota.bytes_used,
        bytes_max=quota.bytes_max,
        files_used=quota.files_used,
        files_max=quota.files_max,
        file_bytes_max=quota.file_bytes_max,
    )


def _require_bytes(quota: Quota, more: int) -> None:
    if quota.bytes_max is not None and quota.bytes_used + more > quota.bytes_max:
        raise TooLarge(
            f"Your storage of {quota.bytes_max / MIB:.0f} MiB has no room for this. "
            "Delete files or templates first, or ask for more.",
            "quota_bytes",
        )


def _require_files(quota: Quota, more: int) -> None:
    if quota.files_max is not None and quota.files_used + more > quota.files_max:
        raise TooMany(
            f"{quota.files_max} files are stored, as many as you may have. Delete some first.",
            "quota_files",
        )
