"""How often agents send signs of life under load."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.scheduling.tempo import FACTOR_MAX, Load, heartbeat, lease_ttl, report

CALM = Load(nodes=5000, late_s=0.06)


def test_five_thousand_nodes_that_are_answered_in_time_beat_as_set() -> None:
    assert heartbeat(10, 10, CALM) == 10
    assert lease_ttl(10, 10, 30) == 30


def test_answers_that_come_late_stretch_the_interval_up_to_three_times() -> None:
    seen = [10.0]
    for _ in range(5):
        seen.append(heartbeat(seen[-1], 10, Load(100, late_s=1.5)))
    assert seen == [10, 15, 22.5, 30, 30, 30]


def test_the_interval_comes_back_step_by_step_once_answers_are_quick() -> None:
    seen = [30.0]
    for _ in range(6):
        seen.append(heartbeat(seen[-1], 10, Load(100, late_s=0.1)))
    assert seen[1] == 24
    assert seen[-1] == 10


def test_between_late_and_calm_nothing_changes() -> None:
    assert heartbeat(15, 10, Load(100, late_s=0.6)) == 15


def test_more_nodes_than_can_be_heard_send_less_often_although_all_is_calm() -> None:
    assert heartbeat(10, 10, Load(20_000, late_s=0.05)) == 20
    assert heartbeat(20, 10, Load(20_000, late_s=0.05)) == 20


def test_progress_is_told_twice_a_second_on_a_small_farm_and_seldom_on_a_large_one() -> None:
    assert report(3) == 0.5
    assert report(5000) == 50


@given(
    st.floats(0.1, 100),
    st.floats(2, 5),
    st.floats(1, FACTOR_MAX),
    st.floats(0, 1e6),
    st.floats(0, 1e4),
)
def test_the_interval_stays_in_its_bounds_and_leases_outlast_three_of_a_stretched_one(
    usual: float, ttl_share: float, factor: float, nodes: float, late: float
) -> None:
    found = heartbeat(usual * factor, usual, Load(nodes, late))
    assert usual <= found <= usual * FACTOR_MAX
    ttl = lease_ttl(found, usual, usual * ttl_share)
    assert ttl >= usual * ttl_share
    assert found == usual or ttl >= 3 * found
