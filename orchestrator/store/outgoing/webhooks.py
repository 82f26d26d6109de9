"""Read and write webhooks and the log of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.core.machines.webhook import DELIVERY, WEBHOOK
from orchestrator.store.pool import Record, Session

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """Be one webhook."""

    id: UUID
    url: str
    events: tuple[str, ...]
    state: str
    failures: int
    failing_since: datetime | None
    disabled_at: datetime | None
    secret_version: int
    secret_rotated_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Be one delivery as its log shows it."""

    id: UUID
    type: str
    job_id: UUID | None
    state: str
    tries: int
    http_status: int | None
    error: str | None
    duration_ms: int | None
    event_at: datetime
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    finished_at: datetime | None


def _webhook(row: Record) -> WebhookRow:
    return WebhookRow(**{**dict(row), "events": tuple(row["events"])})


async def insert(
    session: Session, webhook_id: UUID, tenant_id: UUID, url: str, events: Sequence[str]
) -> WebhookRow | None:
    """Write a webhook; None when the id exists already."""
    row = await session.fetchrow("webhook_insert", webhook_id, tenant_id, url, list(events))
    return None if row is None else _webhook(row)


async def count(session: Session, tenant_id: UUID) -> int:
    """Count a tenant's webhooks, and keep others from making one until the transaction ends."""
    await session.fetchrow("webhook_tenant_lock", tenant_id)
    found: int = await session.fetchval("webhook_count", tenant_id)
    return found


async def page(
    session: Session, tenant_id: UUID, before: Place | None, limit: int
) -> list[WebhookRow]:
    """Give a tenant's webhooks, newest first, those before the given place."""
    at, last = before or (None, None)
    rows = await session.fetch("webhook_page", tenant_id, at, last, limit)
    return [_webhook(row) for row in rows]


async def get(session: Session, tenant_id: UUID, webhook_id: UUID) -> WebhookRow | None:
    """Read one webhook."""
    row = await session.fetchrow("webhook_get", tenant_id, webhook_id)
    return None if row is None else _webhook(row)


async def change(
    session: Session,
    tenant_id: UUID,
    webhook_id: UUID,
    url: str | None,
    events: Sequence[str] | None,
) -> None:
    """Change what is given of a webhook."""
    wanted = None if events is None else list(events)
    await session.fetchval("webhook_change", tenant_id, webhook_id, url, wanted)


async def move(session: Session, tenant_id: UUID, webhook_id: UUID, event: str) -> bool:
    """Move a webhook by one event of its machine; False when its state does not allow it."""
    target, sources = WEBHOOK.target(event), WEBHOOK.sources(event)
    found = await session.fetchval("webhook_move", tenant_id, webhook_id, target, sources)
    return found is not None


async def rotate(session: Session, tenant_id: UUID, webhook_id: UUID) -> int | None:
    """Raise the version of the secret and give it."""
    version: int | None = await session.fetchval("webhook_rotate", tenant_id, webhook_id)
    return version


async def delete(session: Session, tenant_id: UUID, webhook_id: UUID) -> bool:
    """Delete a webhook with its log; false when there is none."""
    return await session.fetchval("webhook_delete", tenant_id, webhook_id) is not None


async def insert_test(
    session: Session,
    delivery_id: UUID,
    tenant_id: UUID,
    webhook_id: UUID,
    kind: str,
    data: dict[str, Any],
) -> None:
    """Write an event for one webhook alone, with its delivery; the same id again is the same."""
    key = f"test:{delivery_id}"
    await session.execute("outbox_test", delivery_id, tenant_id, webhook_id, kind, key, data)


async def deliveries(
    session: Session, tenant_id: UUID, webhook_id: UUID, before: Place | None, limit: int
) -> list[DeliveryRow]:
    """Give a webhook's deliveries, newest first, those before the given place."""
    at, last = before or (None, None)
    rows = await session.fetch("delivery_page", tenant_id, webhook_id, at, last, limit)
    return [DeliveryRow(**row) for row in rows]


async def delivery(
    session: Session, tenant_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> DeliveryRow | None:
    """Read one delivery."""
    row = await session.fetchrow("delivery_get", tenant_id, webhook_id, delivery_id)
    return None if row is None else DeliveryRow(**row)


async def replay(session: Session, tenant_id: UUID, webhook_id: UUID, delivery_id: UUID) -> bool:
    """Let a delivery be tried again at once, under its id, in a transaction; false when none."""
    await session.fetchrow("webhook_lock", tenant_id, webhook_id)
    sources = DELIVERY.sources("replay")
    found = await session.fetchval("delivery_replay", tenant_id, webhook_id, delivery_id, sources)
    return found is not None
