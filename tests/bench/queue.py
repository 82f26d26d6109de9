"""bench queue: our queue beside PgQueuer, Procrastinate and pgbench, and at depth and age."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from orchestrator.embedded import Cluster, create_database
from tests.bench import depth, pgbench
from tests.bench.frame import Report, Wish, alternated, tell
from tests.bench.ours import Ours, ours, tidy
from tests.bench.rivals import PgQueuer, Procrastinate
from tests.bench.server import calm, drop, migrated, own_server

NODES, SLOTS = 32, 64
WAITING = 256
Run = Callable[[], Awaitable[float]]


async def run(wish: Wish) -> Report:
    """Measure; every part on one durable server, contestants in turns."""
    report = Report("queue")
    async with own_server() as (cluster, folder):
        dsn = await migrated(cluster, "ours")
        async with ours(dsn, folder / "ours") as queue:
            if wish.wants("rivals"):
                await _rivals(report, wish, cluster, queue)
            await calm(cluster)
            if wish.wants("coalesced"):
                await _coalesced(report, wish, cluster, folder, queue)
        await drop(cluster, "ours", "bare", "pgqueuer", "procrastinate")
        await calm(cluster)
        if wish.wants("depth"):
            await depth.measure(report, wish, cluster, folder)
            await drop(cluster, "depth_10k", "depth_1m")
        if wish.wants("age"):
            await _age(report, wish, cluster, folder)
    return report


def _rested(cluster: Cluster, runs: Mapping[str, Run]) -> dict[str, Run]:
    """Let each contestant begin on a server and in a process that owe the last one nothing."""

    def rested(run: Run) -> Run:
        async def begin() -> float:
            gc.collect()
            await calm(cluster)
            return await run()

        return begin

    return {name: rested(run) for name, run in runs.items()}


async def _rivals(report: Report, wish: Wish, cluster: Cluster, queue: Ours) -> None:
    """Enqueue, claim and complete no-op tasks, end to end."""
    count = 5_000 if wish.is_quick else 20_000
    slow = count // 20 if wish.is_quick else count // 8
    agents = await queue.agents(NODES, SLOTS)
    create_database(cluster, "pgqueuer")
    create_database(cluster, "procrastinate")
    managers = {n: PgQueuer(cluster.dsn("pgqueuer"), n) for n in (1, 5)}
    workers = {n: Procrastinate(cluster.dsn("procrastinate"), n) for n in (10, 30)}
    await managers[1].install()
    await workers[10].install()
    enqueued: dict[str, list[float]] = {"ours": [], "pgqueuer": []}

    async def our_run() -> float:
        await tidy(queue.farm.look)
        begin = time.perf_counter()
        await queue.enqueue(count)
        enqueued["ours"].append(count / (time.perf_counter() - begin))
        done = await queue.drain(agents, SLOTS)
        if done != count:
            raise RuntimeError(f"{done} of {count} tasks were completed")
        return count / (time.perf_counter() - begin)

    async def rival_run(rival: PgQueuer) -> float:
        rate = await rival.run(count)
        enqueued["pgqueuer"].append(rival.enqueue_rate)
        return rate

    await our_run()
    enqueued["ours"].clear()
    runs: dict[str, Run] = {
        "ours_batch": our_run,
        "pgqueuer_1x100": lambda: rival_run(managers[1]),
        "pgqueuer_5x100": lambda: rival_run(managers[5]),
        "procrastinate_10": lambda: workers[10].run(slow),
        "procrastinate_30": lambda: workers[30].run(slow),
    }
    found = await alternated(_rested(cluster, runs), 2 if wish.is_quick else 5)
    medians = {name: report.figure(f"{name}_per_s", values) for name, values in found.items()}
    ours_rate = medians["ours_batch"]
    pgqueuer = max(medians["pgqueuer_1x100"], medians["pgqueuer_5x100"])
    procrastinate = max(medians["procrastinate_10"], medians["procrastinate_30"])
    rates = {name: report.figure(f"{name}_enqueue_per_s", all_) for name, all_ in enqueued.items()}
    report.ratio("batch_vs_pgqueuer", ours_rate / pgqueuer, least=1.5)
    report.ratio("batch_vs_procrastinate", ours_rate / procrastinate, least=20)
    report.ratio("enqueue_vs_pgqueuer", rates["ours"] / rates["pgqueuer"])


async def _coalesced(
    report: Report, wish: Wish, cluster: Cluster, folder: Path, queue: Ours
) -> None:
    """Let 256 agents claim and complete one task at a time, against bare statements."""
    count = 5_000 if wish.is_quick else 20_000
    agents = await queue.agents(WAITING, 1)
    create_database(cluster, "bare")
    await pgbench.install(cluster.dsn("bare"))

    async def our_run() -> float:
        await queue.enqueue(count)
        await tidy(queue.farm.look)
        return await queue.timed_drain(agents, 1, count)

    await our_run()
    runs: dict[str, Run] = {
        "ours_coalesced": our_run,
        "pgbench_32": lambda: pgbench.run(cluster, "bare", folder, count),
    }
    found = await alternated(_rested(cluster, runs), 2 if wish.is_quick else 5)
    medians = {name: report.figure(f"{name}_per_s", values) for name, values in found.items()}
    report.ratio("coalesced_vs_pgbench", medians["ours_coalesced"] / medians["pgbench_32"], least=2)


async def _age(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Compare the start with the time after a million finished tasks, all of them worked off."""
    size = 5_000 if wish.is_quick else 50_000
    total = 20_000 if wish.is_quick else 1_000_000
    dsn = await migrated(cluster, "age")
    async with ours(dsn, folder / "age") as queue:
        agents = await queue.agents(NODES, SLOTS)

        async def one() -> float:
            begin = time.perf_counter()
            await queue.enqueue(size)
            done = await queue.drain(agents, SLOTS)
            if done != size:
                raise RuntimeError(f"{done} of {size} tasks were completed")
            return size / (time.perf_counter() - begin)

        async def window() -> list[float]:
            await calm(cluster)
            return [await one() for _ in range(5)]

        await one()
        first = await window()
        aging = []
        for turn in range((total - 6 * size) // size):
            aging.append(await one())
            if turn % 5 == 0:
                tell(f"aging: {(turn + 7) * size} tasks finished")
        last = await window()
    report.figure("ours_while_aging_per_s", aging)
    at_start = report.figure("ours_at_start_per_s", first)
    at_end = report.figure("ours_after_1m_finished_per_s", last)
    report.notes.append(
        "age: both windows of five samples begin after a checkpoint and with no vacuum under way; "
        "ours_while_aging_per_s is everything between them, without a pause"
    )
    report.ratio("after_1m_finished", at_end / at_start, least=0.9)
