"""A render's attempts on a line of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.usecases.overview.timeline import LANES, THINNEST, WIDTH, timeline
from orchestrator.wire.renders import AttemptView

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def attempt(task: int, begin_s: float, end_s: float | None, **given: Any) -> AttemptView:
    """Make an attempt by its seconds after noon."""
    return AttemptView(
        task_id=task,
        kind="render",
        attempt=given.pop("attempt", 1),
        granted_at=NOON + timedelta(seconds=begin_s),
        finished_at=None if end_s is None else NOON + timedelta(seconds=end_s),
        **given,
    )


def test_before_any_work_there_is_no_line() -> None:
    assert timeline([], NOON) is None


def test_bars_lie_where_their_time_is_and_each_task_has_a_row() -> None:
    drawn = timeline(
        [
            attempt(7, 0, 50, outcome="failed"),
            attempt(7, 60, 100, attempt=2, outcome="succeeded"),
            attempt(9, 50, 75, outcome="succeeded"),
        ],
        NOON + timedelta(hours=1),
    )
    assert drawn is not None
    assert [(bar.lane, bar.x, bar.width) for bar in drawn.bars] == [
        (0, 0, 500),
        (0, 600, 400),
        (1, 500, 250),
    ]
    assert (drawn.lanes, drawn.begin) == (2, NOON)
    assert drawn.end == NOON + timedelta(seconds=100)


def test_what_runs_reaches_until_now_and_what_was_short_is_still_seen() -> None:
    drawn = timeline([attempt(1, 0, 0.001), attempt(2, 10, None)], NOON + timedelta(seconds=20))
    assert drawn is not None
    short, running = drawn.bars
    assert short.width == THINNEST
    assert (running.x, running.width) == (500, 500)


@pytest.mark.parametrize("now_s", [-100, 0])
def test_clocks_that_disagree_leave_every_bar_inside(now_s: float) -> None:
    now = NOON + timedelta(seconds=now_s)
    drawn = timeline([attempt(1, 0, None), attempt(2, 30, 10), attempt(3, 40, None)], now)
    assert drawn is not None
    assert all(0 <= bar.x <= WIDTH - bar.width for bar in drawn.bars)


def test_a_render_of_very_many_tasks_shows_the_first() -> None:
    drawn = timeline([attempt(n, n, n + 1) for n in range(500)], NOON)
    assert drawn is not None
    assert (drawn.lanes, len(drawn.bars)) == (LANES, LANES)
