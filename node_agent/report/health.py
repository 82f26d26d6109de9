"""The node's health as one sample for the heartbeat."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil

from node_agent.host.base import marked
from orchestrator.wire.agent import HealthSample


def sample(folder: Path, mark: str) -> HealthSample:
    """Measure this machine; `folder` names the disk, `mark` our engines' processes.

    CPU is the mean since the last call; the first call gives 0.
    """
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage(str(folder))
    rss = 0
    for process in marked(mark):
        with contextlib.suppress(psutil.Error):
            rss += process.memory_info().rss
    return HealthSample(
        cpu_percent=min(100.0, max(0.0, psutil.cpu_percent())),
        memory_used_bytes=memory.total - memory.available,
        memory_total_bytes=memory.total,
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
        load_1m=max(0.0, psutil.getloadavg()[0]),
        engine_rss_bytes=rss,
        uptime_s=max(0.0, time.time() - psutil.boot_time()),
    )
