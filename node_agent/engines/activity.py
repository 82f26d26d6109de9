"""See whether an engine's tree of processes lives: a heavy project opens in silence."""

from __future__ import annotations

import contextlib

import psutil

from node_agent.host.base import family

LEAST_S = 0.05


class Activity:
    """Sum the CPU of a tree, seldom enough to be cheap, and the most memory that it held."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._looks = 0
        self._spent_s = 0.0
        self.memory_bytes: int | None = None

    def moved(self, pid: int) -> bool:
        """Tell whether the tree worked since the last look; only each `every`-th call looks."""
        self._looks += 1
        if self._looks % self._every != 1:
            return False
        spent_s, used_bytes = 0.0, 0
        for process in family(pid):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                spent_s += times.user + times.system
                used_bytes += process.memory_info().rss
        moved = spent_s > self._spent_s + LEAST_S
        self._spent_s = max(spent_s, self._spent_s)
        self.memory_bytes = max(used_bytes, self.memory_bytes or 0) or None
        return moved
