"""How long the parts of a run took: what the server learns a template's pace from."""

from __future__ import annotations

import time
from itertools import pairwise

from node_agent.core.watchdog import Times
from node_agent.runner.context import Attempt


class FrameClock:
    """Note when frames of one run were verified, and tell the run's times of its attempt.

    `timings_s` gets launch, open, first_frame, frame (mean of those after the first) and
    frame_slowest. Of several runs the last one that drew more than a frame counts.
    """

    def __init__(self) -> None:
        self._ticks: list[float] = []

    def tick(self) -> None:
        """Note that one more frame was verified."""
        self._ticks.append(time.monotonic())

    def note(self, attempt: Attempt, times: Times) -> None:
        """Write what is known of this run into the attempt's timings."""
        ticks, timings = self._ticks, attempt.timings_s
        if times.launched is None or not ticks:
            return
        started = max(times.launched, min(times.started or times.launched, ticks[0]))
        timings["launch"] = round(times.launched - times.began, 3)
        timings["open"] = round(started - times.launched, 3)
        timings["first_frame"] = round(max(0.0, ticks[0] - started), 3)
        if len(ticks) > 1:
            timings["frame"] = round((ticks[-1] - ticks[0]) / (len(ticks) - 1), 4)
            gaps = (late - early for early, late in pairwise(ticks))
            timings["frame_slowest"] = round(max(gaps), 3)
