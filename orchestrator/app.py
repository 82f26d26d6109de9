"""The composition root: settings in, a running server out."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiohttp import web

from orchestrator import logs
from orchestrator.api.clients.health import OPENAPI, READINESS
from orchestrator.api.dispatch import DEPS, REQUEST_ID, add_routes
from orchestrator.api.guard import Guard
from orchestrator.api.metrics import Metrics
from orchestrator.api.middlewares import GUARD, METRICS, add_headers, frame
from orchestrator.api.openapi import document
from orchestrator.api.table import ROUTES
from orchestrator.deps import Deps
from orchestrator.errors import FarmError
from orchestrator.in_force import InForce
from orchestrator.loops import start_loops
from orchestrator.loops.wakeups import Wakeups
from orchestrator.secrets import load_secrets
from orchestrator.settings import Settings
from orchestrator.storage.opening import open_store
from orchestrator.store.pool import Database
from orchestrator.usecases.health.look import Readiness
from orchestrator.web.serving import add_pages
from orchestrator.web.table import PAGES

SHUTDOWN_S = 1.0
GC_THRESHOLDS = (20_000, 50, 50)
_TAKEN = {errno.EADDRINUSE, 10048}
T = TypeVar("T")
log = structlog.get_logger("orchestrator")


def create_app(settings: Settings) -> web.Application:
    """Put the server together; connections and loops begin at start-up and end with it.

    Raises FarmError (`no_database`) when the settings name no database.
    """
    if settings.database_url is None:
        raise FarmError("no_database", 500, "No database is set. Set FLATRENDER_DATABASE_URL.")
    dsn = settings.database_url.get_secret_value()
    app = web.Application(middlewares=[frame], client_max_size=settings.max_body_bytes)
    app[METRICS] = Metrics()
    app[GUARD] = Guard()
    app[READINESS] = Readiness(dsn)
    app[OPENAPI] = json.dumps(document(ROUTES))
    app.on_response_prepare.append(add_headers)
    add_routes(app, ROUTES)
    add_pages(app, PAGES, lambda app: app[DEPS], lambda request: request[REQUEST_ID])

    async def working(app: web.Application) -> AsyncIterator[None]:
        deps = await _make_deps(settings, dsn)
        app[DEPS] = deps
        try:
            async with start_loops(deps):
                yield
        finally:
            app[GUARD].close()
            await deps.objects.close()
            await deps.db.close()

    async def stop(app: web.Application) -> None:
        app[DEPS].stopping.set()
        app[DEPS].wakeups.wake()

    app.cleanup_ctx.append(working)
    app.on_shutdown.append(stop)
    return app


async def _make_deps(settings: Settings, dsn: str) -> Deps:
    secrets = load_secrets(settings)
    objects = await open_store(settings, secrets.url_key)
    db = await Database.open(
        dsn, size=settings.pool_size, statement_timeout_s=settings.statement_timeout_s
    )
    return Deps(
        in_force=InForce(settings),
        db=db,
        objects=objects,
        secrets=secrets,
        wakeups=Wakeups(db),
    )


@dataclass(frozen=True, slots=True)
class Listener:
    """Be a server that listens on `port`; `close` ends it within about SHUTDOWN_S."""

    runner: web.AppRunner
    server: asyncio.Server
    port: int

    async def close(self) -> None:
        """Take no more connections, let calls end, close everything."""
        self.server.close()
        await self.runner.cleanup()


async def listen(app: web.Application, host: str, port: int) -> Listener:
    """Start to serve on an address; port 0 takes any free one.

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

    def connected() -> asyncio.Protocol:
        assert runner.server is not None
        connection = runner.server()
        app[GUARD].opened(connection)
        return connection

    try:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(connected, host, port, backlog=512)
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        raise _cannot_listen(host, port, error) from error
    return Listener(runner, server, int(server.sockets[0].getsockname()[1]))


def _cannot_listen(host: str, port: int, error: Exception) -> FarmError:
    if isinstance(error, OSError) and error.errno in _TAKEN:
        return FarmError(
            "port_taken",
            500,
            f"Port {port} on {host} is taken by another program. Stop that one, or choose another "
            "port with FLATRENDER_PORT (0 takes any free one).",
        )
    return FarmError(
        "cannot_listen",
        500,
        f"Cannot listen on {host} port {port}: {error}. Set FLATRENDER_HOST and "
        "FLATRENDER_PORT to an address of this machine.",
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the server's work to its end, on uvloop where that is there: it halves the loop's cost.

    Gives what the work gives. What lives from the start on is not looked at by the garbage
    collector again, and what comes later seldom: at thousands of connections each full look stops
    the server for long.
    """
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        return runner.run(work)


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def serve(settings: Settings, *, stop: asyncio.Event | None = None) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; then end within two seconds.

    Raises FarmError when the settings, the server key or the address will not do.
    """
    logs.configure(settings.log_format, settings.log_level)
    ending = stop or asyncio.Event()
    if sys.platform != "win32":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, RuntimeError):
                loop.add_signal_handler(number, ending.set)
    listener = await listen(create_app(settings), settings.host, settings.port)
    try:
        log.info("serving", host=settings.host, port=listener.port)
        await ending.wait()
        log.info("stopping")
    finally:
        await listener.close()
