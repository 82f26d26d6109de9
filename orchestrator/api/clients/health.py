"""Answer whether the server lives and is ready, its metrics, and its own description."""

from __future__ import annotations

from aiohttp import web

from orchestrator import __version__
from orchestrator.api.middlewares import METRICS
from orchestrator.api.route import Call, KeyScope, Public, Raw, route
from orchestrator.usecases.health.counts import Counts
from orchestrator.usecases.health.look import Gauges, Readiness, storage_checks, storage_warnings
from orchestrator.wire.resources import Health

PROMETHEUS = "text/plain; version=0.0.4"
OPENAPI: web.AppKey[str] = web.AppKey("openapi", str)
READINESS: web.AppKey[Readiness] = web.AppKey("readiness", Readiness)


@route(
    "GET",
    "/healthz",
    summary="Is the process alive?",
    auth=Public(),
    answer=Health,
    tags=("health",),
)
async def get_healthz(call: Call[None]) -> Health:  # noqa: ARG001
    """Answer without touching anything: the process serves."""
    return Health(ok=True, version=__version__)


@route(
    "GET",
    "/readyz",
    summary="Can it work: database, migrations, storage?",
    auth=Public(),
    answer=Health,
    tags=("health",),
)
async def get_readyz(call: Call[None]) -> Health | web.Response:
    """Answer 200 when database and storage answer, 503 with the reasons otherwise.

    A full disk is a warning: at 503 those in front would end downloads too, and `serve` would wait
    for itself.
    """
    checks = await call.request.app[READINESS].checks(call.deps.db)
    checks |= await storage_checks(call.deps.objects)
    warnings = {} if "storage" in checks else await storage_warnings(call.deps.objects)
    health = Health(ok=not checks, version=__version__, checks=checks, warnings=warnings)
    if health.ok:
        return health
    return web.Response(status=503, content_type="application/json", text=health.model_dump_json())


@route(
    "GET",
    "/metrics",
    summary="Metrics for Prometheus",
    auth=KeyScope("operator"),
    answer=Raw("text/plain"),
    tags=("health",),
)
async def get_metrics(call: Call[None]) -> web.Response:
    """Answer the counters, and the gauges as they were a few seconds ago at most."""
    metrics = call.request.app[METRICS]
    metrics.measured(await call.deps.shared(Gauges).look())
    counts = call.deps.shared(Counts)
    metrics.counted(counts.results, counts.leases_expired)
    return web.Response(body=metrics.render(), headers={"Content-Type": PROMETHEUS})


@route(
    "GET",
    "/openapi.json",
    summary="This API as OpenAPI 3.1",
    auth=KeyScope(),
    answer=Raw("application/json"),
    tags=("health",),
)
async def get_openapi(call: Call[None]) -> web.Response:
    """Answer the document that is made from the same models that validate."""
    return web.Response(text=call.request.app[OPENAPI], content_type="application/json")


ROUTES = (get_healthz, get_readyz, get_metrics, get_openapi)
