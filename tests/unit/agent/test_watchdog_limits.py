"""The watchdog's limits follow what a template's runs took before, between floors and ceilings."""

from __future__ import annotations

from node_agent.core.watchdog import Limits, learned
from orchestrator.wire.agent import Usual

NODE = Limits(300.0, 3600.0, 1800.0, 600.0, 60.0, total_s=9999.0, disk_bytes=7)


def usual(each_s: float) -> Usual:
    return Usual(launch_s=each_s, open_s=each_s, first_frame_s=each_s, frame_s=each_s)


def test_without_a_history_a_node_keeps_its_own_limits() -> None:
    assert learned(NODE, None) == NODE


def test_a_quick_template_is_given_the_floors_and_a_slow_one_what_the_node_allows() -> None:
    quick = learned(NODE, usual(0.5))
    assert (quick.launch_s, quick.open_s) == (120, 300)
    assert (quick.first_frame_s, quick.frame_s) == (300, 60)
    assert (quick.finish_s, quick.total_s, quick.disk_bytes) == (60, 9999, 7)
    assert learned(NODE, usual(1e6)) == NODE


def test_in_between_each_phase_may_take_ten_times_what_it_took() -> None:
    between = learned(NODE, usual(20))
    assert (between.launch_s, between.open_s) == (200, 300)
    assert (between.first_frame_s, between.frame_s) == (300, 200)


def test_a_node_that_allows_less_than_the_floors_is_obeyed() -> None:
    strict = Limits(5.0, 5.0, 5.0, 5.0, 5.0)
    assert learned(strict, usual(1)) == strict
