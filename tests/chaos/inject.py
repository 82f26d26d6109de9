"""Carry the schedule of faults out on the running farm, and write down what was really done."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import asyncpg

from tests.chaos.farm import Farm, Process
from tests.chaos.plan import Fault
from tests.chaos.points.agent import AT_START, WHEN_FETCHING
from tests.chaos.points.trigger import Action, Order
from tests.chaos.proxy import WEATHER, Leg, Proxy, Trap
from tests.chaos.watch import AWAY, Watch

TRAP_S = 4.0
POINT_S = 6.0
LOST_SHARE = 0.01
BACKEND_S = 0.2
LOOK_S = 0.02
READ_ONLY = "ALTER SYSTEM SET default_transaction_read_only = on"
READ_WRITE = "ALTER SYSTEM RESET default_transaction_read_only"
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE application_name = 'flatrender' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
"""
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
    not_refused: list[str] = field(default_factory=list)
    """Writes that a read-only database let be answered otherwise than to come again later."""
    refused_writes: int = 0

    async def run(self, schedule: list[Fault]) -> None:
        """Start each fault at its time; they overlap as the schedule says."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in schedule:
                await asyncio.sleep(max(0.0, begun + fault.at_s - time.monotonic()))
                group.create_task(self._do(fault))

    async def _do(self, fault: Fault) -> None:
        work: dict[str, Callable[[Fault], Awaitable[bool]]] = {
            "agent_point": self._agent_at_point,
            "server_point": self._server_at_point,
            "lost_commit": self._lose_commits,
            "backends": self._terminate_backends,
            "readonly": self._read_only,
            "bitflip": self._flip_bit,
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
        if sum(up) <= max(1, len(agents) // 2):
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

    async def _agent_at_point(self, fault: Fault) -> bool:
        """Kill or freeze an agent as it comes to a named point; it is back after a while."""
        chosen = self._choose(fault.target)
        if chosen is None:
            return False
        number, agent = chosen
        order = _order(fault.how)
        fetches = order.point in WHEN_FETCHING
        if order.point in AT_START or fetches:
            agent.kill()
            if fetches and not self.farm.flip_bit(number):
                agent.start()
                return False
        if not await self._spring(agent, order):
            return False
        self.deaths.append(Death(number, f"{order.action} {order.point}", time.time()))
        await asyncio.sleep(fault.lasts_s)
        await self.proxy.haunt(self.proxy.legs[number])
        agent.wake()
        agent.start()
        return True

    async def _server_at_point(self, fault: Fault) -> bool:
        """Kill or freeze a server as it comes to a named point; it is back after a while."""
        server = self.farm.servers[fault.target % len(self.farm.servers)]
        if not server.is_up or not server.is_wanted:
            return False
        if not await self._spring(server, _order(fault.how)):
            return False
        await asyncio.sleep(fault.lasts_s)
        server.wake()
        server.start()
        return True

    async def _spring(self, process: Process, order: Order) -> bool:
        """Arm a point and wait until the process comes there; False when it does not in time."""
        process.remote.arm(order)
        process.start()
        process.is_wanted = False  # From here on its end is ours.
        for _ in range(int(POINT_S / LOOK_S)):
            if process.remote.is_sprung or not process.is_up:
                break
            await asyncio.sleep(LOOK_S)
        if not process.remote.is_sprung and process.remote.disarm():
            process.start()
            return False
        process.is_frozen = order.action == "stop"
        return True

    async def _lose_commits(self, fault: Fault) -> bool:
        """Let a part of all commits look like failures although they were done."""
        for server in self.farm.servers:
            server.remote.lose_commits(LOST_SHARE)
        await asyncio.sleep(fault.lasts_s)
        return True

    async def _terminate_backends(self, fault: Fault) -> bool:
        """Terminate one of the servers' connections after the other."""
        ends = time.monotonic() + fault.lasts_s
        cut = 0
        while time.monotonic() < ends:
            with suppress(*AWAY):
                cut += await self._tell_postgres(TERMINATE)
            await asyncio.sleep(BACKEND_S)
        return cut > 0

    async def _read_only(self, fault: Fault) -> bool:
        """Let the database take no writes, and see that they are refused for a while only."""
        if self.watch.postgres_down:
            return False
        begun = time.time()
        with suppress(*AWAY):
            await self._tell_postgres(READ_ONLY, reload=True)
            ends = time.monotonic() + fault.lasts_s
            while time.monotonic() < ends:
                await asyncio.sleep(0.25)
                await self._see_refusal()
        await self._writable_again()
        self.watch.add_outage(begun, time.time())
        return True

    async def _see_refusal(self) -> None:
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            code, retry_after = await self.watch.client.try_to_write(self.farm.urls[0])
            if code == 503 and retry_after:
                self.refused_writes += 1
            else:
                self.not_refused.append(f"a write was answered {code}, Retry-After {retry_after}")

    async def _writable_again(self) -> None:
        """Take the ban back, also from a database that is just coming back from a crash."""
        for _ in range(300):
            with suppress(*AWAY):
                await self._tell_postgres(READ_WRITE, reload=True)
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("PostgreSQL did not answer for 30 s.")

    async def _tell_postgres(self, statement: str, *, reload: bool = False) -> int:
        """Run one statement of ours; gives how many rows it touched or gave."""
        connection = await asyncpg.connect(self.farm.dsn, timeout=5)
        try:
            rows = await connection.fetch(statement, timeout=5)
            if reload:
                await connection.execute("SELECT pg_reload_conf()", timeout=5)
            return len(rows)
        finally:
            connection.terminate()

    async def _flip_bit(self, fault: Fault) -> bool:
        """Spoil what an agent has cached while it is down; its engine would notice at once."""
        chosen = self._choose(fault.target)
        if chosen is None:
            return False
        number, agent = chosen
        agent.kill()
        spoiled = self.farm.flip_bit(number)
        await asyncio.sleep(fault.lasts_s)
        agent.start()
        return spoiled

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
            if not server.is_wanted and not server.is_up:
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
        await self._writable_again()
        for process in [*self.farm.servers, *self.farm.agents]:
            process.remote.disarm()
            process.remote.lose_commits(0)
            process.wake()
        for number in range(len(self.farm.agents)):
            (self.farm.root / f"engine{number}" / "fault").unlink(missing_ok=True)
        for process in [*self.farm.servers, *self.farm.agents]:
            process.start()


def _order(how: str) -> Order:
    action, point, skip = how.split(" ")
    return Order(point, cast("Action", action), int(skip))


async def keep_up(farm: Farm) -> None:
    """Start again what ended although nobody killed it; each such fall is counted and told."""
    while True:
        await asyncio.sleep(0.3)
        for process in [*farm.servers, *farm.agents]:
            if process.is_wanted and not process.is_frozen and not process.is_up:
                process.fell += 1
                sys.stderr.write(f"{process.name} ended by itself:\n{process.tail()}\n")
                process.start()
