"""Settle many leases at once: the fence of each row, and all successes, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.store.pool import Session, dumps
from orchestrator.wire.frames import count, parse
from orchestrator.wire.tasks import ResultReport

TOKEN_BYTES = 24


class Claimed(NamedTuple):
    """Say who reports on which attempt, with the token as it is kept (24 bytes)."""

    node_id: UUID
    task_id: int
    attempt: int
    token: bytes


async def lock(session: Session, named: Sequence[Claimed]) -> set[int]:
    """Lock those of the leases that are held as claimed; give their tasks."""
    named = sorted((one for one in named if len(one.token) == TOKEN_BYTES), key=_task)
    return {row[0] for row in await session.fetch("lease_lock_many", *_columns(named))}


async def succeed(session: Session, done: Sequence[tuple[Claimed, ResultReport]]) -> set[int]:
    """End those tasks well whose leases are held as claimed; give which.

    A task may be named once.
    """
    done = sorted(
        (one for one in done if len(one[0].token) == TOKEN_BYTES), key=lambda one: one[0].task_id
    )
    reports: dict[int, ResultReport] = {}
    places: dict[int, int] = {}
    for _, report in done:
        # By identity: many of a batch may share one report, and comparing costs more than it saves.
        if id(report) not in places:
            reports[len(reports) + 1] = report
            places[id(report)] = len(reports)
    said = list(reports.values())
    frames = {place: _frames(report) for place, report in reports.items()}
    at = [places[id(report)] for _, report in done]
    rows = await session.fetch(
        "lease_settle_many",
        *_columns([claim for claim, _ in done]),
        at,
        [frames[place] for place in at],
        [dumps([one.model_dump(mode="json") for one in report.outputs]) for report in said],
        [dumps(report.timings_s) for report in said],
        [dumps(report.warnings) for report in said],
        [dumps(report.unsupported) for report in said],
        [report.engine_version for report in said],
        [report.frames_sha256 for report in said],
        TASK.target("succeed"),
        TASK.sources("succeed"),
    )
    return {row[0] for row in rows}


def _task(one: Claimed) -> int:
    return one.task_id


def _columns(named: Sequence[Claimed]) -> tuple[list[int], list[int], bytes, list[UUID]]:
    """Give claims as columns: tasks, attempts, tokens end to end, nodes."""
    return (
        [one.task_id for one in named],
        [one.attempt for one in named],
        b"".join([one.token for one in named]),
        [one.node_id for one in named],
    )


def _frames(report: ResultReport) -> int:
    return count(parse(report.frames_done)) if report.frames_done else 0
