"""Handle what a tenant used."""

from __future__ import annotations

from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.tenants.look import usage_of
from orchestrator.wire.resources import UsageList, UsageQuery

CLIENT = KeyScope("render")


@route(
    "GET",
    "/v1/usage",
    summary="Tell what was used, by day",
    auth=CLIENT,
    query=UsageQuery,
    answer=UsageList,
    tags=("usage",),
)
async def list_usage(call: Call[UsageQuery]) -> UsageList:
    """Answer renders, frames, node time and cost units of each day in UTC, the newest first."""
    return UsageList(data=tuple(await usage_of(call.deps, call.tenant_id, call.query.days)))


ROUTES = (list_usage,)
