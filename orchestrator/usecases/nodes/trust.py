"""Trust in nodes: failures in a row take it away, a success or a probe gives it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from orchestrator.core.scheduling import blame
from orchestrator.core.scheduling.classes import from_document, serves
from orchestrator.store.pool import Database
from orchestrator.store.render import nodes, tasks
from orchestrator.wire.agent import Capabilities

PROBE_AFTER = timedelta(minutes=10)


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
    wanted = from_document(await tasks.class_document(db.session(), class_id))
    capable = [
        other
        for platform, other in await nodes.others(db.session(), node_id)
        if serves(Capabilities.model_validate(other, strict=False), platform, wanted)
    ]
    if blame.node_is_distrusted(failures, len(capable)):
        await nodes.move(
            db.session(),
            node_id,
            "quarantine",
            reason=f"{failures} failed attempts in a row; see its attempts and crashes.",
            probe_at=datetime.now(UTC) + PROBE_AFTER,
        )


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
