"""Make, change and delete webhooks, and send them a test or an event once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from orchestrator.core.webhooks import EVENTS, EVERY, TEST_EVENT, shown_secret
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.outbound import Outbound, Refused
from orchestrator.store.audit import note_caller
from orchestrator.store.outgoing import webhooks
from orchestrator.store.outgoing.webhooks import WebhookRow
from orchestrator.store.pool import Session
from orchestrator.usecases.webhooks.look import delivery_of, webhook_of
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.outgoing.webhooks import (
    Webhook,
    WebhookChange,
    WebhookCreate,
    WebhookDelivery,
    WebhookSecret,
)

MOST = 10
"""Webhooks of one tenant."""


def outbound(deps: Deps) -> Outbound:
    """Make the one way out to addresses that tenants name."""
    return Outbound(deps.settings.outbound_networks)


async def make_webhook(
    deps: Deps, tenant_id: UUID, wanted: WebhookCreate, *, webhook_id: UUID
) -> WebhookSecret:
    """Make a webhook and give its secret, this once.

    Raises Invalid for an address that would not be called or an unknown event, Conflict
    (`too_many_webhooks`, `secret_shown_once` when the id was made before).
    """
    events = _events(wanted.events)
    _checked(deps, wanted.url)
    async with deps.db.transaction() as session:
        if await webhooks.count(session, tenant_id) >= MOST:
            raise Conflict(
                f"A tenant has {MOST} webhooks at most. Delete one that is not needed.",
                "too_many_webhooks",
            )
        row = await webhooks.insert(session, webhook_id, tenant_id, wanted.url, events)
        if row is None:
            raise Conflict(
                "This webhook was made before and its secret is shown only once. "
                "Let its secret be changed.",
                "secret_shown_once",
            )
        detail = {"url": wanted.url, "events": " ".join(events)}
        about = ("webhook", webhook_id)
        await note_caller(session, "webhook.make", about, tenant_id, **detail)
    return _with_secret(deps, row)


async def change_webhook(
    deps: Deps, tenant_id: UUID, webhook_id: UUID, wanted: WebhookChange
) -> Webhook:
    """Change a webhook's address, events or state; what it is already is no error.

    Raises NotFound, Invalid, Conflict (`webhook_disabled`: it cannot be paused).
    """
    events = None if wanted.events is None else _events(wanted.events)
    if wanted.url is not None:
        _checked(deps, wanted.url)
    async with deps.db.transaction() as session:
        row = await _known(session, tenant_id, webhook_id)
        await webhooks.change(session, tenant_id, webhook_id, wanted.url, events)
        if wanted.state is not None and wanted.state != row.state:
            event = "resume" if wanted.state == "active" else "pause"
            if not await webhooks.move(session, tenant_id, webhook_id, event):
                raise Conflict(
                    "This webhook is disabled: nothing is sent to it. Resume it first.",
                    "webhook_disabled",
                )
        detail = {
            "url": wanted.url,
            "events": None if events is None else " ".join(events),
            "state": wanted.state,
        }
        about = ("webhook", webhook_id)
        await note_caller(session, "webhook.change", about, tenant_id, **detail)
        return webhook_of(await _known(session, tenant_id, webhook_id))


async def rotate_secret(deps: Deps, tenant_id: UUID, webhook_id: UUID) -> WebhookSecret:
    """Change a webhook's secret and give the new one; the old one signs too for a day.

    Raises NotFound.
    """
    async with deps.db.transaction() as session:
        version = await webhooks.rotate(session, tenant_id, webhook_id)
        row = await _known(session, tenant_id, webhook_id)
        about = ("webhook", webhook_id)
        await note_caller(session, "webhook.rotate", about, tenant_id, version=version)
    return _with_secret(deps, row)


async def delete_webhook(deps: Deps, tenant_id: UUID, webhook_id: UUID) -> None:
    """Delete a webhook with the log of its deliveries; raises NotFound."""
    async with deps.db.transaction() as session:
        if not await webhooks.delete(session, tenant_id, webhook_id):
            raise NotFound("webhook", webhook_id)
        await note_caller(session, "webhook.delete", ("webhook", webhook_id), tenant_id)


async def send_test(
    deps: Deps, tenant_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    """Let a test event be sent to a webhook, whatever events it asked for.

    Raises NotFound, Conflict (`webhook_rests`) for one that is paused or disabled.
    """
    async with deps.db.transaction() as session:
        row = await _known(session, tenant_id, webhook_id)
        _must_send(row)
        data: dict[str, Any] = {"webhook_id": str(webhook_id)}
        await note_caller(session, "webhook.test", ("webhook", webhook_id), tenant_id)
        await webhooks.insert_test(session, delivery_id, tenant_id, webhook_id, TEST_EVENT, data)
        return await _delivery(session, tenant_id, webhook_id, delivery_id)


async def replay(
    deps: Deps, tenant_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    """Send an event once more, now and under the same delivery id.

    Raises NotFound, Conflict (`webhook_rests`) for a webhook that is paused or disabled.
    """
    async with deps.db.transaction() as session:
        row = await _known(session, tenant_id, webhook_id)
        await _delivery(session, tenant_id, webhook_id, delivery_id)
        _must_send(row)
        await webhooks.replay(session, tenant_id, webhook_id, delivery_id)
        about = ("webhook", webhook_id)
        await note_caller(session, "webhook.replay", about, tenant_id, delivery=str(delivery_id))
        return await _delivery(session, tenant_id, webhook_id, delivery_id)


async def _known(session: Session, tenant_id: UUID, webhook_id: UUID) -> WebhookRow:
    row = await webhooks.get(session, tenant_id, webhook_id)
    if row is None:
        raise NotFound("webhook", webhook_id)
    return row


async def _delivery(
    session: Session, tenant_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    row = await webhooks.delivery(session, tenant_id, webhook_id, delivery_id)
    if row is None:
        raise NotFound("delivery", delivery_id)
    return delivery_of(row)


def _must_send(row: WebhookRow) -> None:
    if row.state != "active":
        raise Conflict(f"This webhook is {row.state}. Resume it first.", "webhook_rests")


def _with_secret(deps: Deps, row: WebhookRow) -> WebhookSecret:
    secret = deps.secrets.webhook_secret(row.id, row.secret_version)
    return WebhookSecret(webhook=webhook_of(row), secret=shown_secret(secret))


def _checked(deps: Deps, url: str) -> None:
    try:
        deps.shared(outbound).check(url)
    except Refused as refused:
        place = FieldProblem(code=refused.code, place="url", message=refused.message)
        raise Invalid(refused.message, [place], refused.code) from refused


def _events(names: Sequence[str]) -> tuple[str, ...]:
    """Refuse events that never come; every event makes the others needless."""
    unknown = [one for one in names if one != EVERY and one not in EVENTS]
    if unknown:
        message = f"Choose among: {EVERY} {' '.join(EVENTS)}."
        place = FieldProblem(code="unknown_event", place="events", message=message)
        raise Invalid(f"There is no event {unknown[0]}. {message}", [place], "unknown_event")
    return (EVERY,) if EVERY in names else tuple(dict.fromkeys(names))
