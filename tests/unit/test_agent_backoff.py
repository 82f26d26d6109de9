"""Waits between tries: bounded, growing, never all alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from node_agent.core.backoff import FIRST_S, LONGEST_S, asked_delay, next_delay, spread


@given(st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(
    previous_s: float, chance: float
) -> None:
    assert FIRST_S <= next_delay(previous_s, chance) <= LONGEST_S


def test_waits_grow_until_the_longest_when_chance_is_high() -> None:
    delay_s, seen = 0.0, []
    for _ in range(8):
        delay_s = next_delay(delay_s, 0.999)
        seen.append(delay_s)
    assert seen == sorted(seen)
    assert seen[-1] == LONGEST_S


def test_a_server_that_asks_for_time_gets_it_up_to_a_minute() -> None:
    assert asked_delay("7", 0.3) == 7
    assert asked_delay("999999", 0.3) == 60
    assert asked_delay("soon", 0.3) == 0.3
    assert asked_delay(None, 0.3) == 0.3


def test_a_period_varies_by_a_tenth_either_way() -> None:
    assert spread(10, 0.0) == 9
    assert spread(10, 0.5) == 10
