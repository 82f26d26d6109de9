"""The audit log: who changed what; rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, Literal
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.store.pool import Record, Session

ActorKind = Literal["api_key", "user", "node", "system", "cli", "nobody"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Be who changed something, and by which request."""

    kind: ActorKind
    id: str | None = None
    request_id: str | None = None
    address: IPv4Address | IPv6Address | None = None


SYSTEM: Final = Actor("system")
_CALLER: ContextVar[Actor] = ContextVar("caller", default=SYSTEM)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Say who acts in this block: whatever use case runs in it notes this actor."""
    before = _CALLER.set(actor)
    try:
        yield
    finally:
        _CALLER.reset(before)


def caller() -> Actor:
    """Give who acts in the call that runs; the farm itself outside of calls."""
    return _CALLER.get()


async def note(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    target: tuple[str, object],
    detail: Mapping[str, str | int | None],
    tenant_id: UUID | None = None,
) -> None:
    """Write down who did what to which thing, in the transaction of the change.

    `target` is a kind and an id; `detail` holds no secrets; `tenant_id` is whose thing it is.
    """
    await session.execute(
        "audit_insert",
        actor.kind,
        actor.id,
        action,
        target[0],
        str(target[1]),
        actor.request_id,
        actor.address,
        {name: value for name, value in detail.items() if value is not None},
        tenant_id,
    )


async def note_caller(
    session: Session,
    action: Action,
    target: tuple[str, object],
    tenant_id: UUID | None,
    **detail: str | int | None,
) -> None:
    """Write down what the caller did, in the transaction of the change, as `note` does."""
    await note(session, caller(), action, target=target, tenant_id=tenant_id, detail=detail)


async def note_person(
    session: Session,
    action: Action,
    target: tuple[str, object],
    tenant_id: UUID,
    **detail: str | int | None,
) -> None:
    """Write down what services do all day long only when a person did it.

    What a key orders or sends is told by the thing itself; a row of each would bury the others.
    """
    if caller().kind == "user":
        await note_caller(session, action, target, tenant_id, **detail)


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Say which notes are wanted; None lets everything through; `to` is not included."""

    actor_kind: str | None = None
    actor_id: str | None = None
    action: str | None = None
    target: tuple[str, str] | None = None
    tenant_id: UUID | None = None
    since: datetime | None = None
    to: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Be one note; the names are those that the actor, the thing and the tenant have now."""

    id: int
    at: datetime
    tenant_id: UUID | None
    actor_kind: str
    actor_id: str | None
    action: str
    target_kind: str | None
    target_id: str | None
    address: str | None
    detail: dict[str, Any]
    actor: str | None
    target: str | None
    tenant: str | None


async def page(
    session: Session, wanted: NoteFilter, before: tuple[datetime, int] | None, limit: int
) -> list[NoteLine]:
    """Give notes, the newest first, those before a place."""
    at, last = before or (None, None)
    kind, target = wanted.target or (None, None)
    rows = await session.fetch(
        "audit_page",
        at,
        last,
        wanted.actor_kind,
        wanted.actor_id,
        wanted.action,
        kind,
        target,
        wanted.tenant_id,
        wanted.since,
        wanted.to,
        limit,
    )
    return [NoteLine(**dict(row)) for row in rows]


async def actors(session: Session) -> list[Record]:
    """List the people who may have notes: id, email, by address."""
    return await session.fetch("audit_people")
