"""The webhooks of a tenant: make, pause, change, delete; what was sent, and send it again."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.core.webhooks import EVENTS, EVERY
from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.tenants.look import get_tenant
from orchestrator.usecases.webhooks import look, manage
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import read_place, uuid, write_place
from orchestrator.wire.outgoing.webhooks import WebhookChange, WebhookCreate

HOOKS = "/admin/tenants/{id}/webhooks"
HOOK = HOOKS + "/{webhook}"
PAGE = 50


def _ids(visit: Visit) -> tuple[UUID, UUID]:
    return uuid(visit.params["id"], "tenant"), uuid(visit.params["webhook"], "webhook")


def _path(tenant_id: UUID, webhook_id: UUID) -> str:
    return f"/admin/tenants/{tenant_id}/webhooks/{webhook_id}"


def _given(visit: Visit) -> tuple[str, tuple[str, ...]]:
    """Read the address and the events of a form."""
    chosen = tuple(one for one in visit.form.getall("event", []) if one in (EVERY, *EVENTS))
    return visit.form.get("url", "").strip(), chosen


@action(HOOKS, "admin", fresh=True)
async def make_tenant_webhook(visit: Visit) -> web.Response:
    """Make a webhook and show its secret, this once."""
    tenant_id = uuid(visit.params["id"], "tenant")
    tenant = await get_tenant(visit.deps, tenant_id)
    url, events = _given(visit)
    try:
        wanted = WebhookCreate(url=url, events=events)
    except ValidationError as error:
        raise Invalid("Give an https address and at least one event.", code="bad_webhook") from (
            error
        )
    made = await manage.make_webhook(visit.deps, tenant_id, wanted, webhook_id=new_id())
    return visit.draw("pages/webhook_secret.html", tenant=tenant, made=made)


@page(HOOK)
async def show_webhook(visit: Visit) -> web.Response:
    """Show a webhook and what was sent to it, newest first."""
    tenant_id, webhook_id = _ids(visit)
    before = read_place(visit.query.get("cursor"))
    found = await look.list_deliveries(visit.deps, tenant_id, webhook_id, before, PAGE + 1)
    place = (found[PAGE - 1].created_at, found[PAGE - 1].id) if len(found) > PAGE else None
    return visit.draw(
        "parts/deliveries.html" if visit.part == "deliveries" else "pages/webhook.html",
        tenant=await get_tenant(visit.deps, tenant_id),
        webhook=await look.get_webhook(visit.deps, tenant_id, webhook_id),
        deliveries=found[:PAGE],
        waits=any(one.state == "pending" and one.tries == 0 for one in found[:PAGE]),
        next_cursor=write_place(place),
        events=EVENTS,
    )


@action(HOOK, "admin", fresh=True)
async def change_tenant_webhook(visit: Visit) -> web.Response:
    """Change a webhook's address and events."""
    tenant_id, webhook_id = _ids(visit)
    url, events = _given(visit)
    try:
        wanted = WebhookChange(url=url, events=events)
    except ValidationError as error:
        raise Invalid("Give an https address and at least one event.", code="bad_webhook") from (
            error
        )
    before = await look.get_webhook(visit.deps, tenant_id, webhook_id)
    await manage.change_webhook(visit.deps, tenant_id, webhook_id, wanted)
    here = _path(tenant_id, webhook_id)
    undo = Undo(here, (("url", before.url), *(("event", one) for one in before.events)))
    return visit.done(here, "notice.webhook_changed", undo=undo)


@action(HOOK + "/pause", "admin")
async def pause_webhook(visit: Visit) -> web.Response:
    """Send nothing for now; what happens meanwhile is kept."""
    tenant_id, webhook_id = _ids(visit)
    wanted = WebhookChange(state="paused")
    await manage.change_webhook(visit.deps, tenant_id, webhook_id, wanted)
    here = _path(tenant_id, webhook_id)
    return visit.done(here, "notice.webhook_paused", undo=Undo(f"{here}/resume", ()))


@action(HOOK + "/resume", "admin")
async def resume_webhook(visit: Visit) -> web.Response:
    """Send again."""
    tenant_id, webhook_id = _ids(visit)
    wanted = WebhookChange(state="active")
    await manage.change_webhook(visit.deps, tenant_id, webhook_id, wanted)
    here = _path(tenant_id, webhook_id)
    return visit.done(here, "notice.webhook_resumed", undo=Undo(f"{here}/pause", ()))


@action(HOOK + "/delete", "admin")
async def delete_tenant_webhook(visit: Visit) -> web.Response:
    """Delete a webhook and its log."""
    tenant_id, webhook_id = _ids(visit)
    await manage.delete_webhook(visit.deps, tenant_id, webhook_id)
    return visit.done(f"/admin/tenants/{tenant_id}", "notice.webhook_deleted")


@action(HOOK + "/secret", "admin", fresh=True)
async def rotate_secret_of_webhook(visit: Visit) -> web.Response:
    """Change the secret and show the new one, this once."""
    tenant_id, webhook_id = _ids(visit)
    tenant = await get_tenant(visit.deps, tenant_id)
    made = await manage.rotate_secret(visit.deps, tenant_id, webhook_id)
    return visit.draw("pages/webhook_secret.html", tenant=tenant, made=made)


@action(HOOK + "/test", "admin")
async def send_test_to_webhook(visit: Visit) -> web.Response:
    """Send a test event."""
    tenant_id, webhook_id = _ids(visit)
    await manage.send_test(visit.deps, tenant_id, webhook_id, new_id())
    return visit.done(_path(tenant_id, webhook_id), "notice.webhook_tested")


@action(HOOK + "/deliveries/{delivery}/replay", "admin")
async def replay_delivery(visit: Visit) -> web.Response:
    """Send an event once more."""
    tenant_id, webhook_id = _ids(visit)
    delivery_id = uuid(visit.params["delivery"], "delivery")
    await manage.replay(visit.deps, tenant_id, webhook_id, delivery_id)
    return visit.done(_path(tenant_id, webhook_id), "notice.delivery_again")


PAGES = (
    make_tenant_webhook,
    show_webhook,
    change_tenant_webhook,
    pause_webhook,
    resume_webhook,
    delete_tenant_webhook,
    rotate_secret_of_webhook,
    send_test_to_webhook,
    replay_delivery,
)
