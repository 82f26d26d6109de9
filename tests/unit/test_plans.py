"""The cost model of plans: when splitting pays, how long chunks are, how a pace is learnt."""

from dataclasses import replace

import pytest

from orchestrator.core.scheduling import plans
from orchestrator.core.scheduling.pace import SPREAD, Pace, moved, p90, work_s
from orchestrator.wire.renders import Plan

HEAVY = Pace(1, 40, 30, 60, 5, 4, 9, 0.1, frame_bytes=2e6, link_bytes_s=1e7)
"""A template of After Effects: 95 seconds until the first frame, four for each one after it."""


@pytest.mark.parametrize(
    ("asked", "pace", "frames", "nodes", "plan"),
    [
        (None, None, 10_000, 50, "single"),
        ("split", None, 10, 0, "split"),
        ("single", HEAVY, 10_000, 50, "single"),
        (None, HEAVY, 500, 4, "split"),
        (None, HEAVY, 500, 1, "single"),
        (None, HEAVY, 30, 4, "single"),
        (None, replace(HEAVY, frame_s=0.05), 500, 4, "single"),
        (None, replace(HEAVY, link_bytes_s=0), 500, 4, "single"),
        (None, replace(HEAVY, link_bytes_s=1e5), 500, 4, "single"),
    ],
)
def test_split_is_the_plan_where_it_pays_or_is_asked_for(
    asked: Plan | None, pace: Pace | None, frames: int, nodes: int, plan: Plan
) -> None:
    assert plans.choose_plan(asked, pace, plans.Work(frames, 1920 * 1080), nodes) == plan


def test_both_plans_cost_what_their_formulas_say() -> None:
    # Bind 40, begin 95, a share of 125 frames; 500 frames travel 0.2 s each and cost 0.1 s to cut.
    split_s = 40 + (95 + 125 * 4) + 500 * 0.2 + 500 * 0.1 + 3 * plans.HANDOVER_S
    assert plans.split_work_s(HEAVY, plans.Work(500, 1), 4) == pytest.approx(split_s)
    assert work_s(HEAVY, 500) == pytest.approx(40 + 95 + 499 * 4 + 50)


@pytest.mark.parametrize(
    ("pace", "frames", "nodes", "size"),
    [
        (None, 1000, 4, plans.CHUNK_FRAMES),
        (HEAVY, 10_000, 4, 95),
        (HEAVY, 100, 4, 95),
        (replace(HEAVY, launch_s=1, open_s=1, first_frame_s=1), 10_000, 4, 60),
        (replace(HEAVY, launch_s=1, open_s=1, first_frame_s=1), 100, 4, 25),
        (replace(HEAVY, frame_s=0), 100, 4, plans.CHUNK_FRAMES),
        (replace(HEAVY, frame_s=2000), 100, 4, 1),
    ],
)
def test_chunks_take_minutes_and_begin_in_a_fraction_of_that(
    pace: Pace | None, frames: int, nodes: int, size: int
) -> None:
    assert plans.chunk_frames(pace, frames, nodes) == size


def test_a_template_that_slows_down_is_learnt_within_a_few_jobs() -> None:
    pace: Pace | None = None
    slow = replace(HEAVY, frame_s=8)
    pace = moved(pace, HEAVY, None, 100)
    assert (pace.samples, pace.frame_s, pace.spread) == (1, 4, SPREAD)
    for _ in range(6):
        pace = moved(pace, slow, work_s(slow, 100), 100)
    assert 7.4 < pace.frame_s < 8
    assert p90(100, pace) > 100
    for _ in range(12):
        pace = moved(pace, slow, work_s(slow, 100), 100)
    assert 100 < p90(100, pace) < 105
