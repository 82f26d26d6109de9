"""Describe webhooks and what was sent to them."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.outgoing import webhooks
from orchestrator.store.outgoing.webhooks import DeliveryRow, Place, WebhookRow
from orchestrator.wire.outgoing.webhooks import Webhook, WebhookDelivery


def webhook_of(row: WebhookRow) -> Webhook:
    """Describe a webhook without its secret."""
    return Webhook(**asdict(row))


def delivery_of(row: DeliveryRow) -> WebhookDelivery:
    """Describe a delivery."""
    return WebhookDelivery(**asdict(row))


async def list_webhooks(
    deps: Deps, tenant_id: UUID, before: Place | None = None, limit: int = 200
) -> list[Webhook]:
    """List a tenant's webhooks, newest first."""
    rows = await webhooks.page(deps.db.session(), tenant_id, before, limit)
    return [webhook_of(row) for row in rows]


async def get_webhook(deps: Deps, tenant_id: UUID, webhook_id: UUID) -> Webhook:
    """Describe one webhook; raises NotFound."""
    row = await webhooks.get(deps.db.session(), tenant_id, webhook_id)
    if row is None:
        raise NotFound("webhook", webhook_id)
    return webhook_of(row)


async def list_deliveries(
    deps: Deps, tenant_id: UUID, webhook_id: UUID, before: Place | None, limit: int
) -> list[WebhookDelivery]:
    """List what was sent to a webhook, newest first; raises NotFound."""
    await get_webhook(deps, tenant_id, webhook_id)
    rows = await webhooks.deliveries(deps.db.session(), tenant_id, webhook_id, before, limit)
    return [delivery_of(row) for row in rows]
