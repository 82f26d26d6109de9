"""bench faults: what single faults cost a farm of real processes, with a control beside it.

The scripted engine sleeps through its frames, so the machine has time to spare and a farm that
loses a node loses what that node would have drawn.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.bench.frame import Report, Wish, alternated, tell
from tests.chaos.lab import Lab, lab

TTL_S = 3.0
AGENTS = 6
WINDOW_S, QUICK_WINDOW_S = 45.0, 30.0
WARM_S = 10.0
ROUNDS, QUICK_ROUNDS = 2, 1
FRAMES, FRAME_S = 30, 0.2
CHUNK, CHUNK_FRAME_S = 100, 0.03
ONLINE = "SELECT count(*) = $1 FROM render.nodes WHERE state = 'online'"
LEAST_SHARE = 0.95
NODES_OF = """
SELECT count(DISTINCT a.node_id) AS nodes, count(*) AS attempts FROM render.attempts AS a
  JOIN render.tasks AS t ON t.id = a.task_id WHERE t.job_id = $1
"""
# A node of two slots may have one more task at hand when its third failure quarantines it: that one
# ends as it will. What counts is how many failures it took, and that nothing was leased after them.
DISTRUSTED = """
SELECT count(*) FILTER (WHERE a.outcome = 'failed' AND a.finished_at <= q.at) AS failures,
       count(*) FILTER (WHERE a.granted_at > q.at) AS leased_after
  FROM render.nodes AS n
  JOIN render.attempts AS a ON a.node_id = n.id
 CROSS JOIN LATERAL (SELECT min(at) AS at FROM render.audit_log
                      WHERE action = 'node.quarantine' AND target_id = n.id::text) AS q
 WHERE n.name = $1
"""
BEYOND_FIRST = """
SELECT count(*) FROM render.attempts WHERE attempt > 1 OR outcome IS DISTINCT FROM 'succeeded'
"""
RECORDED = """
SELECT coalesce(array_agg(r.frame), '{}') FROM render.frame_results AS r
  JOIN render.frame_jobs AS j ON j.id = r.frame_job_id WHERE j.job_id = $1
"""


async def run(wish: Wish) -> Report:
    """Measure each fault on a farm of its own."""
    report = Report("faults")
    if wish.wants("chunk"):
        await _chunk(report, 1 if wish.is_quick else 3)
    if wish.wants("outage"):
        await _outage(report)
    if wish.wants("trust"):
        await _trust(report, wish)
    return report


async def _chunk(report: Report, rounds: int) -> None:
    """Lose a node in the middle of a chunk of 100 frames, and count what is drawn again."""
    again, flying, within = [], [], True
    async with lab(2, TTL_S, chunk_frames=CHUNK) as farm:
        for number in range(rounds):
            await farm.until(ONLINE, len(farm.farm.agents))
            # A pace that is known would cut the job by time: the chunk is to have its hundred.
            await farm.look.execute("DELETE FROM render.template_pace")
            drawn_twice, in_flight = await lose_in_chunk(farm, f"chunk{number}")
            again.append(float(len(drawn_twice)))
            flying.append(float(len(in_flight)))
            within &= drawn_twice <= in_flight
            tell(f"chunk {number + 1}: {again[-1]} frames again, {flying[-1]} were in flight")
    report.figure("rerendered_frames", again)
    report.figure("frames_in_flight", flying)
    report.hold("rerendered_within_flight", float(within), least=1)


async def lose_in_chunk(farm: Lab, mark: str) -> tuple[set[int], set[int]]:
    """Kill the node with a chunk at its half; give frames drawn twice, and those in flight.

    In flight is what the node drew and the server had not recorded when it died.
    """
    job = await farm.order(mark, CHUNK, CHUNK_FRAME_S, "split")
    held = "SELECT count(*) > $2 FROM render.frame_results AS r JOIN render.frame_jobs AS j"
    await farm.until(f"{held} ON j.id = r.frame_job_id WHERE j.job_id = $1", job, CHUNK // 2)
    (number,) = [n for n in range(len(farm.farm.agents)) if _frames(farm.farm.drawn(n), mark)]
    agent = farm.farm.agents[number]
    agent.freeze(tree=True)  # The whole machine goes, its engine too.
    drawn = _frames(farm.farm.drawn(number), mark)
    recorded = set(await farm.look.fetchval(RECORDED, job))
    state = await farm.until_ended(job)
    agent.kill()
    agent.start()
    if state != "done":
        raise RuntimeError(f"The job of the lost chunk is {state}, not done.")
    times = Counter(_frames_list(farm.drawn(mark), mark))
    return {frame for frame, n in times.items() if n > 1}, set(drawn) - recorded


def _frames_list(lines: list[str], mark: str) -> list[int]:
    return [int(line.split(" ")[1]) for line in lines if line.split(" ")[0] == mark]


def _frames(lines: list[str], mark: str) -> set[int]:
    return set(_frames_list(lines, mark))


async def _outage(report: Report) -> None:
    """Take both orchestrators away for three lease times while every agent renders."""
    async with lab(4, TTL_S) as farm:
        # The short ones end while nobody listens, the long ones go on until after the return.
        lengths = (FRAMES, 3 * FRAMES, FRAMES, 3 * FRAMES, FRAMES, 3 * FRAMES)
        jobs = [await farm.order(f"out{n}", frames, FRAME_S) for n, frames in enumerate(lengths)]
        await farm.until(
            "SELECT count(*) = $1 FROM render.tasks WHERE state = 'running'", len(lengths)
        )
        for server in farm.farm.servers:
            server.kill()
        await asyncio.sleep(3 * TTL_S)
        for server in farm.farm.servers:
            server.start()
        states = [await farm.until_ended(job) for job in jobs]
        report.figure("outage_s", [3 * TTL_S])
        requeues = await farm.look.fetchval(BEYOND_FIRST)
        report.figure("outage_requeues", [float(requeues)])
        report.hold("outage_requeues", float(requeues), most=0)
        accepted = states.count("done") / len(states)
        report.figure("outage_accepted", [accepted])
        report.hold("outage_accepted", accepted, least=1)


async def _trust(report: Report, wish: Wish) -> None:
    """Compare what the rest of a farm draws beside a poison task or a black hole, and without.

    Orders never stop coming: a window that began or ended with idle agents would measure that.
    """
    window_s = QUICK_WINDOW_S if wish.is_quick else WINDOW_S
    nodes: list[float] = []
    failures: list[float] = []

    async def rest() -> float:
        return await farm.rate("rest", window_s)

    async with lab(AGENTS, TTL_S) as farm, farm.supplied("rest", FRAMES, FRAME_S):
        contestants: dict[str, Callable[[], Awaitable[float]]] = {
            "control": rest,
            "poison": lambda: _beside_poison(farm, rest, nodes),
            "blackhole": lambda: _beside_black_hole(farm, rest, failures),
        }
        await farm.rate("rest", WARM_S)
        rates = await alternated(contestants, QUICK_ROUNDS if wish.is_quick else ROUNDS)
    control = report.figure("control_frames_per_s", rates["control"])
    poison = report.figure("poison_frames_per_s", rates["poison"])
    black_hole = report.figure("blackhole_frames_per_s", rates["blackhole"])
    report.figure("poison_nodes", nodes)
    report.hold("poison_nodes", max(nodes), most=3)
    report.figure("blackhole_failures", failures)
    report.hold("blackhole_failures", max(failures), most=3)
    report.ratio("poison_throughput", poison / control, least=LEAST_SHARE)
    report.ratio("blackhole_throughput", black_hole / control, least=LEAST_SHARE)


async def _beside_poison(
    farm: Lab, rest: Callable[[], Awaitable[float]], nodes: list[float]
) -> float:
    """Order one task that kills every agent; a service manager starts each of them again."""
    mark = f"poison{len(nodes)}"
    job = await farm.order(mark, FRAMES, FRAME_S)
    rate = await rest()
    state = await farm.until_ended(job)
    if state != "failed":
        raise RuntimeError(f"The poisoned job is {state}, not failed.")
    (seen,) = await farm.look.fetch(NODES_OF, job)
    tell(f"the poison ended {seen['attempts']} agents on {seen['nodes']} nodes")
    nodes.append(float(seen["nodes"]))
    return rate


async def _beside_black_hole(
    farm: Lab, rest: Callable[[], Awaitable[float]], failures: list[float]
) -> float:
    """Let a node join on which every launch fails at once; it is given a new name each time."""
    agent = await farm.add_agent()
    farm.farm.engine_always_fails(len(farm.farm.agents) - 1)
    agent.start()
    rate = await rest()
    (seen,) = await farm.look.fetch(DISTRUSTED, agent.name)
    if seen["leased_after"]:
        raise RuntimeError(f"{seen['leased_after']} tasks were leased to a node in quarantine.")
    if not seen["failures"]:
        raise RuntimeError("The black hole was never put into quarantine.")
    failures.append(float(seen["failures"]))
    await agent.stop()
    return rate
