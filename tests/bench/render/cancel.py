"""How long an engine goes on after its job was cancelled, in whatever phase it is."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil

from orchestrator.embedded import Cluster
from orchestrator.wire.renders import RenderOrder
from tests.bench.frame import Report, Wish, percentile, tell
from tests.bench.render.lab import Lab, Machine, lab
from tests.bench.render.scenes import HEIGHT, WIDTH, order, template

CANCELS, QUICK_CANCELS = 20, 4
FRAMES = 2000
MOST_S = 2.0
LIMIT_S = 60.0


async def run(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Cancel jobs by turns while they draw and while the engine launches in silence."""
    took = []
    async with lab(cluster, folder, "cancel") as farm:
        project = await farm.project(template(folder, FRAMES))
        node = await farm.add("scripted")
        for number in range(QUICK_CANCELS if wish.is_quick else CANCELS):
            silent = number % 2 == 1
            node.play(
                frames=FRAMES, size=[WIDTH, HEIGHT], frame_s=0.05, launch_s=30 if silent else 0
            )
            took.append(await _cancel(farm, node, order(project, FRAMES)))
            tell(f"cancel {number + 1} ({'launching' if silent else 'drawing'}): {took[-1]:.2f} s")
    report.figure("cancel_s", took)
    slowest = percentile(took, 99)
    report.figure("cancel_p99_s", [slowest])
    report.hold("cancel_p99_s", slowest, most=MOST_S)


async def _cancel(farm: Lab, node: Machine, ask: RenderOrder) -> float:
    """Order, wait until the engine has run for a second, cancel; give seconds to its end."""
    since = time.time()
    job = await farm.client.submit(ask)
    async with asyncio.timeout(LIMIT_S):
        while not node.runs(since):  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    running = [pid for _, pid, _, end in node.runs(since) if end is None]
    family = [psutil.Process(pid) for pid in running if psutil.pid_exists(pid)]
    family += [child for one in family for child in one.children(recursive=True)]
    begin = time.monotonic()
    await farm.client.act(job.id, "cancel")
    async with asyncio.timeout(LIMIT_S):
        while any(map(_lives, family)):  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(0.01)
    return time.monotonic() - begin


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
