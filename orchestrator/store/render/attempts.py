"""Attempts: one try of a task by one node, its log and its crashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.core.scheduling.blame import History
from orchestrator.store.pool import Record, Session
from orchestrator.wire.failures import Failure
from orchestrator.wire.tasks import ResultReport


@dataclass(frozen=True, slots=True)
class Attempt:
    """Be one attempt as its token's holder may know it."""

    task_id: int
    attempt: int
    node_id: UUID
    outcome: str | None
    reply: dict[str, Any] | None
    job_id: UUID | None
    kind: str
    task_state: str


async def get(
    session: Session, task_id: int, attempt: int, node_id: UUID, token_sha256: bytes
) -> Attempt | None:
    """Give the attempt whose token has this hash."""
    row = await session.fetchrow("attempt_get", task_id, attempt, node_id, token_sha256)
    return Attempt(**row) if row else None


Named = tuple[int, int, UUID, bytes]
"""A task, the number of an attempt, its node, and its token's hash."""


async def get_many(session: Session, named: Sequence[Named]) -> dict[Named, Attempt]:
    """Give those of the attempts that there are."""
    columns = [[name[part] for name in named] for part in range(4)]
    found = {}
    for row in await session.fetch("attempt_get_many", *columns):
        told = dict(row)
        digest = told.pop("token_sha256")
        found[row["task_id"], row["attempt"], row["node_id"], digest] = Attempt(**told)
    return found


async def start(session: Session, task_id: int, attempt: int) -> None:
    """Note its first sign of work."""
    await session.execute("attempt_start", task_id, attempt)


async def end(
    session: Session,
    task_id: int,
    attempt: int,
    report: ResultReport,
    *,
    failure: Failure | None,
    outcome: str,
    counted: bool,
    reply: dict[str, Any] | None,
    frames_done: int,
) -> None:
    """End it with what its node reported; `counted` when the failure counts against the task."""
    await session.execute(
        "attempt_end",
        task_id,
        attempt,
        outcome,
        counted,
        failure.code if failure else None,
        failure.failure_class.value if failure else None,
        failure.message if failure else None,
        reply,
        dict(report.timings_s),
        list(report.warnings),
        dict(report.unsupported),
        report.engine_version,
        report.frames_sha256,
        frames_done,
    )


async def reply(session: Session, task_id: int, attempt: int, answer: dict[str, Any]) -> None:
    """Keep the answer that the same result gets again."""
    await session.execute("attempt_reply", task_id, attempt, answer)


async def close(
    session: Session, task_ids: Sequence[int], outcome: str, why: Failure | None = None
) -> None:
    """End attempts on which nobody reported: `lost`, with its reason, or `interrupted`."""
    told = (why.code, why.failure_class.value, why.message) if why else (None, None, None)
    await session.execute("attempt_close", list(task_ids), outcome, *told)


async def history(session: Session, task_id: int) -> History:
    """Count what happened to a task since it began or was revived."""
    row = await session.fetchrow("attempt_history", task_id)
    return History(**row) if row else History(0, 0, 0)


async def set_back_on(session: Session, task_id: int) -> list[UUID]:
    """Give the nodes that lost or failed a task since it began or was revived."""
    return [row["node_id"] for row in await session.fetch("attempt_set_back_on", task_id)]


async def log_end(session: Session, task_id: int, attempt: int) -> int:
    """Give how many bytes of the log have come."""
    return int(await session.fetchval("attempt_log_end", task_id, attempt))


async def log_append(
    session: Session, task_id: int, attempt: int, start_byte: int, size_bytes: int, text: str
) -> None:
    """Append a piece of the log; `start_byte` is where the log ended."""
    await session.execute("attempt_log_append", task_id, attempt, start_byte, size_bytes, text)


async def page(
    session: Session, tenant_id: UUID, job_id: UUID, after: tuple[int, int], limit: int
) -> list[Record]:
    """Give a page of a tenant's job's attempts, behind a task and attempt."""
    return await session.fetch("attempt_page", tenant_id, job_id, *after, limit)


async def exists(
    session: Session, tenant_id: UUID, job_id: UUID, task_id: int, attempt: int
) -> bool:
    """Tell whether a tenant's job has this attempt."""
    found = await session.fetchval("attempt_exists", tenant_id, job_id, task_id, attempt)
    return found is not None


async def log_pieces(
    session: Session, tenant_id: UUID, task_id: int, attempt: int, offset: int, limit: int
) -> list[tuple[int, int, str]]:
    """Give pieces of a log (start, bytes, text), the first being the one that holds `offset`."""
    rows = await session.fetch("attempt_log_pieces", tenant_id, task_id, attempt, offset, limit)
    return [(row["start_byte"], row["size_bytes"], row["text"]) for row in rows]
