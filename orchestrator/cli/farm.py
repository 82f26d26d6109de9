"""A whole farm on this machine: keeps an orchestrator and a node agent running as children."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestrator.cli.problems import ALREADY_RUNNING, WRONG_USE, CliError
from orchestrator.client import ClientError, FarmClient
from orchestrator.embedded import Cluster, EmbeddedError, start
from orchestrator.embedded.folder import Folder
from orchestrator.embedded.pidfile import postmaster_lives, read_pidfile

USUAL_PORT = 8420
_RESTART_AFTER_S = 3.0
_MAX_FAILURES = 5
_STOP_S = 6.0


_KEPT = {
    "APPDATA", "COMSPEC", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "HOME", "LANG", "LANGUAGE",
    "LD_LIBRARY_PATH", "LOCALAPPDATA", "LOGNAME", "PATH", "PATHEXT", "PROGRAMDATA",
    "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "SSL_CERT_DIR", "SSL_CERT_FILE",
    "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "USER", "USERNAME", "USERPROFILE",
    "WINDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
}  # fmt: skip
_KEPT_PREFIXES = ("LC_", "PYTHON")


def environment(prefix: str, *, but: tuple[str, ...] = ()) -> dict[str, str]:
    """Give a child what it needs of our environment: the system's names and its own settings.

    Settings begin with `prefix`, and not with one of `but`. A shell holds other programs' secrets.
    """

    def is_kept(name: str) -> bool:
        if name.startswith(prefix) and not name.startswith(but):
            return True
        return name in _KEPT or name.startswith(_KEPT_PREFIXES)

    return {name: text for name, text in os.environ.items() if is_kept(name.upper())}


@dataclass(slots=True)
class Child:
    """Keep one process of the farm: its command, its log, how often it failed."""

    name: str
    command: tuple[str, ...]
    log: Path
    env: Mapping[str, str] | None = None
    """Its whole environment; None is ours."""
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = field(default_factory=time.monotonic)

    def spawn(self) -> None:
        """Start the process; it ends when its standard input closes, so it cannot outlive us.

        CliError when it cannot be started.
        """
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        try:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self.env,
                    start_new_session=sys.platform != "win32",
                )
        except OSError as error:
            raise CliError(
                f"The {self.name} cannot be started: {error.strerror}: {error.filename}. "
                "See that this user may run and write it."
            ) from error
        self.started = time.monotonic()

    def tail(self) -> str:
        """Give the last lines of the log."""
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"  {line[:300]}" for line in lines[-8:])

    async def stop(self) -> None:
        """Ask, wait, and only then kill."""
        process = self.process
        if process is not None and process.stdin is not None:
            process.stdin.close()
        if process is None or process.poll() is not None:
            return
        if sys.platform != "win32":
            process.terminate()
        try:
            await asyncio.to_thread(process.wait, _STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait, _STOP_S)


@asynccontextmanager
async def running(children: tuple[Child, ...]) -> AsyncIterator[asyncio.Task[None]]:
    """Start the children in order and keep them running; all are ended on the way out.

    Gives the task that watches them: it ends with CliError when a child cannot be kept.
    """
    watch: asyncio.Task[None] | None = None
    try:
        for child in children:
            child.spawn()
        watch = asyncio.create_task(_keep(children))
        yield watch
    finally:
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        for child in reversed(children):
            await child.stop()


@asynccontextmanager
async def database_kept(
    pg: Path, binaries: Path | None, *, tell: Callable[[str], None] | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Start the embedded PostgreSQL of a folder again whenever it has died.

    Gives the task that watches it. When it cannot be started again, the task ends with CliError;
    with `tell`, which takes sentences, it is tried until it can. What it started is stopped on
    the way out. Call it from the main thread, as `database`.
    """
    started: list[Cluster] = []

    async def keep() -> None:
        pgdata = Folder(pg).pgdata
        while True:
            await asyncio.sleep(_RESTART_AFTER_S / 3)
            found = read_pidfile(pgdata)
            if found is not None and postmaster_lives(pgdata, found.pid):
                continue
            try:
                started.append(start(pg, binaries=binaries))
            except EmbeddedError as error:
                if tell is None:
                    raise CliError(str(error), code="database") from error
                tell(str(error))
                await asyncio.sleep(_RESTART_AFTER_S)
            else:
                if tell is not None:
                    tell("PostgreSQL had ended and was started again.")

    watch = asyncio.create_task(keep())
    try:
        yield watch
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        for cluster in started:
            cluster.stop()


async def _keep(children: tuple[Child, ...]) -> None:
    """Start again what ended; somebody else may have done so, which is as good."""
    due: dict[str, float] = {}
    while True:
        await asyncio.sleep(0.2)
        for child in children:
            assert child.process is not None
            code = child.process.poll()
            if code is None:
                if child.failures and time.monotonic() - child.started > 30:
                    child.failures = 0
                continue
            if child.name not in due:
                child.failures += code != ALREADY_RUNNING
                due[child.name] = time.monotonic() + _RESTART_AFTER_S
                if child.failures > _MAX_FAILURES:
                    raise CliError(
                        f"The {child.name} ends again and again (exit {code}). Its last words:\n"
                        + child.tail()
                    )
            elif time.monotonic() >= due[child.name]:
                del due[child.name]
                child.spawn()


async def until_ready(client: FarmClient, child: Child, *, limit_s: float = 60) -> None:
    """Wait until the orchestrator is ready; CliError when it ends or takes too long.

    A foreign server on the port would be ready too, but does not know our key.
    """
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        try:
            await client.ready()
            await client.nodes()
            return
        except ClientError:
            if child.process is not None and child.process.poll() is not None:
                raise CliError(
                    "The orchestrator ended before it was ready. Its last words:\n" + child.tail()
                ) from None
        await asyncio.sleep(0.05)
    raise CliError(f"The orchestrator is not ready after {limit_s:.0f} s:\n" + child.tail())


async def until_able(client: FarmClient, since: datetime, *, limit_s: float = 60) -> None:
    """Wait until a node has come since a time and can render; CliError says why it cannot."""
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        for node in (await client.nodes()).data:
            seen, able = node.last_seen_at, node.capabilities
            if seen is None or seen < since or able is None:
                continue
            if able.engines and "render" in able.kinds:
                return
            why = " ".join(able.problems) or "It has no engine."
            raise CliError(
                f"This machine cannot render. {why} `flatrender-agent check --preview` says more.",
                code="node_unable",
            )
        await asyncio.sleep(0.2)
    raise CliError(f"The node agent has not registered within {limit_s:.0f} s.")


def free_port(wanted: int | None, *, usual: bool = False) -> int:
    """Give a port that is free now: the wanted one; else any, or first the `usual` one."""
    for port in (wanted,) if wanted is not None else (USUAL_PORT, 0) if usual else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise CliError(f"Port {wanted} is taken. Give another one with --port.", WRONG_USE)
