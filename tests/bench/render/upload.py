"""What a node sends over a slow link for a job, beside the size of the video."""

from __future__ import annotations

from pathlib import Path

from orchestrator.embedded import Cluster
from tests.bench.frame import Report, Wish, tell
from tests.bench.render.lab import lab
from tests.bench.render.link import Link
from tests.bench.render.scenes import HEIGHT, WIDTH, order, pictures, template

FRAMES, QUICK_FRAMES = 250, 100
LAUNCH_S, QUICK_LAUNCH_S = 30.0, 2.0
BITS_PER_S, QUICK_BITS_PER_S = 1e6, 4e6
MOST = 1.2


async def run(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Render over the link and count what the agent sends."""
    frames = QUICK_FRAMES if wish.is_quick else FRAMES
    rate = QUICK_BITS_PER_S if wish.is_quick else BITS_PER_S
    async with lab(cluster, folder, "upload") as farm, Link(farm.url, rate) as link:
        project = await farm.project(template(folder, frames))
        node = await farm.add("scripted", url=link.url)
        node.play(
            frames=frames,
            size=[WIDTH, HEIGHT],
            pictures=str(pictures(folder / "slow", frames)),
            launch_s=QUICK_LAUNCH_S if wish.is_quick else LAUNCH_S,
            frame_s=0.02,
            sound=True,
        )
        before = link.up.bytes
        timed = await farm.render(order(project, frames))
        sent = link.up.bytes - before
    video = next(one for one in timed.render.exports if one.kind == "video")
    tell(f"{sent} bytes sent for a video of {video.size_bytes} in {timed.wall_s:.1f} s")
    report.figure("upload_job_s", [timed.wall_s])
    report.figure("video_bytes", [float(video.size_bytes)])
    report.ratio("upload_vs_video", sent / video.size_bytes, most=MOST)
