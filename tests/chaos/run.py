"""One chaos run: raise a farm, break it by the schedule, heal it, let it finish, audit it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil

from orchestrator.cli.database import create_key
from orchestrator.store.migrate import migrate
from tests.chaos import plan
from tests.chaos.audit import NOTEBOOK, Findings, audit
from tests.chaos.farm import Farm, Process
from tests.chaos.inject import Injector, keep_up
from tests.chaos.orders import Client, keep_ordering
from tests.chaos.proxy import Proxy
from tests.chaos.watch import Watch

READY_S = 60.0
SETTLE_S = 120.0
BACK_S = 3.0
ABOVE_TTL_S = 5.0
ALL_ENDED = "SELECT count(*) = 0 FROM render.render_jobs WHERE finished_at IS NULL"
ALL_HEARD = "SELECT min(last_seen_at) > now() - interval '3 s' FROM render.nodes"


@dataclass(frozen=True, slots=True)
class Wish:
    """Say what run is wanted; `kinds` are kinds of faults."""

    seed: int
    seconds: float
    kinds: Sequence[str]
    agents: int
    ttl_s: float


class Clock:
    """Tell progress on stderr, with the time since the run began."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, words: str) -> None:
        """Write one line."""
        sys.stderr.write(f"[{time.monotonic() - self._begun:6.1f}] {words}\n")
        sys.stderr.flush()


async def run(wish: Wish, folder: Path) -> dict[str, Any]:
    """Run to the end and give the figures; everything that was started has ended then."""
    say = Clock()
    farm = Farm(folder, wish.ttl_s, wish.seed)
    schedule = plan.faults(wish.seed, wish.seconds, wish.kinds, wish.agents, wish.ttl_s)
    say(f"seed {wish.seed}, schedule {plan.digest(schedule)}, {len(schedule)} faults:")
    for fault in schedule:
        say(f"  {fault}")
    try:
        await farm.start_postgres()
        await migrate(farm.dsn)
        key = (await create_key(farm.dsn, "chaos", ("admin",))).secret
        await _once(farm.dsn, NOTEBOOK)
        farm.add_servers()
        for server in farm.servers:
            server.start()
        async with (
            Proxy(farm.urls, wish.agents + 1, wish.seed, 3 * wish.ttl_s) as proxy,
            aiohttp.ClientSession(trust_env=False) as session,
        ):
            client = Client(session, key)
            watch = Watch(farm, client)
            injector = Injector(farm, proxy, watch, say)
            ways = [f"http://127.0.0.1:{leg.port}" for leg in proxy.legs[: wish.agents]]
            project = await raise_farm(farm, client, ways)
            say("the farm is up")
            looking = asyncio.create_task(watch.look_for_ever())
            try:
                await _suffer(wish, injector, client, project, schedule)
                stops = await asyncio.gather(*(agent.stop() for agent in farm.agents))
                found = await _judge(farm, injector, client)
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
            say("audited")
            orphans = _orphans(folder, farm)
            codes = {agent.name: agent.popen.returncode for agent in farm.agents if agent.popen}
            found.count("bad_ends", [f"{name}: {code}" for name, code in codes.items() if code])
            found.figures["stop_max_s"] = max((s if s is not None else 99.0) for s in stops)
    finally:
        await farm.close()
    found.count("orphans", [*orphans, *_processes(folder)])
    return _figures(wish, schedule, injector, found)


async def raise_farm(farm: Farm, client: Client, ways: Sequence[str]) -> str:
    """Start an agent per address and wait until the farm can work; give the project to render."""
    base = farm.urls[0]
    await _until(lambda: _answers(client, farm), "the servers answer")
    project = await client.make_project(base)
    for way in ways:
        farm.add_agent(way, await client.token(base)).start()

    async def online() -> bool:
        _see_alive(farm.agents)
        _, told = await client.ask("GET", base + "/v1/nodes")
        return [node["state"] for node in told["data"]] == ["online"] * len(ways)

    await _until(online, "every agent is online")
    farm.only_project(client.project)
    return project


async def _suffer(
    wish: Wish, injector: Injector, client: Client, project: str, schedule: list[plan.Fault]
) -> None:
    """Order and break for the time wished, heal, and wait until every job has ended."""
    farm, watch, say = injector.farm, injector.watch, injector.say
    base = f"http://127.0.0.1:{injector.proxy.legs[-1].port}"
    ordering = asyncio.create_task(
        keep_ordering(
            client,
            base,
            project,
            plan.orders(wish.seed),
            ends=time.monotonic() + wish.seconds,
            has_room=lambda: watch.open_jobs + client.unanswered < 3 * wish.agents // 2 + 2,
        )
    )
    keeping = asyncio.create_task(keep_up(farm))
    breaking = asyncio.create_task(injector.run(schedule))
    try:
        both = {breaking, ordering}
        await asyncio.wait(both, timeout=wish.seconds, return_when=asyncio.FIRST_EXCEPTION)
        # Faults under way come to their own ends, so that every frozen agent wakes as a zombie.
        await asyncio.wait_for(breaking, 6 * wish.ttl_s + 30)
        await injector.heal()
        say("healed; waiting for the rest")
        await asyncio.wait_for(ordering, 90)
        with suppress(RuntimeError):  # What has not ended then is counted as lost.
            await _until(lambda: _holds(farm.dsn, ALL_ENDED), "every job has ended", SETTLE_S)
            say("every job has ended")
            await _until(lambda: _holds(farm.dsn, ALL_HEARD), "every agent is back")
            say("every agent is back")
    finally:
        for task in (ordering, breaking, keeping):
            task.cancel()
        await asyncio.gather(ordering, breaking, keeping, return_exceptions=True)


async def _judge(farm: Farm, injector: Injector, client: Client) -> Findings:
    injector.say("the agents have stopped")
    await farm.month_tool()
    look = await asyncpg.connect(farm.dsn, timeout=10)
    try:
        return await audit(
            look,
            farm.root / "objects",
            client,
            injector.proxy.journal,
            injector.watch,
            injector.deaths,
        )
    finally:
        await look.close()


def _figures(
    wish: Wish, schedule: list[plan.Fault], injector: Injector, found: Findings
) -> dict[str, Any]:
    """Put the figures together and hold them against what must be."""
    figures = found.figures
    back = injector.watch.returns_s
    figures["back_after_pg_s"] = round(max(back), 2) if back else None
    figures["back_measured"] = len(back)
    fallen = [p for p in [*injector.farm.servers, *injector.farm.agents] if p.fell]
    found.count("fell", [f"{p.name} ended by itself {p.fell} times" for p in fallen])
    if plan.OURS.issuperset(wish.kinds) and figures["attempts_lost"]:
        found.wrong.append(f"attempts_lost: {figures['attempts_lost']} by our own outages")
    late = [
        name
        for name, limit_s in (
            ("recovery_p99_s", wish.ttl_s + ABOVE_TTL_S),
            ("back_after_pg_s", BACK_S),
        )
        if figures[name] is not None and figures[name] > limit_s
    ]
    found.count("too_late", [f"{name} is {figures[name]}" for name in late])
    hits = [hit for p in (*injector.farm.servers, *injector.farm.agents) for hit in p.remote.hits()]
    figures["commits_hidden"] = hits.count("lost_commit")
    found.count("not_refused", injector.not_refused)
    figures |= {
        "points": dict(sorted(Counter(hit for hit in hits if "@" in hit).items())),
        "refused_writes": injector.refused_writes,
        "faults": injector.done,
        "calls_broken": injector.proxy.done,
        "passed_over": len(injector.passed_over),
        "seed": wish.seed,
        "seconds": wish.seconds,
        "agents": wish.agents,
        "ttl_s": wish.ttl_s,
        "schedule": plan.digest(schedule),
        "wrong": found.wrong,
        "ok": not found.wrong and figures["done"] > 0,
    }
    return figures


def _orphans(folder: Path, farm: Farm) -> list[str]:
    """Name what stopped agents left: attempts' folders, and processes of theirs."""
    places = [folder / agent.name / "agent" / "work" for agent in farm.agents]
    left = [str(path) for place in places if place.is_dir() for path in place.iterdir()]
    signs = [f"agent{number}" for number in range(len(farm.agents))]
    return left + [told for told in _processes(folder) if any(sign in told for sign in signs)]


def _processes(folder: Path) -> list[str]:
    """Name the live processes of a run's folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            told = [*process.cmdline(), process.cwd(), *process.environ().values()]
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            if process.pid != os.getpid() and not is_dead and any(str(folder) in t for t in told):
                found.append(f"process {process.pid}: {' '.join(process.cmdline())[:300]}")
    return found


async def _answers(client: Client, farm: Farm) -> bool:
    _see_alive(farm.servers)
    return all([(await client.ask("GET", url + "/readyz"))[0] == 200 for url in farm.urls])


def _see_alive(processes: Sequence[Process]) -> None:
    for process in processes:
        if not process.is_up:
            raise RuntimeError(f"The {process.name} ended. Its last words:\n{process.tail()}")


async def _until(check: Callable[[], Awaitable[bool]], what: str, limit_s: float = READY_S) -> None:
    """Wait until something holds; RuntimeError when it never does."""
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        with suppress(aiohttp.ClientError, TimeoutError, ValueError, OSError):
            if await check():
                return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"The farm did not come up: not true after {limit_s:.0f} s that {what}.")


async def _once(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def _holds(dsn: str, question: str) -> bool:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return bool(await connection.fetchval(question))
    finally:
        await connection.close()
