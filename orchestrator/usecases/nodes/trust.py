"""Trust in nodes: failures and crashes take it away, a success or a probe gives it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from orchestrator.core.scheduling import blame, recovery
from orchestrator.core.scheduling.classes import from_document, serves
from orchestrator.store.audit import SYSTEM, note
from orchestrator.store.pool import Database, Session
from orchestrator.store.render import attempts, health, nodes, tasks
from orchestrator.wire.agent import Capabilities

PROBE_AFTER = timedelta(minutes=10)
LOOKED_AT = 50
"""So many other nodes are looked at for one that can do what a node could not."""


async def note_outcome(db: Database, node_id: UUID, *, did_well: bool, class_id: int) -> None:
    """Count an outcome for its node; three failures in a row quarantine it.

    In a transaction of its own: a result holds queue rows, and those who hold a node's row
    ask for queue rows. The last node that can do such work is never quarantined.
    """
    if did_well:
        await nodes.reset_failures(db.session(), [node_id])
        return
    failures = await nodes.add_failure(db.session(), node_id)
    if failures < blame.NODE_FAILURES_IN_ROW:
        return
    others = await stand_ins(db.session(), node_id, class_id)
    if blame.node_is_distrusted(failures, others):
        reason = f"{failures} failed attempts in a row; see its attempts and crashes."
        await _quarantine(db, node_id, reason, datetime.now(UTC) + PROBE_AFTER)


async def note_crash(db: Database, node_id: UUID, crash_id: int, class_id: int) -> recovery.Action:
    """Decide what a crash calls for, do it, and give it."""
    has_stand_in = await stand_ins(db.session(), node_id, class_id) > 0
    seen = await health.count_crashes(db.session(), node_id, has_stand_in=has_stand_in)
    action = recovery.decide(seen)
    told = f"{seen.crashes} crashes of {seen.tasks} tasks within minutes"
    if action == "recycle":
        await nodes.recycle(db.session(), node_id, f"crash {crash_id}")
    elif action == "quarantine":
        await _quarantine(db, node_id, f"{told}; see them.", datetime.now(UTC) + PROBE_AFTER)
    elif action == "person":
        reason = f"{told}, after {seen.quarantines} quarantines today. Mend and resume it."
        await _quarantine(db, node_id, reason, None)
    await health.note_recovery(db.session(), crash_id, action)
    return action


async def stand_ins(session: Session, node_id: UUID, class_id: int) -> int:
    """Count the other nodes that are there and can do such work."""
    wanted = from_document(await tasks.class_document(session, class_id))
    return sum(
        serves(Capabilities.model_validate(other, strict=False), platform, wanted)
        for platform, other in await nodes.others(session, node_id)
    )


async def give_way(session: Session, task_id: int, class_id: int) -> list[UUID]:
    """Give the nodes that are to get a task last: those that lost or failed it.

    None of them when no other that takes work can do it.
    """
    tried = await attempts.set_back_on(session, task_id)
    wanted = from_document(await tasks.class_document(session, class_id))
    others = await nodes.beside(session, tried, LOOKED_AT)
    able = any(
        serves(Capabilities.model_validate(other, strict=False), platform, wanted)
        for platform, other in others
    )
    return tried if able else []


async def _quarantine(db: Database, node_id: UUID, reason: str, probe_at: datetime | None) -> None:
    async with db.transaction() as session:
        if await nodes.move(session, node_id, "quarantine", reason=reason, probe_at=probe_at):
            detail = {"reason": reason, "probe_at": probe_at.isoformat() if probe_at else None}
            await note(session, SYSTEM, "node.quarantine", target=("node", node_id), detail=detail)


async def probe(db: Database) -> int:
    """Let quarantined nodes try again whose time has come; give how many.

    The count of failures stands at one below the limit, so one more failure sends it back.
    """
    released = 0
    for node_id in await nodes.probe_due(db.session()):
        async with db.transaction() as session:
            released += await nodes.move(session, node_id, "release")
            await nodes.half_open(session, node_id, blame.NODE_FAILURES_IN_ROW - 1)
    return released
