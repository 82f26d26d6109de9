"""The hot queue: put tasks in, claim them, look at leases, give them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from orchestrator.core.scheduling.matching import Ready
from orchestrator.store.pool import Session


class Leased(NamedTuple):
    """Be one leased row: who holds the token may report."""

    task_id: int
    attempt: int
    token: bytes


class Asker(NamedTuple):
    """Be one claim that asks with a request id: its node, session and epoch.

    `slots` must be free in its session: for what is chosen for it and for those before it.
    """

    node_id: UUID
    request_id: UUID
    session_id: int
    epoch: int
    slots: int


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Be one lease as its session holds it; `is_old` when it was granted a while ago."""

    task_id: int
    attempt: int
    token: bytes
    is_old: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """Be one lease whose session is past its deadline."""

    task_id: int
    attempt: int
    token: bytes
    node_id: UUID
    session_id: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Be a locked lease with what its task is."""

    task_id: int
    attempt: int
    session_id: int
    job_id: UUID | None
    tenant_id: UUID
    kind: str
    state: str
    node_id: UUID
    stage: int
    spec: dict[str, Any]
    failures: int
    interruptions: int
    failures_max: int
    class_id: int
    project_id: UUID | None


async def put(session: Session, task_ids: Sequence[int]) -> None:
    """Make queued tasks ready and wake those who wait; repeats change nothing."""
    await session.execute("queue_put", list(task_ids))


async def put_due(session: Session) -> int:
    """Make delayed tasks ready whose rest is over; give how many."""
    row = await session.fetchrow("queue_due")
    return int(row["n"]) if row else 0


async def candidates(
    session: Session, class_ids: Sequence[int], bundle_ids: Sequence[int], limit: int
) -> list[Ready]:
    """Give what waits in these classes, best first, `limit` and the first of each bundle."""
    rows = await session.fetch("queue_candidates", list(class_ids), list(bundle_ids), limit)
    return [Ready._make(row) for row in rows]


async def claim(
    session: Session, askers: Sequence[Asker], chosen: Sequence[tuple[int, int]], secret: bytes
) -> list[Leased]:
    """Lease the chosen tasks, (task id, place in `askers`), that are still free.

    Nothing for a session that is over, a node that is not online or lacks the slots, and a request
    that was answered before. `secret` are 16 random bytes for each task's token. Raises Duplicate,
    and leases nothing, when one of the requests is being answered elsewhere at this moment.
    """
    in_order = sorted(chosen)
    rows = await session.fetch(
        "queue_claim",
        [task_id for task_id, _ in in_order],
        [place + 1 for _, place in in_order],
        [one.request_id for one in askers],
        [one.node_id for one in askers],
        [one.session_id for one in askers],
        [one.epoch for one in askers],
        [one.slots for one in askers],
        secret,
    )
    return [Leased._make(row) for row in rows]


async def answered(
    session: Session, asked: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], list[Leased]]:
    """Give what requests, (node, request id), were answered with and is still leased.

    Requests that were never answered are left out.
    """
    columns = [node_id for node_id, _ in asked], [request_id for _, request_id in asked]
    answers: dict[tuple[UUID, UUID], list[Leased]] = {}
    for row in await session.fetch("queue_answered", *columns):
        leased = answers.setdefault((row["node_id"], row["request_id"]), [])
        if row["task_id"] is not None:
            leased.append(Leased(row["task_id"], row["attempt"], row["token"]))
    return answers


async def release(session: Session, task_ids: Sequence[int]) -> None:
    """Make leased rows ready again."""
    await session.execute("queue_release", list(task_ids))


async def remove(session: Session, task_ids: Sequence[int]) -> None:
    """Take rows out of the queue."""
    await session.execute("queue_remove", list(task_ids))


async def lock_many(session: Session, task_ids: Sequence[int]) -> None:
    """Lock rows in the order of their ids."""
    await session.execute("queue_lock_many", list(task_ids))


async def heads(session: Session, class_ids: Sequence[int], priority: int) -> dict[int, int]:
    """Give the least virtual time that is ready in each class where something waits."""
    rows = await session.fetch("queue_heads", list(class_ids), priority)
    return {row["class_id"]: row["vtime"] for row in rows}


async def reclaim(
    session: Session,
    leased: Leased,
    *,
    session_id: int,
    node_id: UUID,
    sources: Sequence[str],
) -> bool:
    """Give a lost lease back to the node that had it, when nobody leased the task since."""
    row = await session.fetchval(
        "queue_reclaim",
        leased.task_id,
        leased.attempt,
        leased.token,
        session_id,
        node_id,
        list(sources),
    )
    return row is not None


async def lock(
    session: Session, task_id: int, attempt: int, token: bytes, node_id: UUID
) -> Lease | None:
    """Lock the lease that a report speaks of; None when it is no longer the current one."""
    row = await session.fetchrow("lease_lock", task_id, attempt, token, node_id)
    return Lease(**row) if row else None


async def held(
    session: Session, session_ids: Sequence[int], old_after_s: float
) -> dict[int, list[HeldLease]]:
    """Give every lease of sessions, by session."""
    leases: dict[int, list[HeldLease]] = {number: [] for number in session_ids}
    for number, *row in await session.fetch("lease_held", list(session_ids), old_after_s):
        leases[number].append(HeldLease(*row))
    return leases


async def fates(
    session: Session, leases: Sequence[tuple[int, int]], node_id: UUID
) -> dict[tuple[int, int], str]:
    """Give the states of the tasks that a node offers leases of: (task, attempt) -> state."""
    rows = await session.fetch(
        "lease_fate", [task for task, _ in leases], [attempt for _, attempt in leases], node_id
    )
    return {(row["task_id"], row["attempt"]): row["state"] for row in rows}


async def held_by_node(session: Session, node_id: UUID) -> list[Leased]:
    """Give every lease of a node, whatever session it was granted in."""
    return [Leased(**row) for row in await session.fetch("lease_held_by_node", node_id)]


async def move(session: Session, task_ids: Sequence[int], to: int) -> None:
    """Hand leases of a node to its next session."""
    await session.execute("lease_move", list(task_ids), to)


async def overdue(session: Session, limit: int) -> list[Overdue]:
    """Give leases past their session's deadline, the longest overdue first."""
    return [Overdue(**row) for row in await session.fetch("lease_overdue", limit)]
