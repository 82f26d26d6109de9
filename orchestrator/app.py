"""The composition root: settings in, a running server out."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from aiohttp import web

from orchestrator.api.clients.health import OPENAPI, READINESS
from orchestrator.api.dispatch import DEPS, add_routes
from orchestrator.api.guard import Guard
from orchestrator.api.metrics import Metrics
from orchestrator.api.middlewares import GUARD, METRICS, add_headers, frame
from orchestrator.api.openapi import document
from orchestrator.api.table import ROUTES
from orchestrator.deps import Deps
from orchestrator.errors import FarmError
from orchestrator.loops import start_loops
from orchestrator.loops.wakeups import Wakeups
from orchestrator.secrets import load_secrets
from orchestrator.settings import Settings
from orchestrator.storage.local import LocalStore
from orchestrator.store.pool import Database
from orchestrator.usecases.health.look import Readiness

SHUTDOWN_S = 1.0
log = structlog.get_logger("orchestrator")


def create_app(settings: Settings, dsn: str) -> web.Application:
    """Put the server together; connections and loops begin at start-up and end with it."""
    app = web.Application(middlewares=[frame], client_max_size=settings.max_body_bytes)
    app[METRICS] = Metrics()
    app[GUARD] = Guard()
    app[READINESS] = Readiness(dsn)
    app[OPENAPI] = json.dumps(document(ROUTES))
    app.on_response_prepare.append(add_headers)
    add_routes(app, ROUTES)

    async def working(app: web.Application) -> AsyncIterator[None]:
        db = await Database.open(
            dsn, size=settings.pool_size, statement_timeout_s=settings.statement_timeout_s
        )
        secrets = load_secrets(settings)
        deps = Deps(
            settings=settings,
            db=db,
            objects=LocalStore(settings.data_dir / "objects", secrets.url_key),
            secrets=secrets,
            wakeups=Wakeups(db),
        )
        app[DEPS] = deps
        try:
            async with start_loops(deps):
                yield
        finally:
            app[GUARD].close()
            await db.close()

    async def stop(app: web.Application) -> None:
        app[DEPS].stopping.set()

    app.cleanup_ctx.append(working)
    app.on_shutdown.append(stop)
    return app


async def listen(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Start to serve; give the runner, whose cleanup ends it, and the port in use.

    Raises FarmError (`port_taken`, `cannot_listen`) with a sentence that says what to do.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=60,
        shutdown_timeout=SHUTDOWN_S,
        auto_decompress=False,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=512)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise _cannot_listen(host, port, error) from error
    return runner, int(runner.addresses[0][1])


def _cannot_listen(host: str, port: int, error: OSError) -> FarmError:
    if error.errno in {48, 98, 10048}:
        return FarmError(
            "port_taken",
            500,
            f"Port {port} on {host} is taken by another program. Stop that one, or choose another "
            "port with FLATRENDER_PORT (0 takes any free one).",
        )
    return FarmError(
        "cannot_listen",
        500,
        f"Cannot listen on {host} port {port}: {error.strerror}. Set FLATRENDER_HOST and "
        "FLATRENDER_PORT to an address of this machine.",
    )


async def serve(
    settings: Settings, dsn: str, *, stop: asyncio.Event | None = None,
    started: asyncio.Future[int] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; then end within two seconds.

    `started`, when given, gets the port once the server listens.
    """
    ending = stop or asyncio.Event()
    if sys.platform != "win32":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, RuntimeError):
                loop.add_signal_handler(number, ending.set)
    runner, port = await listen(create_app(settings, dsn), settings.host, settings.port)
    try:
        log.info("serving", host=settings.host, port=port)
        if started is not None:
            started.set_result(port)
        await ending.wait()
        log.info("stopping")
    finally:
        await runner.cleanup()
