"""Keep the interval of signs of life that this orchestrator asks for, by what it measures."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from orchestrator.core.scheduling import tempo
from orchestrator.deps import Deps

log = structlog.get_logger("agents")


@dataclass(frozen=True, slots=True)
class Times:
    """Be what agents are told: how often they send what, and how long leases last."""

    heartbeat_s: float
    lease_ttl_s: float
    report_s: float = tempo.REPORT_S


class Tempo:
    """Measure signs of life for one interval, then decide on the next."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._times = self._usual = self._as_set()
        self.begin(time.monotonic())

    @property
    def times(self) -> Times:
        """Give what agents are told now; times that an admin changed end a stretch of the old ones.

        Read it once for what is written down and what is told: between two reads it may change.
        """
        usual = self._as_set()
        if usual != self._usual:
            self._times = self._usual = usual
            self.begin(time.monotonic())
        return self._times

    def _as_set(self) -> Times:
        settings = self._deps.settings
        return Times(settings.heartbeat_s, settings.lease_ttl_s)

    def begin(self, at: float) -> None:
        """Measure anew from a moment on the monotonic clock."""
        self.began, self._heard, self._late_s = at, 0, 0.0

    def heard(self, late_s: float) -> None:
        """Note one sign of life that was answered after `late_s`."""
        self._heard += 1
        self._late_s += late_s
        heartbeat_s = self.times.heartbeat_s
        took_s = time.monotonic() - self.began
        if took_s < heartbeat_s:
            return
        nodes = self._heard * heartbeat_s / took_s
        self._decide(tempo.Load(nodes, self._late_s / self._heard))
        self.begin(time.monotonic())

    def _decide(self, load: tempo.Load) -> None:
        usual_s, before_s = self._usual.heartbeat_s, self._times.heartbeat_s
        heartbeat_s = tempo.heartbeat(before_s, usual_s, load)
        ttl_s = tempo.lease_ttl(heartbeat_s, usual_s, self._usual.lease_ttl_s)
        self._times = Times(heartbeat_s, ttl_s, tempo.report(load.nodes))
        if heartbeat_s == before_s:
            return
        log.warning(
            "heartbeats_stretched" if heartbeat_s > before_s else "heartbeats_eased",
            heartbeat_s=round(heartbeat_s, 1),
            lease_ttl_s=round(ttl_s, 1),
            nodes=round(load.nodes),
            late_s=round(load.late_s, 2),
        )
