"""Sessions of agents: one life of an agent; the deadline of its leases lives here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.wire.agent import Platform


class Standing(NamedTuple):
    """Say how an open session stands: its epoch, its node's state, how many slots are free."""

    epoch: int
    node_state: str
    free: int


@dataclass(frozen=True, slots=True)
class Abilities:
    """Say what the node of a session is and can do."""

    node_id: UUID
    platform: Platform
    capabilities: dict[str, Any]


async def open_new(
    session: Session, *, node_id: UUID, epoch: int, instance: str, agent_version: str, ttl_s: float
) -> int:
    """Open a session; the node's earlier one must be closed. Raises Duplicate otherwise."""
    return int(
        await session.fetchval("session_open", node_id, epoch, instance, agent_version, ttl_s)
    )


async def current(session: Session, node_id: UUID) -> int | None:
    """Lock the node's open session and give its id."""
    value: int | None = await session.fetchval("session_current", node_id)
    return value


async def close(session: Session, session_id: int, reason: str) -> bool:
    """Close a session; False when it was closed already."""
    return await session.fetchval("session_close", session_id, reason) is not None


async def expire(session: Session, session_id: int) -> bool:
    """Close a session that is past its deadline; False when it was renewed or closed."""
    return await session.fetchval("session_expire", session_id) is not None


async def renew(
    session: Session, named: Sequence[tuple[int, UUID]], ttl_s: float
) -> dict[int, tuple[int, datetime]]:
    """Renew all leases of the open ones of these sessions: id -> (epoch, database time)."""
    rows = await session.fetch("session_renew", *_columns(sorted(named)), ttl_s)
    return {row["id"]: (row["epoch"], row["server_time"]) for row in rows}


async def enter(
    session: Session, named: Sequence[tuple[int | None, UUID, UUID]]
) -> tuple[int, list[tuple[Standing | None, bool]]]:
    """Give how claims find the farm: (session, node, request id) in the order given.

    The answer is how many classes of tasks there are, and for each claim the standing of its
    session when that is open and its node's, and whether its request was answered before.
    """
    rows = await session.fetch(
        "session_enter",
        [number for number, _, _ in named],
        [node_id for _, node_id, _ in named],
        [request_id for _, _, request_id in named],
    )
    found = [
        (None if epoch is None else Standing(epoch, state, free), is_repeat)
        for epoch, state, free, is_repeat, _ in rows
    ]
    return (rows[0]["classes"] if rows else 0), found


async def abilities(session: Session, session_ids: Sequence[int]) -> dict[int, Abilities]:
    """Give what the nodes of these sessions can do."""
    rows = await session.fetch("session_abilities", list(session_ids))
    return {row["id"]: Abilities(*list(row)[1:]) for row in rows}


async def idle_overdue(session: Session) -> list[tuple[int, UUID]]:
    """Give overdue sessions without leases: (session, node)."""
    rows = await session.fetch("session_idle_overdue")
    return [(row["id"], row["node_id"]) for row in rows]


async def lock_overdue(session: Session, session_id: int) -> bool:
    """Lock a session that is still overdue; False when it was renewed or closed meanwhile."""
    return await session.fetchrow("session_overdue_lock", session_id) is not None


def _columns(named: Sequence[tuple[int, UUID]]) -> tuple[list[int], list[UUID]]:
    return [number for number, _ in named], [node_id for _, node_id in named]
