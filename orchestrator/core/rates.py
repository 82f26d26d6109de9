"""Token buckets: how many calls a caller has left, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Buckets:
    """Hold one bucket for each of the last `most` callers; the longest unheard are forgotten.

    A bucket fills with `rate` calls a second up to `burst`; a rate of 0 limits nobody.
    """

    def __init__(self, rate: float, burst: float, most: int) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """Give how many callers are remembered."""
        return len(self._buckets)

    def pace(self, rate: float, burst: float) -> None:
        """Fill at another rate from now on, up to another brim."""
        self._rate, self._burst = rate, burst

    def take(self, caller: Hashable, now_s: float) -> bool:
        """Take one call of a caller's; False when none is left."""
        if not self._rate:
            return True
        bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now_s))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + (now_s - bucket.at_s) * self._rate)
        bucket.at_s = now_s
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True
