"""Read how long each kind of thing is kept, and note what became of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Session

Kind = Literal[
    "frames",
    "bound_copies",
    "failed_jobs",
    "exports",
    "snapshots",
    "uploads",
    "deleted_files",
    "logs",
    "bundles",
]
LONGEST_S = 100 * 365 * 86_400
"""Longer than this is for ever; the database's intervals would overflow."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Say how long a kind is kept: of one tenant, or of all (None) but `others`."""

    id: UUID
    tenant_id: UUID | None
    kind: Kind
    keep_s: int
    others: tuple[UUID, ...] = ()

    @property
    def args(self) -> tuple[UUID | None, list[UUID], float]:
        """Give the first three parameters of every statement that follows a rule."""
        return self.tenant_id, list(self.others), float(min(self.keep_s, LONGEST_S))


async def read(session: Session) -> list[Rule]:
    """Give the rules in force, a tenant's own before those of all."""
    rows = await session.fetch("cleanup_rules")
    return [Rule(**{**dict(row), "others": tuple(row["others"])}) for row in rows]


async def note(session: Session, rule: Rule, dropped: int) -> None:
    """Keep when a rule was last followed and how much it dropped then."""
    await session.execute("cleanup_note", rule.id, dropped)
