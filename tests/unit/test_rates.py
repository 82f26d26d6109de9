"""Token buckets: what is left, what comes back, and how many callers are remembered."""

from orchestrator.core.rates import Buckets


def taken(buckets: Buckets, caller: str, now_s: float, calls: int) -> int:
    return sum(buckets.take(caller, now_s) for _ in range(calls))


def test_a_burst_is_granted_and_then_the_rate() -> None:
    buckets = Buckets(2, 10, 100)
    assert taken(buckets, "a", 0, 15) == 10
    assert taken(buckets, "b", 0, 15) == 10
    assert taken(buckets, "a", 1, 15) == 2
    assert taken(buckets, "a", 1.25, 15) == 0
    assert taken(buckets, "a", 1.5, 15) == 1
    assert taken(buckets, "a", 1000, 15) == 10


def test_a_rate_of_zero_limits_nobody_and_remembers_nobody() -> None:
    buckets = Buckets(0, 0, 10)
    assert taken(buckets, "a", 0, 1000) == 1000
    assert len(buckets) == 0


def test_only_the_last_callers_are_remembered() -> None:
    buckets = Buckets(1, 5, 3)
    for name in "abcd" * 2:
        taken(buckets, name, 0, 1)
    assert len(buckets) == 3
    assert taken(buckets, "d", 0, 9) == 4
