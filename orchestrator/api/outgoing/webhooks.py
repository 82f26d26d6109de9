"""Handle the webhooks of the caller's tenant, and the log of what was sent to them."""

from __future__ import annotations

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.webhooks import look, manage
from orchestrator.wire.outgoing.webhooks import (
    Webhook,
    WebhookChange,
    WebhookCreate,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookPage,
    WebhookSecret,
)

ADMIN = KeyScope("admin")
TAGS = ("webhooks",)
PATH = "/v1/webhooks"


@route(
    "POST",
    PATH,
    summary="Hear of events at an address; the secret is shown once",
    auth=ADMIN,
    body=WebhookCreate,
    answer=WebhookSecret,
    code=201,
    tags=TAGS,
    secret=True,
)
async def create_webhook(call: Call[None], body: WebhookCreate) -> WebhookSecret:
    """Make a webhook."""
    return await manage.make_webhook(call.deps, call.tenant_id, body, webhook_id=call.new_id)


@route(
    "GET",
    PATH,
    summary="List the tenant's webhooks",
    auth=ADMIN,
    query=PageQuery,
    answer=WebhookPage,
    tags=TAGS,
)
async def list_webhooks(call: Call[PageQuery]) -> WebhookPage:
    """List webhooks, newest first, without secrets."""
    limit, before = call.query.limit, place_of(call.query.cursor)
    found = await look.list_webhooks(call.deps, call.tenant_id, before, limit)
    meta = page_of([(one.created_at, one.id) for one in found], limit)
    return WebhookPage(data=tuple(found), meta=meta)


@route("GET", PATH + "/{id}", summary="Describe a webhook", auth=ADMIN, answer=Webhook, tags=TAGS)
async def get_webhook(call: Call[None]) -> Webhook:
    """Describe one webhook."""
    return await look.get_webhook(call.deps, call.tenant_id, call.params["id"])


@route(
    "PATCH",
    PATH + "/{id}",
    summary="Change a webhook's address, events or state",
    auth=ADMIN,
    body=WebhookChange,
    answer=Webhook,
    tags=TAGS,
    fresh=True,
)
async def change_webhook(call: Call[None], body: WebhookChange) -> Webhook:
    """Change, pause or resume a webhook."""
    return await manage.change_webhook(call.deps, call.tenant_id, call.params["id"], body)


@route(
    "DELETE",
    PATH + "/{id}",
    summary="Delete a webhook and its log",
    auth=ADMIN,
    tags=TAGS,
    code=204,
)
async def delete_webhook(call: Call[None]) -> None:
    """Delete a webhook; what waits for it is not sent."""
    await manage.delete_webhook(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    PATH + "/{id}/secret",
    summary="Change a webhook's secret; the new one is shown once",
    auth=ADMIN,
    answer=WebhookSecret,
    code=201,
    tags=TAGS,
    secret=True,
)
async def rotate_webhook_secret(call: Call[None]) -> WebhookSecret:
    """Change the secret; the one before signs too for a day."""
    return await manage.rotate_secret(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    PATH + "/{id}/test",
    summary="Send a test event",
    auth=ADMIN,
    answer=WebhookDelivery,
    code=201,
    tags=TAGS,
)
async def test_webhook(call: Call[None]) -> WebhookDelivery:
    """Let a test event be sent; its delivery tells how that went."""
    return await manage.send_test(call.deps, call.tenant_id, call.params["id"], call.new_id)


@route(
    "GET",
    PATH + "/{id}/deliveries",
    summary="List what was sent to a webhook",
    auth=ADMIN,
    query=PageQuery,
    answer=WebhookDeliveryPage,
    tags=TAGS,
)
async def list_webhook_deliveries(call: Call[PageQuery]) -> WebhookDeliveryPage:
    """List deliveries, newest first."""
    limit, before = call.query.limit, place_of(call.query.cursor)
    found = await look.list_deliveries(call.deps, call.tenant_id, call.params["id"], before, limit)
    meta = page_of([(one.created_at, one.id) for one in found], limit)
    return WebhookDeliveryPage(data=tuple(found), meta=meta)


@route(
    "POST",
    PATH + "/{id}/deliveries/{delivery}/replay",
    summary="Send an event once more",
    auth=ADMIN,
    answer=WebhookDelivery,
    tags=TAGS,
    once=True,
)
async def replay_webhook_delivery(call: Call[None]) -> WebhookDelivery:
    """Send an event again at once, under the same delivery id."""
    return await manage.replay(
        call.deps, call.tenant_id, call.params["id"], call.params["delivery"]
    )


ROUTES = (
    create_webhook,
    list_webhooks,
    get_webhook,
    change_webhook,
    delete_webhook,
    rotate_webhook_secret,
    test_webhook,
    list_webhook_deliveries,
    replay_webhook_delivery,
)
