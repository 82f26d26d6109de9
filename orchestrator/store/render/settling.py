"""Settle many leases at once: the fence of each row, then all successes in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.store.pool import Session, dumps
from orchestrator.wire.frames import count, parse
from orchestrator.wire.tasks import ResultReport


@dataclass(frozen=True, slots=True)
class Claimed:
    """Say who reports on which attempt, with the token as it is kept (24 bytes)."""

    node_id: UUID
    task_id: int
    attempt: int
    token: bytes


async def lock(session: Session, named: Sequence[Claimed]) -> set[int]:
    """Lock those of the leases that are held as claimed; give their tasks."""
    named = sorted(named, key=lambda one: one.task_id)
    rows = await session.fetch(
        "lease_lock_many",
        [one.task_id for one in named],
        [one.attempt for one in named],
        [one.token for one in named],
        [one.node_id for one in named],
    )
    return {row["id"] for row in rows}


async def succeed(session: Session, done: Sequence[tuple[int, int, ResultReport]]) -> None:
    """End tasks well, (task, attempt, report), whose leases are locked."""
    done = sorted(done, key=lambda one: one[0])
    reports = [report for *_, report in done]
    await session.execute(
        "lease_settle_many",
        [task_id for task_id, _, _ in done],
        [attempt for _, attempt, _ in done],
        [dumps([one.model_dump(mode="json") for one in report.outputs]) for report in reports],
        [dumps(report.timings_s) for report in reports],
        [dumps(report.warnings) for report in reports],
        [dumps(report.unsupported) for report in reports],
        [report.engine_version for report in reports],
        [report.frames_sha256 for report in reports],
        [_frames(report) for report in reports],
        TASK.target("succeed"),
        TASK.sources("succeed"),
    )


def _frames(report: ResultReport) -> int:
    return count(parse(report.frames_done)) if report.frames_done else 0
