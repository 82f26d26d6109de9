"""The tenants: what they use, their limits, their API keys."""

from __future__ import annotations

from typing import get_args

from aiohttp import web

from orchestrator.core.webhooks import EVENTS
from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.keys import manage
from orchestrator.usecases.keys.make import make_key
from orchestrator.usecases.tenants import change, look
from orchestrator.usecases.webhooks.look import list_webhooks
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import number, uuid
from orchestrator.wire.resources import Scope

TENANTS = "/admin/tenants"
DAYS = 30
SCOPES: tuple[Scope, ...] = get_args(Scope)


@page(TENANTS)
async def show_tenants(visit: Visit) -> web.Response:
    """List tenants by name."""
    name = (visit.query.get("q") or "").strip()[:100] or None
    found = await look.list_tenants(visit.deps, name)
    return visit.draw("pages/tenants.html", tenants=found, name=name)


@action(TENANTS, "admin")
async def make_tenant(visit: Visit) -> web.Response:
    """Make a tenant."""
    form = visit.form
    tenant_id = await change.make_tenant(visit.deps.db, form.get("slug", ""), form.get("name", ""))
    undo = Undo(f"{TENANTS}/{tenant_id}/suspend", ())
    return visit.done(f"{TENANTS}/{tenant_id}", "notice.tenant_made", undo=undo)


@page(TENANTS + "/{id}")
async def show_tenant(visit: Visit) -> web.Response:
    """Show a tenant: limits, keys, use by day."""
    tenant_id = uuid(visit.params["id"], "tenant")
    tenant = await look.get_tenant(visit.deps, tenant_id)
    return visit.draw(
        "pages/tenant.html",
        tenant=tenant,
        keys=await manage.list_keys(visit.deps.db, tenant_id),
        usage=await look.usage_of(visit.deps, tenant_id, DAYS),
        scopes=SCOPES,
        webhooks=await list_webhooks(visit.deps, tenant_id),
        events=EVENTS,
    )


@action(TENANTS + "/{id}/limits", "admin")
async def limit_tenant(visit: Visit) -> web.Response:
    """Change a tenant's limits."""
    tenant_id = uuid(visit.params["id"], "tenant")
    before = await look.get_tenant(visit.deps, tenant_id)
    await change.limit_tenant(
        visit.deps.db,
        tenant_id,
        share=_limit(visit, "share"),
        priority_max=_limit(visit, "priority_max"),
        active_max=_limit(visit, "active_max")
        if visit.form.get("active_max", "").strip()
        else None,
    )
    former = (
        ("share", _text(before["share_weight"])),
        ("priority_max", _text(before["priority_max"])),
        ("active_max", _text(before["active_jobs_max"])),
    )
    undo = Undo(f"{TENANTS}/{tenant_id}/limits", former)
    return visit.done(f"{TENANTS}/{tenant_id}", "notice.tenant_limited", undo=undo)


def _limit(visit: Visit, name: str) -> int:
    """Read a limit; what is no number fits nowhere: it must not become one, nor no limit."""
    value = number(visit.form.get(name))
    return -1 if value is None else value


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)


@action(TENANTS + "/{id}/suspend", "admin")
async def suspend_tenant(visit: Visit) -> web.Response:
    """Refuse a tenant's keys."""
    tenant_id = uuid(visit.params["id"], "tenant")
    await change.suspend_tenant(visit.deps.db, tenant_id, back=False)
    undo = Undo(f"{TENANTS}/{tenant_id}/resume", ())
    return visit.done(f"{TENANTS}/{tenant_id}", "notice.tenant_suspended", undo=undo)


@action(TENANTS + "/{id}/resume", "admin", fresh=True)
async def resume_tenant(visit: Visit) -> web.Response:
    """Take a tenant's keys again."""
    tenant_id = uuid(visit.params["id"], "tenant")
    await change.suspend_tenant(visit.deps.db, tenant_id, back=True)
    undo = Undo(f"{TENANTS}/{tenant_id}/suspend", ())
    return visit.done(f"{TENANTS}/{tenant_id}", "notice.tenant_resumed", undo=undo)


@action(TENANTS + "/{id}/keys", "admin", fresh=True)
async def make_tenant_key(visit: Visit) -> web.Response:
    """Make an API key and show its secret, this once."""
    tenant_id = uuid(visit.params["id"], "tenant")
    tenant = await look.get_tenant(visit.deps, tenant_id)
    name = visit.form.get("name", "").strip()[:200]
    scopes = tuple(one for one in SCOPES if one in visit.form.getall("scope", []))
    if not name or not scopes:
        raise Invalid("Give the key a name and at least one scope.", code="bad_key")
    made = await make_key(visit.deps.db, tenant_id, name, scopes, key_id=new_id())
    return visit.draw("pages/key.html", tenant=tenant, made=made)


@action(TENANTS + "/{id}/keys/{key}/revoke", "admin")
async def revoke_tenant_key(visit: Visit) -> web.Response:
    """Take an API key back at once."""
    tenant_id = uuid(visit.params["id"], "tenant")
    key_id = uuid(visit.params["key"], "API key")
    await manage.revoke_key(visit.deps.db, tenant_id, key_id)
    return visit.done(f"{TENANTS}/{tenant_id}", "notice.key_revoked")


PAGES = (
    show_tenants,
    make_tenant,
    show_tenant,
    limit_tenant,
    suspend_tenant,
    resume_tenant,
    make_tenant_key,
    revoke_tenant_key,
)
