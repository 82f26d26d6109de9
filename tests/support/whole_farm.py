"""Run a whole farm as the demo does: an orchestrator and a node agent as processes of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from orchestrator.cli.database import create_key
from orchestrator.cli.farm import Child, until_ready
from orchestrator.client import FarmClient
from orchestrator.wire.renders import JobEvent
from tests.support.commands import LIMIT_S, Command, Ran, own_home
from tests.support.ports import own_port
from tests.support.witness import tail

PYTHON = (sys.executable, "-P", "-m")


@dataclass(slots=True)
class WholeFarm:
    """Be a running farm: its data folder, its address, its two processes."""

    data: Path
    url: str
    key: str
    orchestrator: Child
    agent: Child

    @property
    def key_file(self) -> Path:
        """Hold the API key where the command line reads it."""
        return self.data / "key"

    def client(self) -> FarmClient:
        """Give a client; use it as an async context manager."""
        return FarmClient(self.url, self.key)

    def start(self, *words: str | Path, cwd: Path) -> Command:
        """Start `flatrender render WORDS` against this farm, as JSON on the preview engine."""
        here = ("--server", self.url, "--key-file", self.key_file, "--engine", "preview", "--json")
        return Command("render", *here, *words, cwd=cwd)

    def render(self, *words: str | Path, cwd: Path, limit_s: float = LIMIT_S) -> Ran:
        """Run `flatrender render WORDS` to its end; it may not print a traceback."""
        ran = self.start(*words, cwd=cwd).end(limit_s)
        assert "Traceback" not in ran.out + ran.err, ran.err
        return ran

    async def ready(self) -> None:
        """Wait until the orchestrator answers."""
        async with self.client() as client:
            await until_ready(client, self.orchestrator)

    def last_words(self) -> str:
        """Tell what both processes logged, should a test fail."""
        return tail(self.data / "orchestrator.log") + tail(self.data / "agent.log")

    async def heal(self) -> None:
        """Start what does not run, whatever a test did."""
        for child in (self.orchestrator, self.agent):
            if child.process is None or child.process.poll() is not None:
                child.spawn()
        await self.ready()


@asynccontextmanager
async def whole_farm(
    dsn: str, data: Path, agent_module: str = "node_agent"
) -> AsyncIterator[WholeFarm]:
    """Run a farm on a migrated database; everything of it ends with the block."""
    with own_port() as port:
        async with _farm_on(port, dsn, data, agent_module) as farm:
            yield farm


@asynccontextmanager
async def _farm_on(port: int, dsn: str, data: Path, agent_module: str) -> AsyncIterator[WholeFarm]:
    url = f"http://127.0.0.1:{port}"
    settings = f'port = {port}\ndatabase_url = "{dsn}"\n'
    (data / "flatrender.toml").write_text(settings, encoding="utf-8")
    agent_settings = f'server_url = "{url}"\npreview = true\nname = "e2e"\n'
    (data / "flatrender-agent.toml").write_text(agent_settings, encoding="utf-8")
    key = (await create_key(dsn, "e2e", ("admin",))).secret
    (data / "key").write_text(key, encoding="utf-8")
    here = ("--data", str(data), "--with-parent")
    orchestrator = Child(
        "orchestrator", (*PYTHON, "orchestrator", "serve", *here), data / "orchestrator.log"
    )
    agent = Child(
        "node agent",
        (*PYTHON, agent_module, "run", *here),
        data / "agent.log",
        {**os.environ, **own_home(data)},
    )
    farm = WholeFarm(data, url, key, orchestrator, agent)
    try:
        orchestrator.spawn()
        await farm.ready()
        async with farm.client() as client:
            token = await client.enrolment()
        (data / "agent").mkdir()
        (data / "agent" / "enrolment_token").write_text(token.enrolment_token, encoding="utf-8")
        agent.spawn()
        yield farm
    finally:
        await agent.stop()
        await orchestrator.stop()


async def newest_job(client: FarmClient, before: set[UUID]) -> UUID:
    """Wait for a job that was not there before."""
    async with asyncio.timeout(60):
        while True:
            page = await client.renders()
            for render in page.data:
                if render.id not in before:
                    return render.id
            await asyncio.sleep(0.05)


async def until_frames(client: FarmClient, job: UUID, count: int) -> None:
    """Follow a job's events until so many frames are done."""
    async with asyncio.timeout(60):
        async for event in client.events(job):
            if _frames_of(event) >= count:
                return
    raise AssertionError(f"job {job} ended before {count} frames were done")


def _frames_of(event: JobEvent) -> int:
    stages = event.data.get("stages", ())
    assert isinstance(stages, (list, tuple))
    return max((stage["done"] for stage in stages if stage["stage"] == "frames"), default=0)
