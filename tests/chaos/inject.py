"""Carry the schedule of faults out on the running farm, and write down what was really done."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from tests.chaos.farm import Farm, Process
from tests.chaos.plan import Fault
from tests.chaos.proxy import WEATHER, Leg, Proxy, Trap
from tests.chaos.watch import Watch

TRAP_S = 4.0
MONTHS = """
SELECT c.oid::regclass::text AS part, i.inhparent::regclass::text AS parent
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
 WHERE i.inhparent IN ('render.node_health_logs'::regclass,
                       'identity.tenant_api_request_logs'::regclass)
   AND c.relname LIKE '%' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')
"""


@dataclass(frozen=True, slots=True)
class Death:
    """Be one agent that fell silent: when (seconds since 1970), and when it was to return."""

    agent: int
    how: str
    at: float


@dataclass(slots=True)
class Injector:
    """Hold what faults need, and count what was done."""

    farm: Farm
    proxy: Proxy
    watch: Watch
    say: Callable[[str], None]
    deaths: list[Death] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)

    async def run(self, schedule: list[Fault]) -> None:
        """Start each fault at its time; they overlap as the schedule says."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in schedule:
                await asyncio.sleep(max(0.0, begun + fault.at_s - time.monotonic()))
                group.create_task(self._do(fault))

    async def _do(self, fault: Fault) -> None:
        work: dict[str, Callable[[Fault], Awaitable[bool]]] = {
            "agent_kill": self._kill_agent,
            "agent_freeze": self._freeze_agent,
            "server_kill": self._kill_server,
            "outage": self._kill_server,
            "pg_crash": self._crash_postgres,
            "partition": self._partition,
            "weather": self._weather,
            "engine": self._engine,
            "disk": self._disk,
            "month": self._month,
        }
        if await work[fault.kind](fault):
            self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
            self.say(str(fault))
        else:
            self.passed_over.append(str(fault))
            self.say(f"{fault}: passed over")

    def _choose(self, wanted: int) -> tuple[int, Process] | None:
        """Give the agent that a fault is meant for, or the next one; some stay up."""
        agents = self.farm.agents
        up = [agent.is_up and agent.is_wanted for agent in agents]
        if sum(up) <= (2 if len(agents) > 3 else 1):
            return None
        for step in range(len(agents)):
            number = (wanted + step) % len(agents)
            if up[number]:
                return number, agents[number]
        return None

    async def _kill_agent(self, fault: Fault) -> bool:
        chosen = self._choose(fault.target)
        if chosen is None:
            return False
        number, agent = chosen

        def kill(_upstream: int = 0) -> None:
            if agent.kill():
                self.deaths.append(Death(number, f"kill {fault.how}", time.time()))

        await self._at_point(fault.how, kill, number)
        await asyncio.sleep(fault.lasts_s)
        await self.proxy.haunt(self.proxy.legs[number])
        if not agent.is_wanted:
            agent.start()
        return True

    async def _at_point(self, how: str, spring: Callable[[int], None], leg: int | None) -> None:
        """Do something as a call passes a point, at once when none comes for a while."""
        if how in {"now", "both"}:
            spring(0)
            return
        call, _, point = how.partition(":")
        trap = Trap(call, point, spring, leg)
        self.proxy.traps.append(trap)
        try:
            await asyncio.wait_for(trap.sprung.wait(), TRAP_S)
        except TimeoutError:
            if trap in self.proxy.traps:
                self.proxy.traps.remove(trap)
                spring(0)

    async def _freeze_agent(self, fault: Fault) -> bool:
        chosen = self._choose(fault.target)
        if chosen is None:
            return False
        number, agent = chosen
        agent.freeze(tree=fault.how == "tree")
        self.deaths.append(Death(number, f"freeze {fault.how}", time.time()))
        await asyncio.sleep(fault.lasts_s)
        await self.proxy.haunt(self.proxy.legs[number])
        agent.wake()
        return True

    async def _kill_server(self, fault: Fault) -> bool:
        servers = self.farm.servers

        def kill(upstream: int) -> None:
            number = upstream if ":" in fault.how else fault.target
            for server in servers if fault.how == "both" else [servers[number]]:
                server.kill()

        await self._at_point(fault.how, kill, None)
        await asyncio.sleep(fault.lasts_s)
        for server in servers:
            if not server.is_wanted:
                server.start()
        return True

    async def _crash_postgres(self, fault: Fault) -> bool:
        if self.watch.postgres_down:
            return False
        self.watch.postgres_down = True
        begun = time.time()
        try:
            await self.farm.crash_postgres()
            await asyncio.sleep(fault.lasts_s)
            await self.farm.start_postgres()
        finally:
            self.watch.postgres_down = False
        self.watch.add_outage(begun, time.time())
        await self.watch.measure_return()
        return True

    async def _partition(self, fault: Fault) -> bool:
        leg = self.proxy.legs[fault.target]
        if leg.partition:
            return False
        self.proxy.part(leg, fault.how)
        await asyncio.sleep(fault.lasts_s)
        self.proxy.reunite(leg)
        return True

    async def _weather(self, fault: Fault) -> bool:
        legs: list[Leg] = self.proxy.legs
        if fault.target >= 0:
            legs = [legs[fault.target]]
        for leg in legs:
            leg.weather = WEATHER[fault.how]
        await asyncio.sleep(fault.lasts_s)
        for leg in legs:
            leg.weather = {}
        return True

    async def _engine(self, fault: Fault) -> bool:
        self.farm.engine_fault(fault.target, fault.how)
        return True

    async def _disk(self, fault: Fault) -> bool:
        if self.farm.disk is None:
            return False
        ballast = self.farm.disk / "ballast"
        with suppress(OSError), ballast.open("wb") as out:
            for _ in range(1000):
                out.write(bytes(1 << 20))
                out.flush()
        await asyncio.sleep(fault.lasts_s)
        ballast.unlink(missing_ok=True)
        return True

    async def _month(self, fault: Fault) -> bool:
        """Let a month begin that nobody made a partition for."""
        try:
            connection = await asyncpg.connect(self.farm.dsn, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        try:
            await connection.execute("SET lock_timeout = '2s'")
            for row in await connection.fetch(MONTHS):
                await connection.execute(f"DROP TABLE {row['part']}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        finally:
            with suppress(Exception):
                await connection.close(timeout=2)
        return True

    async def heal(self) -> None:
        """Undo every fault: all calls pass, everything runs."""
        self.proxy.heal()
        if self.farm.cluster is not None and not self.farm.cluster.is_alive():
            await self.farm.start_postgres()
        if self.farm.disk is not None:
            (self.farm.disk / "ballast").unlink(missing_ok=True)
        for number, process in enumerate(self.farm.agents):
            process.wake()
            (self.farm.root / f"engine{number}" / "fault").unlink(missing_ok=True)
        for process in [*self.farm.servers, *self.farm.agents]:
            if not process.is_up:
                process.start()


async def keep_up(farm: Farm) -> None:
    """Start again what ended although nobody killed it; each such fall is counted and told."""
    while True:
        await asyncio.sleep(0.3)
        for process in [*farm.servers, *farm.agents]:
            if process.is_wanted and not process.is_frozen and not process.is_up:
                process.fell += 1
                sys.stderr.write(f"{process.name} ended by itself:\n{process.tail()}\n")
                process.start()
