"""Refuse callers that call too often: each API key, and each address that shows no valid key."""

from __future__ import annotations

import time
from uuid import UUID

from orchestrator.core.callers import lane_of
from orchestrator.core.rates import Buckets
from orchestrator.deps import Deps
from orchestrator.errors import TooMany

BURST_S = 30
"""A bucket holds the calls of so many seconds."""
CALLERS_MAX = 10_000


class Rates:
    """Count this server's calls; a farm of several servers grants so much on each."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._keys = Buckets(0, 0, CALLERS_MAX)
        self._addresses = Buckets(0, 0, CALLERS_MAX)

    def key(self, key_id: UUID) -> None:
        """Count a call under a valid key; raises TooMany (`rate_limited`)."""
        _pace(self._keys, self._deps.settings.rate_key_per_s)
        if not self._keys.take(key_id, time.monotonic()):
            raise TooMany(
                "This API key calls too often. Wait a few seconds, and follow a render by its "
                "events instead of asking again and again.",
                "rate_limited",
            )

    def stranger(self, address: str | None) -> None:
        """Count a call without valid credentials; raises TooMany (`rate_limited`).

        Callers with a valid key are never kept out by others at their address, such as a proxy's.
        """
        _pace(self._addresses, self._deps.settings.rate_address_per_s)
        if not self._addresses.take(lane_of(address), time.monotonic()):
            raise TooMany(
                "Too many calls without valid credentials come from this address. "
                "Wait a few seconds.",
                "rate_limited",
            )


def _pace(buckets: Buckets, rate: float) -> None:
    """Fill the buckets at the rate that is set now; the slowest lets one call through at a time."""
    buckets.pace(rate, max(1.0, rate * BURST_S))
