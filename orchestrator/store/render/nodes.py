"""Nodes: what they are, their state, health, cache, and how they enrol."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.core.machines.node import NODE
from orchestrator.store.pool import Record, Session, dumps
from orchestrator.wire.agent import CachedBundle, Capabilities, HealthSample, Platform


@dataclass(frozen=True, slots=True)
class NodeRow:
    """Be a node as admins see it."""

    id: UUID
    name: str
    platform: Platform
    agent_version: str | None
    state: str
    state_reason: str | None
    capabilities: dict[str, Any]
    slots: int
    sample: dict[str, Any]
    last_seen_at: datetime | None
    clock_offset_ms: int | None
    drain_requested_at: datetime | None
    failures_in_row: int
    created_at: datetime
    conditions: list[str]
    probe_at: datetime | None
    leases: int


async def insert(session: Session, node_id: UUID, name: str, platform: Platform) -> None:
    """Insert an enrolled node; raises Duplicate when a node in use has this name."""
    await session.execute("node_insert", node_id, name, platform)


async def get(session: Session, node_id: UUID) -> NodeRow | None:
    """Give one node."""
    row = await session.fetchrow("node_get", node_id)
    return NodeRow(**row) if row else None


async def listed(session: Session, after: UUID | None, limit: int) -> list[NodeRow]:
    """Give nodes by name, those after the node named."""
    return [NodeRow(**row) for row in await session.fetch("node_list", after, limit)]


async def lock(session: Session, node_id: UUID) -> Record | None:
    """Lock a node: id, state, name, platform, drain_requested_at, failures_in_row."""
    return await session.fetchrow("node_lock", node_id)


async def describe(
    session: Session,
    node_id: UUID,
    *,
    platform: Platform,
    agent_version: str,
    capabilities: Capabilities,
    slots: int,
) -> None:
    """Write what an agent tells of its machine."""
    await session.execute(
        "node_describe",
        node_id,
        platform,
        agent_version,
        capabilities.model_dump(mode="json"),
        [engine.model_dump(mode="json") for engine in capabilities.engines],
        list(capabilities.tags),
        capabilities.cores,
        capabilities.memory_bytes or None,
        slots,
    )


async def move(
    session: Session,
    node_id: UUID,
    event: str,
    reason: str | None = None,
    probe_at: datetime | None = None,
) -> bool:
    """Move a node by an event of its machine; False when its state does not allow it."""
    row = await session.fetchval(
        "node_move", node_id, NODE.target(event), NODE.sources(event), reason, probe_at
    )
    return row is not None


async def hold(session: Session, node_id: UUID, reason: str) -> None:
    """Keep a quarantined node in quarantine until a person resumes it."""
    await session.execute("node_hold", node_id, reason)


async def recycle(session: Session, node_id: UUID, word: str) -> None:
    """Ask a node's agent to begin anew; `word` differs from time to time."""
    await session.execute("node_recycle", node_id, word)


@dataclass(frozen=True, slots=True)
class Beat:
    """Be what one sign of life tells of its node."""

    node_id: UUID
    session_id: int
    sample: HealthSample
    agent_version: str
    clock_offset_ms: int
    conditions: Sequence[str]
    leases: int


async def beat(session: Session, beats: Sequence[Beat], *, lasting: bool) -> dict[UUID, Record]:
    """Keep the samples of nodes; give their state, drain_requested_at and settings.

    Nodes whose session is over are left out. Unless it must be `lasting`, the transaction may
    be lost when the database crashes.
    """
    if not lasting:
        await session.execute("beat_relax")
    beats = sorted(beats, key=lambda one: (one.node_id, one.session_id))
    samples = {one.node_id: dumps(one.sample.model_dump(mode="json")) for one in beats}
    rows = await session.fetch(
        "node_beat",
        [one.node_id for one in beats],
        [one.session_id for one in beats],
        [samples[one.node_id] for one in beats],
        [one.agent_version for one in beats],
        [one.clock_offset_ms for one in beats],
        [dumps(list(one.conditions)) for one in beats],
    )
    found = {row["id"]: row for row in rows}
    heard = {one.node_id: one for one in beats if one.node_id in found}.values()
    await session.execute(
        "node_health_note",
        [one.node_id for one in heard],
        [one.sample.cpu_percent for one in heard],
        [one.sample.memory_used_bytes for one in heard],
        [one.sample.disk_free_bytes for one in heard],
        [one.leases for one in heard],
        [samples[one.node_id] for one in heard],
    )
    return found


async def note_cache(
    session: Session, node_id: UUID, added: Sequence[CachedBundle], removed: Sequence[str]
) -> None:
    """Keep the inventory of a node's cache."""
    if added:
        await session.execute(
            "node_cache_add",
            node_id,
            [bundle.md5 for bundle in added],
            [bundle.size_bytes for bundle in added],
        )
    if removed:
        await session.execute("node_cache_drop", node_id, list(removed))


async def forget_cache(session: Session, node_id: UUID) -> None:
    """Forget what a node's cache held: its new session tells it anew."""
    await session.execute("node_cache_forget", node_id)


async def reset_failures(session: Session, node_ids: Sequence[UUID]) -> None:
    """Note successes: the row of failures is broken."""
    await session.execute("node_failures_reset", list(node_ids))


async def add_failure(session: Session, node_id: UUID) -> int:
    """Count a failure; give how many there were in a row."""
    return int(await session.fetchval("node_failures_add", node_id) or 0)


async def half_open(session: Session, node_id: UUID, failures: int) -> None:
    """Set the failures in a row, so that the next one decides."""
    await session.execute("node_failures_set", node_id, failures)


async def others(session: Session, node_id: UUID) -> list[tuple[Platform, dict[str, Any]]]:
    """Give the other nodes that take work: (platform, capabilities)."""
    rows = await session.fetch("node_capable_others", node_id)
    return [(row["platform"], row["capabilities"]) for row in rows]


async def beside(
    session: Session, node_ids: Collection[UUID], limit: int
) -> list[tuple[Platform, dict[str, Any]]]:
    """Give some nodes that take work and are none of these: (platform, capabilities)."""
    rows = await session.fetch("node_beside", list(node_ids), limit)
    return [(row["platform"], row["capabilities"]) for row in rows]


async def probe_due(session: Session) -> list[UUID]:
    """Give quarantined nodes that are to be tried again."""
    return [row["id"] for row in await session.fetch("node_probe_due")]


async def silent(session: Session, after_s: float) -> list[UUID]:
    """Give nodes that should be here and were not heard of for so long."""
    rows = await session.fetch("node_silent", after_s, NODE.sources("fall_silent"))
    return [row["id"] for row in rows]


async def insert_enrolment(
    session: Session, token_sha256: bytes, created_by: str, ttl_s: int
) -> datetime:
    """Keep the hash of a one-time token; give when it ends."""
    ends: datetime = await session.fetchval("enrolment_insert", token_sha256, created_by, ttl_s)
    return ends


async def use_enrolment(session: Session, token_sha256: bytes) -> UUID | None:
    """Use a token up; None when it is unknown, used, revoked or over."""
    value: UUID | None = await session.fetchval("enrolment_use", token_sha256)
    return value


async def enrolled_again(
    session: Session, token_sha256: bytes, name: str, platform: Platform, version: int
) -> UUID | None:
    """Give the node that a living token made, if it never registered and its secret is this one."""
    value: UUID | None = await session.fetchval(
        "enrolment_again", token_sha256, name, platform, version
    )
    return value


async def name_enrolled(session: Session, token_id: UUID, node_id: UUID) -> None:
    """Note which node used the token."""
    await session.execute("enrolment_name_node", token_id, node_id)
