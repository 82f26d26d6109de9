"""How many launches of the engine the pictures of all scenes of a project cost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from orchestrator.embedded import Cluster
from orchestrator.wire.content.snapshots import SnapshotOrder
from tests.bench.frame import Report, Wish, tell
from tests.bench.render.lab import ROOT, lab

LIMIT_S = 120.0


async def run(report: Report, _: Wish, cluster: Cluster, folder: Path) -> None:
    """Ask for every scene of the demo's template at once."""
    async with lab(cluster, folder, "thumbnails") as farm:
        project = await farm.project(ROOT / "demo" / "template.zip", "fix")
        node = await farm.add("stand-in")
        since = time.time()
        asked = (await farm.client.order_snapshots(project, SnapshotOrder())).data
        async with asyncio.timeout(LIMIT_S):
            for one in asked:
                while (state := (await farm.client.snapshot(one.id)).state) != "succeeded":
                    if state in {"failed", "cancelled"}:
                        raise RuntimeError(f"the picture of {one.scene} is {state}")
                    await asyncio.sleep(0.1)
        launches = [kind for kind, *_ in node.runs(since) if kind != "ffmpeg"]
    tell(f"{len(asked)} pictures by {', '.join(launches)}")
    report.figures["thumbnails"] = len(asked)
    report.figure("launches_thumbnails", [float(len(launches))])
    report.hold("launches_thumbnails", float(len(launches)), most=1)
