"""Objects that a row of their own stands for, and rows that served their time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from orchestrator.store.cleanup.rules import Rule
from orchestrator.store.identity import doors
from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class Kept:
    """Be a row whose object may go; `object_key` is None where there never was one."""

    id: UUID
    tenant_id: UUID
    object_key: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """Name the statements of one table: which rows may go, and what is done to one then."""

    list: str
    drop: str


EXPORTS = Table("cleanup_exports", "cleanup_export_note")
SNAPSHOTS = Table("cleanup_snapshots", "cleanup_snapshot_delete")
FONTS = Table("cleanup_fonts", "cleanup_font_delete")
FILES = Table("cleanup_files", "cleanup_file_delete")


async def due(session: Session, table: Table, rule: Rule, limit: int) -> list[Kept]:
    """Give rows of a table whose time is over, the oldest first."""
    return [Kept(**row) for row in await session.fetch(table.list, *rule.args, limit)]


async def drop(session: Session, table: Table, row: Kept) -> int:
    """Let go of a row whose object is gone; 0 when somebody did so before."""
    return await session.execute(table.drop, row.tenant_id, row.id)


async def take_bundles(session: Session, rule: Rule, limit: int) -> list[tuple[int, str]]:
    """Take bundles that nobody uses any more: (id, object key); nobody begins to use them now."""
    rows = await session.fetch("cleanup_bundles_take", *rule.args, limit)
    return [(row["bundle_id"], row["object_key"]) for row in rows]


async def note_bundle(session: Session, bundle_id: int, object_key: str) -> int:
    """Note that a bundle's object is gone; 0 when it was stored anew meanwhile."""
    return await session.execute("cleanup_bundle_note", bundle_id, object_key)


async def drop_logs(session: Session, rule: Rule, limit: int) -> int:
    """Delete pieces of attempts' logs; give how many."""
    return await session.execute("cleanup_logs", *rule.args, limit)


async def drop_old(session: Session, *, events_days: int, audit_days: int, limit: int) -> int:
    """Delete what only served for a while: small rows, sent events, the audit's oldest."""
    names = (
        "claim_request_drop_old",
        "enrolment_drop_old",
        "idempotency_drop_old",
        "session_drop_old",
    )
    dropped = sum([await session.execute(name) for name in names])
    dropped += await doors.drop_old(session, limit)
    dropped += await session.execute("cleanup_outbox", events_days, limit)
    return dropped + await session.execute("cleanup_audit", audit_days, limit)
