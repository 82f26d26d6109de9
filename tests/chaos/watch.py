"""Look at the farm from outside while it suffers: grace, holds, open jobs, returns."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import asyncpg

from tests.chaos.farm import Farm
from tests.chaos.orders import Client

LOOK_S = 0.2
RETURN_S = 30.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
LOOK = """
SELECT extract(epoch FROM swept_at)::float8 AS swept_at,
       extract(epoch FROM grace_until)::float8 AS grace_until,
       extract(epoch FROM held_until)::float8 AS held_until,
       (SELECT count(*) FROM render.render_jobs WHERE finished_at IS NULL) AS open_jobs
  FROM render.reaper_sweeps
"""


@dataclass(slots=True)
class Watch:
    """Keep what was seen; times are seconds since 1970."""

    farm: Farm
    client: Client
    spans: list[tuple[float, float]] = field(default_factory=list)
    """When leases did not expire by rule (grace, brake), or the database was away."""
    returns_s: list[float] = field(default_factory=list)
    open_jobs: int = 0
    postgres_down: bool = False

    def add_outage(self, begun: float, ended: float) -> None:
        """Note that the database was away."""
        self.spans.append((begun, ended))

    async def look_for_ever(self) -> None:
        """Look several times a second; a database that is away is looked for again."""
        while True:
            with suppress(*AWAY):
                connection = await asyncpg.connect(self.farm.dsn, timeout=5)
                try:
                    while True:
                        self._take(await connection.fetchrow(LOOK, timeout=5))
                        await asyncio.sleep(LOOK_S)
                finally:
                    connection.terminate()
            await asyncio.sleep(LOOK_S)

    def _take(self, row: Any) -> None:
        self.open_jobs = row["open_jobs"]
        now = time.time()
        for until in (row["grace_until"], row["held_until"]):
            if until is not None and until > now - LOOK_S:
                self.spans.append((min(row["swept_at"], now) - self.farm.ttl_s / 2, until))

    def is_excused(self, begun: float, ended: float) -> bool:
        """Tell whether a time touches a grace, a hold or an outage of the database."""
        return any(first <= ended and begun <= last for first, last in self.spans)

    async def measure_return(self) -> None:
        """Measure how long after the database's return each server that runs works again."""
        begun = time.monotonic()
        up = [number for number, server in enumerate(self.farm.servers) if server.is_up]
        await asyncio.gather(*(self._until_works(number, begun) for number in up))

    async def _until_works(self, number: int, begun: float) -> None:
        server = self.farm.servers[number]
        process = server.popen
        while time.monotonic() < begun + RETURN_S:
            with suppress(aiohttp.ClientError, TimeoutError, ValueError, OSError):
                code, _ = await self.client.ask("GET", self.farm.urls[number] + "/v1/renders")
                if code == 200:
                    self.returns_s.append(time.monotonic() - begun)
                    return
            if self.postgres_down or server.popen is not process or not server.is_up:
                return  # Killed again meanwhile: nothing was measured.
            await asyncio.sleep(0.03)
        self.returns_s.append(RETURN_S)
