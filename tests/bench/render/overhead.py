"""What the farm adds to a job of 100 frames, and how often it launches the engine."""

from __future__ import annotations

from pathlib import Path

from orchestrator.embedded import Cluster
from tests.bench.frame import Report, Wish, tell
from tests.bench.render.lab import Lab, Machine, Timed, lab
from tests.bench.render.scenes import HEIGHT, WIDTH, order, pictures, template

FRAMES = 100
FRAME_S, LONG_FRAME_S, QUICK_LONG_FRAME_S = 0.02, 0.58, 0.1
ROUNDS, QUICK_ROUNDS = 7, 2
OVERHEAD_S, SHARE = 1.5, 0.05
LAUNCHES = 2


async def run(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Time short jobs one after the other, then a long one."""
    async with lab(cluster, folder, "overhead") as farm:
        project = await farm.project(template(folder, FRAMES))
        node = await farm.add("scripted")
        scene = {
            "frames": FRAMES,
            "size": [WIDTH, HEIGHT],
            "pictures": str(pictures(folder / "pictures", FRAMES)),
            "sound": True,
        }
        node.play(**scene, frame_s=FRAME_S)
        ask = order(project, FRAMES)
        overheads, launches = [], []
        await farm.render(ask)
        for number in range(QUICK_ROUNDS if wish.is_quick else ROUNDS):
            timed = await farm.render(ask)
            overheads.append(timed.wall_s - farm.busy_s(timed))
            launches.append(float(_launches(node, timed)))
            tell(f"job {number + 1}: {_words(farm, timed)}")
        node.play(**scene, frame_s=QUICK_LONG_FRAME_S if wish.is_quick else LONG_FRAME_S)
        timed = await farm.render(ask)
        tell(f"long job: {_words(farm, timed)}")
    share = (timed.wall_s - farm.busy_s(timed)) / timed.wall_s
    report.hold("overhead_s", report.figure("overhead_s", overheads), most=OVERHEAD_S)
    report.figure("overhead_share", [share])
    report.hold("overhead_share", share, most=SHARE)
    report.figure("launches_per_job", [max(launches)])
    report.hold("launches_per_job", max(launches), most=LAUNCHES)


def _launches(node: Machine, timed: Timed) -> int:
    return sum(kind != "ffmpeg" for kind, *_ in node.runs(timed.ordered_at))


def _words(farm: Lab, timed: Timed) -> str:
    runs = [run for node in farm.machines for run in node.runs(timed.ordered_at)]
    told = ", ".join(
        f"{kind} {begin - timed.ordered_at:.2f}-{(end or timed.ended_at) - timed.ordered_at:.2f}"
        for kind, _, begin, end in sorted(runs, key=lambda one: one[2])
    )
    return f"{timed.wall_s:.2f} s, {timed.wall_s - farm.busy_s(timed):.2f} s of it ours ({told})"
