"""Make an API key."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from uuid import UUID

from orchestrator.errors import Conflict, Invalid
from orchestrator.ids import new_id
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import credentials
from orchestrator.store.identity.credentials import KeyRow
from orchestrator.store.pool import Database
from orchestrator.usecases.keys.check import secret_hash
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.resources import KeyCreated, KeyInfo, Scope

DEFAULT_TENANT = UUID("00000000-0000-0000-0000-000000000001")
_ALPHABET = string.ascii_lowercase + string.digits


async def make_key(
    db: Database,
    tenant_id: UUID,
    name: str,
    scopes: tuple[Scope, ...],
    *,
    expires_at: datetime | None = None,
    key_id: UUID | None = None,
) -> KeyCreated:
    """Make a key of a tenant and give its secret, this once.

    Raises Invalid for an expiry in the past, Conflict when `key_id` was made before.
    """
    if expires_at is not None and expires_at <= datetime.now(UTC):
        place = FieldProblem(
            code="in_the_past", place="expires_at", message="Give a time in the future."
        )
        raise Invalid("expires_at is in the past. Give a time in the future.", [place])
    prefix = "fr_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    async with db.transaction() as session:
        row = await credentials.key_insert(
            session,
            key_id=key_id or new_id(),
            tenant_id=tenant_id,
            name=name,
            prefix=prefix,
            secret_hash=secret_hash(secret),
            scopes=tuple(dict.fromkeys(scopes)),
            expires_at=expires_at,
        )
        if row is None:
            raise Conflict(
                "This key was made before and its secret is shown only once. "
                "Revoke it and make another.",
                "secret_shown_once",
            )
        detail = {"prefix": prefix, "scopes": " ".join(row.scopes)}
        about = ("api_key", row.id)
        await note_caller(session, "key.make", about, tenant_id, **detail)
    return KeyCreated(key=key_info(row), secret=f"{prefix}_{secret}")


def key_info(row: KeyRow) -> KeyInfo:
    """Describe a key without its secret."""
    return KeyInfo(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
