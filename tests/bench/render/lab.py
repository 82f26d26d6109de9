"""A farm to time whole renders on: database, orchestrator and agents as processes of their own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID

from orchestrator.cli.database import create_key
from orchestrator.cli.farm import Child, environment, free_port, until_ready
from orchestrator.client import FarmClient
from orchestrator.embedded import Cluster
from orchestrator.wire.renders import Render, RenderOrder
from tests.bench.server import migrated
from tests.support.commands import own_home

PYTHON = (sys.executable, "-P", "-m")
ROOT = Path(__file__).parents[3]
FAKE = ROOT / "tests" / "fakes" / "fake_engine.py"
Engines = Literal["scripted", "preview", "stand-in"]
"""The stand-ins are the preview engine's two programs, passed off as After Effects."""
ONLINE_S, JOB_S = 60.0, 600.0
WRAPPER = """#!/bin/sh
echo "begin $$ {kind} $(date +%s.%N)" >> "{log}"
{command} "$@"
code=$?
echo "end $$ {kind} $(date +%s.%N)" >> "{log}"
exit $code
"""


@dataclass(slots=True)
class Machine:
    """Be one node of the farm: its agent, and the book of when its programs ran."""

    name: str
    folder: Path
    child: Child
    engine: Path | None = None

    @property
    def book(self) -> Path:
        """Name the file in which the programs note when they ran."""
        return self.folder / "programs.txt"

    def play(self, **scenario: object) -> None:
        """Tell the scripted engine what its next launches do."""
        assert self.engine is not None
        (self.engine / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")

    def runs(self, since: float) -> list[tuple[str, int, float, float | None]]:
        """Give the programs that began after a time: kind, pid, begin, end (None: killed)."""
        begun: dict[str, tuple[str, int, float]] = {}
        found: list[tuple[str, int, float, float | None]] = []
        text = self.book.read_text("utf-8") if self.book.exists() else ""
        for line in text.splitlines():
            event, pid, kind, at = line.split(" ")
            if event == "begin" and float(at) >= since:
                begun[pid] = (kind, int(pid), float(at))
            elif event == "end" and pid in begun:
                found.append((*begun.pop(pid), float(at)))
        return [*found, *((kind, pid, at, None) for kind, pid, at in begun.values())]


@dataclass(slots=True)
class Timed:
    """Say when a job was ordered and when its video was published, as seconds since 1970."""

    render: Render
    ordered_at: float
    ended_at: float

    @property
    def wall_s(self) -> float:
        """Give how long its client waited."""
        return self.ended_at - self.ordered_at


@dataclass(slots=True)
class Lab:
    """Be a running farm."""

    url: str
    client: FarmClient
    folder: Path
    machines: list[Machine] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def project(self, path: Path, mode: str = "free") -> UUID:
        """Upload a template and scan it."""
        made = await self.client.create_project(path.stem)
        await self.client.upload_bundle(made.id, path)
        await self.client.quick_scan(made.id, mode)
        return made.id

    async def add(self, engine: Engines, *, url: str | None = None, **env: str) -> Machine:
        """Start one more agent and wait until it is online."""
        number = len(self.machines)
        folder = self.folder / f"node{number}"
        (folder / "agent").mkdir(parents=True)
        token = await self.client.enrolment()
        (folder / "agent" / "enrolment_token").write_text(token.enrolment_token, encoding="utf-8")
        words = ("--server", url or self.url, "--name", folder.name, "--with-parent")
        command = (*PYTHON, "node_agent", "run", "--data", str(folder), *words)
        machine = Machine(folder.name, folder, Child(folder.name, command, folder / "agent.log"))
        programs = _programs(machine, engine)
        machine.child.env = {**environment("FLATRENDER_"), **own_home(folder), **programs, **env}
        machine.child.spawn()
        self._stack.push_async_callback(machine.child.stop)
        self.machines.append(machine)
        await self._online(machine)
        return machine

    async def _online(self, machine: Machine) -> None:
        async with asyncio.timeout(ONLINE_S):
            while True:
                nodes = (await self.client.nodes()).data
                if any(one.name == machine.name and one.state == "online" for one in nodes):
                    return
                if machine.child.process is None or machine.child.process.poll() is not None:
                    raise RuntimeError(f"the agent ended:\n{machine.child.tail()}")
                await asyncio.sleep(0.1)

    async def node_id(self, machine: Machine) -> UUID:
        """Give a node's id."""
        nodes = (await self.client.nodes()).data
        return next(one.id for one in nodes if one.name == machine.name)

    async def render(self, order: RenderOrder) -> Timed:
        """Order a render and follow its events to its end; RuntimeError when it is not done."""
        ordered_at = time.time()
        job = await self.client.submit(order)
        async with asyncio.timeout(JOB_S):
            await self._end(job.id)
        render = await self.client.render(job.id)
        if render.state != "done" or render.finished_at is None:
            raise RuntimeError(f"the job is {render.state}: {render.failure}")
        return Timed(render, ordered_at, render.finished_at.timestamp())

    async def _end(self, job_id: UUID) -> None:
        seen = 0
        while True:
            async for event in self.client.events(job_id, seen):
                seen = event.id
                if event.data.get("state") in {"done", "failed", "cancelled"}:
                    return

    def busy_s(self, timed: Timed) -> float:
        """Give how long any engine or ffmpeg ran for a job: the union of their times."""
        spans = sorted(
            (begin, min(end or timed.ended_at, timed.ended_at))
            for machine in self.machines
            for _, _, begin, end in machine.runs(timed.ordered_at)
        )
        total, reached = 0.0, 0.0
        for begin, end in spans:
            total += max(0.0, end - max(begin, reached))
            reached = max(reached, end)
        return total


@asynccontextmanager
async def lab(cluster: Cluster, folder: Path, name: str) -> AsyncIterator[Lab]:
    """Run an orchestrator with the settings that everybody gets, and no agent yet."""
    dsn = await migrated(cluster, name)
    data = folder / name
    await asyncio.to_thread(data.mkdir)
    url = f"http://127.0.0.1:{await asyncio.to_thread(free_port, None)}"
    settings = f'port = {url.rsplit(":", 1)[1]}\ndatabase_url = "{dsn}"\n'
    (data / "flatrender.toml").write_text(settings, encoding="utf-8")
    key = (await create_key(dsn, "bench", ("admin",))).secret
    words = (*PYTHON, "orchestrator", "serve", "--data", str(data), "--with-parent")
    server = Child("orchestrator", words, data / "orchestrator.log")
    async with AsyncExitStack() as stack:
        server.spawn()
        stack.push_async_callback(server.stop)
        client = await stack.enter_async_context(FarmClient(url, key))
        await until_ready(client, server)
        farm = Lab(url, client, data)
        await stack.enter_async_context(farm._stack)
        yield farm


def _programs(machine: Machine, engine: Engines) -> Mapping[str, str]:
    """Make the node's programs, each of which notes when it ran; give the agent's settings."""
    from imageio_ffmpeg import get_ffmpeg_exe

    ffmpeg = _wrap(machine, "ffmpeg", f'"{get_ffmpeg_exe()}"')
    env = {"FLATRENDER_AGENT_FFMPEG": ffmpeg, "FLATRENDER_AGENT_PREVIEW": "true"}
    if engine == "preview":
        return env
    machine.engine = machine.folder / "engine"
    machine.engine.mkdir()
    machine.play()
    told = machine.engine / "scenario.json"
    for kind in ("aerender", "afterfx"):
        command = f'"{sys.executable}" -S -E "{FAKE}" {kind} "{told}"'
        if engine == "stand-in":
            home = f'PYTHONPATH="{ROOT}" FLATRENDER_PREVIEW_HOME="{machine.engine}"'
            command = f'env {home} "{sys.executable}" -P -m node_agent.preview.{kind}'
        env[f"FLATRENDER_AGENT_{kind.upper()}"] = _wrap(machine, kind, command)
    return {**env, "FLATRENDER_AGENT_PREVIEW": "false"}


def _wrap(machine: Machine, kind: str, command: str) -> str:
    program = machine.folder / kind
    text = WRAPPER.format(kind=kind, log=machine.book, command=command)
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return str(program)
