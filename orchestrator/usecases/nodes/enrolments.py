"""Make one-time tokens that let a new node enrol."""

from __future__ import annotations

import hashlib
import secrets

from orchestrator.store.audit import note_caller
from orchestrator.store.pool import Database
from orchestrator.store.render import nodes
from orchestrator.wire.resources import EnrolmentCreate, EnrolmentCreated


async def make_enrolment(
    db: Database, created_by: str, request: EnrolmentCreate
) -> EnrolmentCreated:
    """Make a token that ends in minutes; only its hash is kept, so it is shown this once."""
    token = f"fr_enrol_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(token.encode()).digest()
    async with db.transaction() as session:
        ends = await nodes.insert_enrolment(session, digest, created_by, request.ttl_s)
        await note_caller(session, "node.enrol_token", ("farm", "-"), None, ttl_s=request.ttl_s)
    return EnrolmentCreated(enrolment_token=token, expires_at=ends)
