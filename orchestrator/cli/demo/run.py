"""Starts the farm of the demo, renders on it, and ends it."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import typer

from orchestrator.cli.admin.people import make_link_of
from orchestrator.cli.database import create_key
from orchestrator.cli.demo.template import DemoTemplate, find_template
from orchestrator.cli.farm import (
    Child,
    database_kept,
    environment,
    free_port,
    running,
    until_able,
    until_ready,
)
from orchestrator.cli.problems import CliError
from orchestrator.cli.render import (
    Done,
    as_cli_error,
    check_output,
    check_source,
    render_once,
    tell,
    upload,
)
from orchestrator.cli.serve import database, dsn_of, make_folder, settings_of
from orchestrator.cli.show import Bars
from orchestrator.cli.values import Wishes
from orchestrator.client import ClientError, FarmClient
from orchestrator.errors import FarmError
from orchestrator.settings import Settings

_STEPS = 6
ADMIN = "admin@demo.local"
_ROOM_BYTES = 1024 * 2**20


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Hold the command line of `flatrender demo`."""

    source: Path | None
    wishes: Wishes
    out: Path
    as_json: bool
    keep: bool
    data: Path | None
    port: int | None


@dataclass(frozen=True, slots=True)
class _Farm:
    """Hold what is known once the database is there."""

    data: Path
    port: int
    key: str
    dsn: str
    embedded: Settings | None
    """The settings of the embedded PostgreSQL; None when another database is used."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def children(self) -> tuple[Child, Child]:
        """Give the commands of the orchestrator and of the node agent."""
        python = (sys.executable, "-P", "-m")
        data = ("--data", str(self.data), "--with-parent")
        serve = (*python, "orchestrator", "serve", "--port", str(self.port), *data)
        agent = (*python, "node_agent", "run", *data)
        return (
            Child(
                "orchestrator",
                serve,
                self.data / "orchestrator.log",
                environment("FLATRENDER_", but=("FLATRENDER_AGENT_", "FLATRENDER_API_KEY")),
            ),
            Child("node agent", agent, self.data / "agent.log", environment("FLATRENDER_AGENT_")),
        )


def run_demo(options: DemoOptions) -> None:
    """Start everything, render, write the video, end everything."""
    started = time.monotonic()
    _stop_on_sigterm()
    if options.source is not None:
        check_source(options.source)
    template = find_template() if options.source is None else None
    check_output(options.out)
    # Demos that run at once must not race for the usual port; only one that stays is visited.
    port = free_port(options.port, usual=options.keep)
    with Bars() as bars, _folder(options) as data:
        _require_room(data)
        bars.set("install", 0, _STEPS)
        given = settings_of(data, port=port)
        with database(given) as settings:
            bars.set("install", 1, _STEPS)
            key = _prepare(dsn_of(settings), data, port)
            bars.set("install", 2, _STEPS)
            farm = _Farm(data, port, key, dsn_of(settings), None if given.database_url else given)
            try:
                asyncio.run(_walk(farm, options, template, bars, started))
            except ClientError as error:
                raise as_cli_error(error) from error
            except asyncio.CancelledError as error:
                raise KeyboardInterrupt from error


def _prepare(dsn: str, data: Path, port: int) -> str:
    """Migrate, make the demo's key, and write down what starts by hand need."""
    from orchestrator.store.migrate import migrate

    try:
        asyncio.run(migrate(dsn))
        key = asyncio.run(create_key(dsn, "demo", ("admin",))).secret
        (data / "flatrender.toml").write_text(f"port = {port}\n", encoding="utf-8")
        agent = f'server_url = "http://127.0.0.1:{port}"\npreview = true\nname = "demo"\n'
        (data / "flatrender-agent.toml").write_text(agent, encoding="utf-8")
        key_file = data / "demo.key"
        key_file.touch(mode=0o600)
        key_file.write_text(key + "\n", encoding="utf-8")
    except FarmError as error:
        raise CliError(error.message, code=error.code) from error
    except OSError as error:
        raise CliError(f"{data} cannot be written: {error.strerror or error}.") from error
    return key


async def _walk(
    farm: _Farm, options: DemoOptions, template: DemoTemplate | None, bars: Bars, started: float
) -> None:
    serve, agent = farm.children()
    async with AsyncExitStack() as stack:
        watches = []
        client = await stack.enter_async_context(FarmClient(farm.url, farm.key))
        if farm.embedded is not None:
            pg = database_kept(farm.embedded.data_dir / "pg", farm.embedded.pg_bin)
            watches.append(await stack.enter_async_context(pg))
        watches.append(await stack.enter_async_context(running((serve,))))
        await until_ready(client, serve)
        bars.set("install", 3, _STEPS)
        token = await client.enrolment()
        _hand_over(farm.data, token.enrolment_token)
        began = datetime.now(UTC)
        watches.append(await stack.enter_async_context(running((agent,))))
        bars.set("install", 4, _STEPS)
        render = _render(client, options, template, bars)
        done = await _until_done(render, until_able(client, began), *watches)
        tell(done, options.out, time.monotonic() - started, as_json=options.as_json)
        if options.keep:
            await _tell_addresses(farm)
            ended, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            for watch in ended:
                watch.result()


async def _until_done(
    render: Coroutine[None, None, Done],
    able: Coroutine[None, None, None],
    *watches: asyncio.Task[None],
) -> Done:
    """Wait for the render; what cannot be, or a child that cannot be kept, ends it."""
    work, check = asyncio.create_task(render), asyncio.create_task(able)
    try:
        pending: set[asyncio.Task[Any]] = {work, check, *watches}
        while not work.done():
            ended, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for watch in ended - {work}:
                watch.result()
        return await work
    finally:
        # Their calls must end before the client is closed below them.
        work.cancel()
        check.cancel()
        await asyncio.gather(work, check, return_exceptions=True)


async def _render(
    client: FarmClient, options: DemoOptions, template: DemoTemplate | None, bars: Bars
) -> Done:
    source = options.source if template is None else template.bundle
    assert source is not None
    project = await upload(client, source)
    bars.set("install", 5, _STEPS)
    scan = await client.quick_scan(project)
    bars.set("install", 6, _STEPS)
    wishes = options.wishes
    if template is not None:
        wishes = replace(
            wishes,
            sets=merged(template.sets, wishes.sets),
            colors=merged(template.colors, wishes.colors),
        )
    return await render_once(client, bars, project, scan, wishes, options.out)


def merged(defaults: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """Put a person's KEY=VALUE pairs in the place of the demo's own of the same key."""
    chosen = {pair.partition("=")[0]: pair for pair in (*defaults, *given)}
    return tuple(chosen.values())


def _hand_over(data: Path, token: str) -> None:
    """Leave the one-time token where the agent takes it: a file that only its owner reads."""
    folder = data / "agent"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "enrolment_token"
    path.touch(mode=0o600)
    path.write_text(token, encoding="utf-8")


@contextmanager
def _folder(options: DemoOptions) -> Iterator[Path]:
    """Give the data folder: the named one, or a fresh one that is removed at the end."""
    if options.data is not None:
        make_folder(options.data)
        yield options.data.resolve()
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix="flatrender-demo-")).resolve()
    except OSError as error:
        raise CliError(
            f"No temporary folder can be made ({error.strerror}). Give a folder with --data."
        ) from error
    try:
        yield folder
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _require_room(data: Path) -> None:
    """See that a farm fits on the disk; a node takes no work on a disk that is nearly full."""
    free_bytes = shutil.disk_usage(data).free
    if free_bytes < _ROOM_BYTES:
        raise CliError(
            f"The disk of {data} is full: {free_bytes // 2**20} MB are free and the farm needs "
            f"{_ROOM_BYTES // 2**20} MB. Make room, or choose another folder with --data."
        )


async def _tell_addresses(farm: _Farm) -> None:
    link = await make_link_of(farm.dsn, ADMIN, make=True)
    lines = (
        f"Admin    {farm.url}/admin/link#{link}  (once, within 15 minutes)",
        f"         later: flatrender admin link {ADMIN} --data {shlex.quote(str(farm.data))}",
        f"API      {farm.url}  (OpenAPI at {farm.url}/openapi.json)",
        f"API key  {farm.data / 'demo.key'}",
        f"Data     {farm.data}",
        f"Again    flatrender serve --data {shlex.quote(str(farm.data))}",
        f"         flatrender-agent run --data {shlex.quote(str(farm.data))}",
        "Running until Ctrl-C.",
    )
    for line in lines:
        typer.echo(line, err=True)


def _stop_on_sigterm() -> None:
    """Treat SIGTERM like Ctrl-C, from the first moment on, so that the children end too."""

    def stop(number: int, frame: FrameType | None) -> None:
        like = signal.getsignal(signal.SIGINT)
        (like if callable(like) else signal.default_int_handler)(number, frame)

    signal.signal(signal.SIGTERM, stop)
