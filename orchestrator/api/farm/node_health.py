"""Handle questions about a node's health: its series, its crashes, its cache."""

from __future__ import annotations

from uuid import UUID

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.nodes import health
from orchestrator.wire.resources import HealthQuery, HealthSeries, NodeCachePage, NodeCrashPage

OPERATOR = KeyScope("operator")
TAGS = ("nodes",)


@route(
    "GET",
    "/v1/nodes/{id}/health",
    summary="Show a node's health over time",
    auth=OPERATOR,
    query=HealthQuery,
    answer=HealthSeries,
    tags=TAGS,
)
async def node_health(call: Call[HealthQuery]) -> HealthSeries:
    """Answer minutes of the last two days, and quarters of an hour before that, in steps."""
    return await health.series(call.deps.db, call.params["id"], call.query)


@route(
    "GET",
    "/v1/nodes/{id}/crashes",
    summary="List a node's crashes",
    auth=OPERATOR,
    query=PageQuery,
    answer=NodeCrashPage,
    tags=TAGS,
)
async def node_crashes(call: Call[PageQuery]) -> NodeCrashPage:
    """List crashes, newest first."""
    query = call.query
    objects, ttl_s = call.deps.objects, call.deps.settings.url_ttl_s
    data = await health.crashes(
        call.deps.db,
        call.params["id"],
        place_of(query.cursor),
        query.limit,
        lambda key: objects.sign_get(key, ttl_s),
    )
    meta = page_of([(one.at, UUID(int=one.id)) for one in data], query.limit)
    return NodeCrashPage(data=data, meta=meta)


@route(
    "GET",
    "/v1/nodes/{id}/cache",
    summary="List the bundles in a node's cache",
    auth=OPERATOR,
    query=PageQuery,
    answer=NodeCachePage,
    tags=TAGS,
)
async def node_cache(call: Call[PageQuery]) -> NodeCachePage:
    """List bundles, the last used first."""
    query = call.query
    data = await health.cached(call.deps.db, call.params["id"], place_of(query.cursor), query.limit)
    meta = page_of([(one.last_used_at, UUID(hex=one.md5)) for one in data], query.limit)
    return NodeCachePage(data=data, meta=meta)


ROUTES = (node_health, node_crashes, node_cache)
