"""Read and write people of the farm: their rows, passwords and one-time links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.core.accounts import Role
from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Be what is known of a person who says who they are."""

    id: UUID
    tenant_id: UUID
    email: str
    display_name: str
    password_hash: str | None
    role: Role
    locale: str


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Be a person to write; `password_hash` is argon2id, encoded, or None."""

    id: UUID
    tenant_id: UUID
    email: str
    display_name: str
    password_hash: str | None
    role: Role
    locale: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Be one person in the list."""

    id: UUID
    tenant_id: UUID
    email: str
    display_name: str
    role: Role
    locale: str
    state: str
    last_seen_at: datetime | None
    created_at: datetime
    has_totp: bool


async def insert(session: Session, person: NewPerson) -> bool:
    """Write a person; false when the tenant has one with this address."""
    row = await session.fetchrow(
        "user_insert",
        person.id,
        person.tenant_id,
        person.email,
        person.display_name,
        person.password_hash,
        person.role,
        person.locale,
    )
    return row is not None


async def by_email(session: Session, tenant_id: UUID, email: str) -> SigningIn | None:
    """Find an active person by address, whatever its case."""
    row = await session.fetchrow("user_by_email", tenant_id, email)
    return None if row is None else SigningIn(**dict(row))


async def get(session: Session, tenant_id: UUID, user_id: UUID) -> Record | None:
    """Read one person."""
    return await session.fetchrow("user_get", tenant_id, user_id)


async def page(session: Session, tenant_id: UUID) -> list[PersonRow]:
    """List a tenant's people by address, 500 at most."""
    return [PersonRow(**dict(row)) for row in await session.fetch("user_list", tenant_id)]


async def admins(session: Session, tenant_id: UUID) -> int:
    """Count the active admins and lock them."""
    count: int = await session.fetchval("user_admins_count", tenant_id)
    return count


async def set_role(session: Session, tenant_id: UUID, user_id: UUID, role: Role) -> bool:
    """Change what a person may do."""
    return await session.execute("user_set_role", tenant_id, user_id, role) > 0


async def set_state(session: Session, tenant_id: UUID, user_id: UUID, state: str) -> bool:
    """Suspend a person (`suspended`) or let them in again (`active`)."""
    return await session.execute("user_set_state", tenant_id, user_id, state) > 0


async def set_locale(session: Session, tenant_id: UUID, user_id: UUID, locale: str) -> bool:
    """Change the language of a person's pages."""
    return await session.execute("user_set_locale", tenant_id, user_id, locale) > 0


async def set_password(session: Session, tenant_id: UUID, user_id: UUID, encoded: str) -> bool:
    """Write a new hash."""
    return await session.execute("user_set_password", tenant_id, user_id, encoded) > 0


async def password_hash(session: Session, tenant_id: UUID, user_id: UUID) -> str | None:
    """Read a person's hash."""
    found: str | None = await session.fetchval("user_password_hash", tenant_id, user_id)
    return found


async def signed_in(session: Session, user_id: UUID) -> None:
    """Note that a person came in."""
    await session.execute("user_signed_in", user_id)


async def link_insert(
    session: Session, link_id: UUID, user_id: UUID, digest: bytes, ttl_s: int
) -> None:
    """Write a one-time link."""
    await session.execute("sign_in_link_insert", link_id, user_id, digest, float(ttl_s))


async def link_use(session: Session, digest: bytes) -> tuple[UUID, UUID] | None:
    """Use a link up; give (user id, tenant id), None for one that is used, ended or unknown."""
    row = await session.fetchrow("sign_in_link_use", digest)
    return None if row is None else (row["id"], row["tenant_id"])
