"""bench render: what the farm adds to the time that engine and ffmpeg take, whole renders timed.

The scripted engine launches, draws and ends as told; the preview engine draws for the part that
compares two agents with one. The engines and ffmpeg note themselves when they begin and end.
"""

from __future__ import annotations

from tests.bench.frame import Report, Wish
from tests.bench.render import agents, cancel, overhead, thumbnails, upload
from tests.bench.server import own_server


async def run(wish: Wish) -> Report:
    """Measure each part on a farm of its own."""
    report = Report("render")
    async with own_server() as (cluster, folder):
        for name, part in PARTS.items():
            if wish.wants(name):
                await part(report, wish, cluster, folder)
    return report


PARTS = {
    "overhead": overhead.run,
    "thumbnails": thumbnails.run,
    "upload": upload.run,
    "cancel": cancel.run,
    "agents": agents.run,
}
