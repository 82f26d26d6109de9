"""Write and read upload sessions and their parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.store.cleanup.rules import Rule
from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans, from_sql

State = Literal["open", "completed", "refused", "aborted", "expired"]
Method = Literal["resumable", "presigned"]


@dataclass(frozen=True, slots=True)
class UploadRow:
    """Be one upload session; `parts` are the numbers of the stored parts, from 1 on."""

    id: UUID
    tenant_id: UUID
    project_id: UUID | None
    file_id: UUID | None
    name: str
    method: Method
    state: State
    object_key: str
    size_bytes: int
    part_size_bytes: int
    received_bytes: int
    sha256: str
    md5: str | None
    refusal_code: str | None
    refusal_message: str | None
    created_at: datetime
    expires_at: datetime
    is_over: bool
    parts: Spans

    @property
    def parts_total(self) -> int:
        """Give how many parts there are."""
        return -(-self.size_bytes // self.part_size_bytes)

    def part_bytes(self, number: int) -> int:
        """Give the size of one part: all are alike but the last."""
        return min(self.part_size_bytes, self.size_bytes - (number - 1) * self.part_size_bytes)

    def part_key(self, number: int) -> str:
        """Give the key that a part is stored under."""
        return f"{self.object_key}{number}"


@dataclass(frozen=True, slots=True)
class PartRow:
    """Be one stored part."""

    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Be a session that is over and whose parts may go; an old one goes itself."""

    id: UUID
    tenant_id: UUID
    object_key: str
    is_old: bool


async def insert(
    session: Session,
    *,
    upload_id: UUID,
    tenant_id: UUID,
    project_id: UUID | None,
    file_id: UUID | None,
    name: str,
    method: Method,
    object_key: str,
    size_bytes: int,
    part_size_bytes: int,
    sha256: str,
    md5: str | None,
    ttl_s: float,
) -> None:
    """Write a new session; nothing happens when the id exists already."""
    await session.execute(
        "upload_insert",
        *(upload_id, tenant_id, project_id, file_id, name, method, object_key),
        *(size_bytes, part_size_bytes, sha256, md5, ttl_s),
    )


async def get(session: Session, tenant_id: UUID, upload_id: UUID) -> UploadRow | None:
    """Read one session of a tenant."""
    row = await session.fetchrow("upload_get", tenant_id, upload_id)
    if row is None:
        return None
    return UploadRow(**{**dict(row), "parts": from_sql(row["parts"] or "")})


async def open_totals(session: Session, tenant_id: UUID) -> tuple[int, int]:
    """Give how many sessions of a tenant are open, and how many bytes they announced."""
    row = await session.fetchrow("upload_open_totals", tenant_id)
    assert row is not None
    return row["sessions"], row["size_bytes"]


async def note_part(session: Session, row: UploadRow, part: PartRow, ttl_s: float) -> None:
    """Count a stored part, once, and give the session more time."""
    await session.execute(
        "upload_part_put",
        *(row.tenant_id, row.id, part.number, part.size_bytes, part.sha256, ttl_s),
    )


async def parts(session: Session, row: UploadRow) -> list[PartRow]:
    """Give the stored parts in their order."""
    rows = await session.fetch("upload_part_list", row.tenant_id, row.id)
    return [PartRow(**dict(one)) for one in rows]


async def end(
    session: Session, row: UploadRow, state: State, refusal: tuple[str, str] | None = None
) -> bool:
    """End an open session; false when it was over already."""
    code, message = refusal or (None, None)
    args = (row.tenant_id, row.id, state, code, message)
    return await session.execute("upload_end", *args) > 0


async def expire(session: Session) -> int:
    """End the sessions whose time is over; give how many."""
    return await session.execute("upload_expire")


async def to_drop(session: Session, rule: Rule, limit: int) -> list[Ended]:
    """Give sessions whose parts may be deleted; the rule says how long their rows are kept."""
    rows = await session.fetch("upload_to_drop", *rule.args, limit)
    return [Ended(**dict(row)) for row in rows]


async def note_dropped(session: Session, ended: Ended) -> int:
    """Note that the parts are gone; an old session's row goes too. 0 when somebody did before."""
    name = "upload_delete" if ended.is_old else "upload_note_dropped"
    return await session.execute(name, ended.tenant_id, ended.id)
