"""Read nodes as the pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """Say which nodes are wanted; None lets everything through, retired ones only by name."""

    state: str | None = None
    platform: str | None = None
    name: str | None = None
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class NodeLine:
    """Be one node of the list.

    `tasks` holds what it works on: task_id, kind, job_id, progress, and `first` of its frames.
    """

    id: UUID
    name: str
    platform: str
    agent_version: str | None
    state: str
    state_reason: str | None
    engines: list[dict[str, Any]]
    conditions: list[str]
    sample: dict[str, Any]
    slots: int
    gpu: str | None
    last_seen_at: datetime | None
    tasks: list[dict[str, Any]]
    crashes: int


async def page(
    session: Session, wanted: NodeFilter, after: UUID | None, limit: int
) -> list[NodeLine]:
    """Give nodes by name, those after a node."""
    filters = (wanted.state, wanted.platform, wanted.name, wanted.engine)
    rows = await session.fetch("overview_nodes", after, *filters, limit)
    return [NodeLine(**dict(row)) for row in rows]


async def states(session: Session, node_ids: list[UUID]) -> dict[UUID, str]:
    """Give the states that nodes have."""
    rows = await session.fetch("overview_node_states", node_ids)
    return {row["id"]: row["state"] for row in rows}


async def attempts(session: Session, node_id: UUID, limit: int) -> list[Record]:
    """Give a node's newest tries: task_id, attempt, kind, job_id, outcome, failure_*, times."""
    return await session.fetch("overview_node_attempts", node_id, limit)


async def cache(session: Session, node_id: UUID, limit: int) -> list[Record]:
    """Give a node's bundles: md5, size_bytes, cached_at, last_used_at, projects (id, name)."""
    return await session.fetch("overview_node_cache", node_id, limit)


async def enrolment(session: Session, node_id: UUID) -> Record | None:
    """Give by whose token a node joined: used_at, created_by, email."""
    return await session.fetchrow("overview_node_enrolment", node_id)


async def fonts(session: Session, node_id: UUID, limit: int) -> list[Record]:
    """Give the fonts that were put on a node: postscript_name, source, state, message."""
    return await session.fetch("overview_node_fonts", node_id, limit)
