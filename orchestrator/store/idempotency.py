"""Rows of calls that clients may repeat: reserve a key, keep the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class Repeated:
    """Be the earlier call of a key; `code` is None while it runs."""

    route: str
    request_sha256: bytes
    code: int | None
    response: Any


async def reserve(
    session: Session, tenant_id: UUID, key: str, route: str, sha256: bytes, resource_id: UUID
) -> bool:
    """Take a key for this call; false when an earlier call holds it."""
    args = (tenant_id, key, route, sha256, resource_id)
    return await session.fetchval("idempotency_reserve", *args) is not None


async def get(session: Session, tenant_id: UUID, key: str) -> Repeated | None:
    """Read the call that holds a key."""
    row = await session.fetchrow("idempotency_get", tenant_id, key)
    if row is None:
        return None
    return Repeated(row["route"], row["request_sha256"], row["http_status"], row["response"])


async def take_over(session: Session, tenant_id: UUID, key: str) -> UUID | None:
    """Take over a call that never answered; give the id that it made things under."""
    found: UUID | None = await session.fetchval("idempotency_take_over", tenant_id, key)
    return found


async def hold(session: Session, tenant_id: UUID, key: str) -> None:
    """Say that a call still runs."""
    await session.execute("idempotency_hold", tenant_id, key)


async def answer(session: Session, tenant_id: UUID, key: str, code: int, response: Any) -> None:
    """Keep the answer of a call."""
    await session.execute("idempotency_answer", tenant_id, key, code, response)


async def forget(session: Session, tenant_id: UUID, key: str) -> None:
    """Free the key of a call that was refused."""
    await session.execute("idempotency_forget", tenant_id, key)


async def release(session: Session, tenant_id: UUID, key: str) -> None:
    """Let a call that broke be repeated at once."""
    await session.execute("idempotency_release", tenant_id, key)
