"""Read and write signed-in browsers and second factors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.core.accounts import Role
from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Be a session that holds; `needs_code` while a second factor is set up for its person.

    `is_fresh` for a while after its person gave a password, a code or a link.
    """

    id: UUID
    user_id: UUID
    tenant_id: UUID
    email: str
    display_name: str
    role: Role
    locale: str
    has_code: bool
    needs_code: bool
    has_password: bool
    is_fresh: bool
    use_is_old: bool

    @property
    def whole(self) -> bool:
        """Tell whether everything that signing in asks for was given."""
        return self.has_code or not self.needs_code


@dataclass(frozen=True, slots=True)
class Factor:
    """Be a second factor; `counter` is the last step used, `secret` the recovery codes' hashes."""

    id: UUID
    kind: str
    label: str
    secret: bytes
    counter: int
    confirmed_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """Be a session to write; it ends `ttl_s` from now."""

    id: UUID
    user_id: UUID
    tenant_id: UUID
    digest: bytes
    user_agent: str
    address: object
    has_code: bool
    ttl_s: float


async def insert(session: Session, new: NewSession) -> None:
    """Write a session."""
    await session.execute(
        "web_session_insert",
        new.id,
        new.user_id,
        new.tenant_id,
        new.digest,
        new.user_agent,
        new.address,
        new.has_code,
        new.ttl_s,
    )


async def find(session: Session, digest: bytes, idle_s: float, fresh_s: float) -> SessionRow | None:
    """Find a session by its token's hash, unless it ended or was silent for too long."""
    row = await session.fetchrow("web_session_find", digest, idle_s, fresh_s)
    return None if row is None else SessionRow(**dict(row))


async def touch(session: Session, session_id: UUID) -> None:
    """Note that a session is used, once a minute."""
    await session.execute("web_session_touch", session_id)


async def prove(
    session: Session, user_id: UUID, session_id: UUID, digest: bytes, *, has_code: bool
) -> bool:
    """Note that the person of a session was seen, and give it another token; false if it ended."""
    row = await session.fetchrow("web_session_prove", user_id, session_id, digest, has_code)
    return row is not None


async def alive(session: Session, ids: Collection[UUID], idle_s: float) -> dict[UUID, Role]:
    """Give those of the sessions that hold, with the roles of their people."""
    rows = await session.fetch("web_sessions_alive", list(ids), idle_s)
    return {row["id"]: row["role"] for row in rows}


async def revoke(session: Session, user_id: UUID, session_id: UUID) -> bool:
    """End one session of a person; false when it was over, or is not this person's."""
    return await session.execute("web_session_revoke", user_id, session_id) > 0


async def revoke_all(session: Session, user_id: UUID, keep: UUID | None = None) -> int:
    """End every session of a person but one; give how many."""
    return await session.execute("web_session_revoke_all", user_id, keep)


async def page(session: Session, user_id: UUID) -> list[Record]:
    """List a person's sessions: id, user_agent, address, created_at, last_seen_at."""
    return await session.fetch("web_session_list", user_id)


async def factors(session: Session, user_id: UUID) -> list[Factor]:
    """List a person's second factors, the oldest first."""
    return [Factor(**dict(row)) for row in await session.fetch("factor_list", user_id)]


async def factor_insert(
    session: Session, factor_id: UUID, user_id: UUID, kind: str, secret: bytes, *, confirmed: bool
) -> None:
    """Write a factor."""
    await session.execute("factor_insert", factor_id, user_id, kind, "", secret, confirmed)


async def factor_use(session: Session, user_id: UUID, factor_id: UUID, step: int) -> bool:
    """Use a step up and confirm the factor; false when this step or a later one was used."""
    return await session.execute("factor_use", user_id, factor_id, step) > 0


async def spend_code(
    session: Session, user_id: UUID, factor_id: UUID, before: bytes, after: bytes
) -> bool:
    """Replace the list of recovery codes, if it still is `before`."""
    return await session.execute("factor_spend_code", user_id, factor_id, before, after) > 0


async def factors_drop(session: Session, user_id: UUID, *, unconfirmed_only: bool = False) -> None:
    """Forget a person's second factors, or only those that were never confirmed."""
    name = "factor_drop_unconfirmed" if unconfirmed_only else "factor_drop"
    await session.execute(name, user_id)
