"""Count what a tenant stores."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class Quota:
    """Be how much a tenant may store (None: no limit) and stores."""

    bytes_max: int | None = None
    files_max: int | None = None
    file_bytes_max: int | None = None
    bytes_used: int = 0
    files_used: int = 0


async def add(session: Session, tenant_id: UUID, size_bytes: int, files: int) -> Quota:
    """Count so much more, or less, and give the quota as it is then.

    The row stays locked until the transaction ends, so a tenant's uploads take turns here.
    """
    row = await session.fetchrow("quota_add", tenant_id, size_bytes, files)
    assert row is not None
    return Quota(**dict(row))


async def get(session: Session, tenant_id: UUID) -> Quota:
    """Give a tenant's quota; one that never stored anything has no limit."""
    row = await session.fetchrow("quota_get", tenant_id)
    return Quota() if row is None else Quota(**dict(row))
