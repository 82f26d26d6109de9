"""List and revoke a tenant's API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orchestrator.errors import NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import credentials
from orchestrator.store.pool import Database
from orchestrator.usecases.keys.make import key_info
from orchestrator.wire.resources import KeyInfo

MOST = 200


async def list_keys(
    db: Database, tenant_id: UUID, before: tuple[datetime, UUID] | None = None, limit: int = MOST
) -> list[KeyInfo]:
    """List a tenant's keys, the newest first, revoked ones too."""
    rows = await credentials.key_page(db.session(), tenant_id, before, limit)
    return [key_info(row) for row in rows]


async def revoke_key(db: Database, tenant_id: UUID, key_id: UUID) -> None:
    """Take a key back at once; raises NotFound."""
    async with db.transaction() as session:
        if not await credentials.key_revoke(session, tenant_id, key_id):
            raise NotFound("API key", key_id)
        await note_caller(session, "key.revoke", ("api_key", key_id), tenant_id)
