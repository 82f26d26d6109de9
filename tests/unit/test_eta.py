"""When a job will be done, from what its template has shown and how it goes itself."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from orchestrator.cli.show import in_words
from orchestrator.core.scheduling.eta import Line, Standing, estimate
from orchestrator.core.scheduling.pace import NINETIETH, Pace

PACE = Pace(5, 20.0, 15.0, 10.0, 5.0, 2.0, 3.0, 0.1, spread=0.25)
"""bind 20 s, 30 s to the first frame, 2 s a frame, 0.1 s of export a frame."""
NEW = Standing(101, 0, 0, False, 1, 0.0)
WHOLE_S = 20 + 30 + 101 * 2 + 10.1


def p50(now: Standing, pace: Pace | None = PACE, line: Line | None = None) -> float:
    found = estimate(now, pace, line)
    assert found is not None
    return found.p50_s


def test_a_new_job_takes_what_its_template_took_and_nine_of_ten_a_stated_factor_more() -> None:
    found = estimate(NEW, PACE, None)
    assert found is not None
    assert found.p50_s == pytest.approx(WHOLE_S)
    assert found.p90_s == pytest.approx(WHOLE_S * math.exp(NINETIETH * 0.25))
    assert found.wait_s == 0


def test_what_is_done_is_left_out_and_the_end_comes_nearer_at_each_step() -> None:
    steps = [
        NEW,
        replace(NEW, elapsed_s=10.0),
        replace(NEW, is_bound=True, elapsed_s=20.0),
        replace(NEW, is_bound=True, elapsed_s=40.0),
        replace(NEW, is_bound=True, frames_done=1, elapsed_s=50.0),
        replace(NEW, is_bound=True, frames_done=60, elapsed_s=168.0),
        replace(NEW, is_bound=True, frames_done=101, elapsed_s=250.0),
        replace(NEW, is_bound=True, frames_done=101, exported=90, elapsed_s=259.0),
    ]
    left = [p50(step) for step in steps]
    assert left == sorted(left, reverse=True)
    assert left[5] == pytest.approx(41 * 2 + 10.1)
    assert left[-1] == pytest.approx(1.1)


def test_a_job_that_goes_slower_than_its_template_takes_longer_the_more_it_has_shown() -> None:
    slow = [replace(NEW, is_bound=True, frames_done=n, elapsed_s=100.0 + 4 * n) for n in (10, 90)]
    usual = [replace(NEW, is_bound=True, frames_done=n, elapsed_s=50 + 2 * n) for n in (10, 90)]
    ratios = [p50(a) / p50(b) for a, b in zip(slow, usual, strict=True)]
    assert 1 < ratios[0] < ratios[1] < 2.1


def test_nodes_side_by_side_divide_the_drawing() -> None:
    one = replace(NEW, is_bound=True, frames_done=1, elapsed_s=50.0)
    four = replace(one, nodes=4)
    assert p50(four) == pytest.approx(p50(one) - 200 + 50, rel=0.05)


def test_a_template_without_a_past_is_judged_by_the_frames_drawn_so_far() -> None:
    assert estimate(NEW, None, None) is None
    assert p50(replace(NEW, frames_done=25, elapsed_s=100.0), None) == pytest.approx(76 * 4)


def test_a_template_without_a_past_is_not_judged_by_its_first_frames() -> None:
    assert estimate(replace(NEW, frames_done=1, elapsed_s=4.0), None, None) is None
    assert p50(replace(NEW, frames_done=10, elapsed_s=5.0), None) == pytest.approx(91 / 2)
    assert p50(replace(NEW, frames_done=1, elapsed_s=70.0), None) == pytest.approx(100 * 70)


def test_those_ahead_and_half_of_those_at_work_are_waited_for() -> None:
    assert p50(NEW, line=Line(0, 1, 2)) == pytest.approx(WHOLE_S)
    assert p50(NEW, line=Line(3, 2, 2)) == pytest.approx(WHOLE_S * (1 + (3 + 1) / 2))
    assert estimate(NEW, PACE, Line(0, 0, 0)) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (42.4, "42 s"), (100, "2 min"), (3600, "60 min"), (12_000, "3 h 20 min")],
)
def test_a_length_of_time_is_said_as_a_person_would(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
