"""Read what proves who calls: API keys by prefix, nodes by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Record, Session
from orchestrator.wire.resources import Scope


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Be one API key; `usable` is false once expired, revoked, or its tenant is not active."""

    id: UUID
    tenant_id: UUID
    name: str
    prefix: str
    secret_hash: bytes
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    usable: bool
    use_is_old: bool


@dataclass(frozen=True, slots=True)
class NodeCredential:
    """Tell whether a node may still sign, and with which key version."""

    key_version: int
    revoked: bool


def _key(row: Record) -> KeyRow:
    return KeyRow(**{**dict(row), "scopes": tuple(row["scopes"])})


async def key_find(session: Session, prefix: str) -> KeyRow | None:
    """Find a key by its public first part, usable or not."""
    row = await session.fetchrow("api_key_find", prefix)
    return None if row is None else _key(row)


async def key_touch(session: Session, key_id: UUID) -> None:
    """Note that a key was used now."""
    await session.execute("api_key_touch", key_id)


async def key_insert(
    session: Session,
    *,
    key_id: UUID,
    tenant_id: UUID,
    name: str,
    prefix: str,
    secret_hash: bytes,
    scopes: tuple[Scope, ...],
    expires_at: datetime | None,
) -> KeyRow | None:
    """Write a new key; None when the id exists already."""
    row = await session.fetchrow(
        "api_key_insert", key_id, tenant_id, name, prefix, secret_hash, list(scopes), expires_at
    )
    return None if row is None else _key(row)


async def key_page(
    session: Session, tenant_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[KeyRow]:
    """Give a tenant's keys, newest first, those before the given place."""
    at, last = before or (None, None)
    rows = await session.fetch("api_key_page", tenant_id, at, last, limit)
    return [_key(row) for row in rows]


async def key_revoke(session: Session, tenant_id: UUID, key_id: UUID) -> bool:
    """Take a key back at once; false when the tenant has no such key."""
    return await session.execute("api_key_revoke", tenant_id, key_id) > 0


async def node_credentials(
    session: Session, node_ids: Sequence[UUID]
) -> dict[UUID, NodeCredential]:
    """Read nodes' key versions and whether they were revoked or retired."""
    rows = await session.fetch("node_credential_get", list(node_ids))
    return {row["id"]: NodeCredential(row["secret_version"], row["revoked"]) for row in rows}


async def nodes_trusting(session: Session) -> int:
    """Count the nodes whose credentials hang on the server key."""
    count: int = await session.fetchval("node_credentials_count")
    return count
