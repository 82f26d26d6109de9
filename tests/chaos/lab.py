"""A farm in which one fault at a time is measured: no proxy, no schedule, everything real."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from orchestrator.cli.database import create_key
from orchestrator.store.migrate import migrate
from tests.chaos.farm import Farm, Process
from tests.chaos.inject import keep_up
from tests.chaos.orders import Client
from tests.chaos.plan import Order
from tests.chaos.run import raise_farm

WAIT_S = 120.0


@dataclass(slots=True)
class Lab:
    """Hold a running farm and a connection to look with."""

    farm: Farm
    client: Client
    project: str
    look: asyncpg.Connection[Any]

    async def order(self, mark: str, frames: int, frame_s: float, plan: str = "single") -> str:
        """Order one render; give its id."""
        order = Order(mark, plan, frames, frame_s, 0, None)
        await self.client.order(self.farm.urls[0], self.project, order)
        return self.client.accepted[mark]

    async def until(self, question: str, *values: object, limit_s: float = WAIT_S) -> None:
        """Wait until a question to the database is answered with true; TimeoutError."""
        async with asyncio.timeout(limit_s):
            while not await self.look.fetchval(question, *values):  # noqa: ASYNC110 - a database
                await asyncio.sleep(0.05)

    async def until_ended(self, job: str) -> str:
        """Wait for a job's end and give its state."""
        await self.until(
            "SELECT finished_at IS NOT NULL FROM render.render_jobs WHERE id = $1", job
        )
        state = await self.look.fetchval("SELECT state FROM render.render_jobs WHERE id = $1", job)
        return str(state)

    def drawn(self, mark: str = "") -> list[str]:
        """Give what all engines drew of the marks that begin so: `mark number` each."""
        found = [line for n in range(len(self.farm.agents)) for line in self.farm.drawn(n)]
        return [line for line in found if line.startswith(mark)]

    async def add_agent(self) -> Process:
        """Prepare one more agent; it is not started."""
        return self.farm.add_agent(self.farm.urls[0], await self.client.token(self.farm.urls[0]))

    @asynccontextmanager
    async def supplied(self, mark: str, frames: int, frame_s: float) -> AsyncIterator[None]:
        """Keep every agent supplied with such orders meanwhile; their rest is cancelled."""
        jobs: list[str] = []
        supplying = asyncio.create_task(self._supply(jobs, mark, frames, frame_s))
        try:
            yield
        finally:
            supplying.cancel()
            await asyncio.wait((supplying,), timeout=WAIT_S)
            for job in jobs:
                url = f"{self.farm.urls[0]}/v1/renders/{job}/cancel"
                await self.client.until_answered("POST", url)
            if not supplying.cancelled():
                supplying.result()

    async def _supply(self, jobs: list[str], mark: str, frames: int, frame_s: float) -> None:
        open_jobs = "SELECT count(*) FROM render.render_jobs WHERE finished_at IS NULL"
        client = await asyncpg.connect(self.farm.dsn, timeout=10)
        try:
            while True:
                if await client.fetchval(open_jobs) < 2 * len(self.farm.agents) + 2:
                    jobs.append(await self.order(f"{mark}n{len(jobs)}", frames, frame_s))
                else:
                    await asyncio.sleep(0.05)
        finally:
            await client.close(timeout=5)

    async def rate(self, mark: str, seconds: float) -> float:
        """Give the different frames per second that are drawn of such marks from now on."""
        begun, before = time.monotonic(), len(set(self.drawn(mark)))
        await asyncio.sleep(seconds)
        return (len(set(self.drawn(mark))) - before) / (time.monotonic() - begun)


@asynccontextmanager
async def lab(agents: int, ttl_s: float = 3.0, *, chunk_frames: int = 48) -> AsyncIterator[Lab]:
    """Lend a farm of so many agents; whatever ends by itself is started again."""
    folder = Path(tempfile.mkdtemp(prefix="flatrender-lab-"))
    farm = Farm(folder, ttl_s, chunk_frames=chunk_frames)
    try:
        await farm.start_postgres()
        await migrate(farm.dsn)
        key = (await create_key(farm.dsn, "lab", ("admin",))).secret
        farm.add_servers()
        for server in farm.servers:
            server.start()
        async with aiohttp.ClientSession(trust_env=False) as session:
            client = Client(session, key)
            project = await raise_farm(farm, client, [farm.urls[0]] * agents)
            look = await asyncpg.connect(farm.dsn, timeout=10)
            keeping = asyncio.create_task(keep_up(farm))
            try:
                yield Lab(farm, client, project, look)
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
                await look.close(timeout=5)
    finally:
        await farm.close()
        shutil.rmtree(folder, ignore_errors=True)
