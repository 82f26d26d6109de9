"""Check an API key."""

from __future__ import annotations

import hashlib
import hmac
import re
from contextlib import suppress

from orchestrator.errors import Unauthorized, Unavailable
from orchestrator.store.identity import credentials
from orchestrator.store.identity.credentials import KeyRow
from orchestrator.store.pool import Database

KEY = re.compile(r"(fr_[a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_NOBODY = hashlib.sha256(b"").digest()


def secret_hash(secret: str) -> bytes:
    """Hash the secret part; it has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()


async def check_key(db: Database, token: str) -> KeyRow:
    """Give the row of a valid key.

    Raises Unauthorized with one sentence for every reason, so that nothing can be probed.
    """
    match = KEY.fullmatch(token)
    row = await credentials.key_find(db.session(), match[1]) if match is not None else None
    given = secret_hash(match[2] if match is not None else "")
    fits = hmac.compare_digest(given, row.secret_hash if row is not None else _NOBODY)
    if row is None or not fits or not row.usable:
        raise Unauthorized(
            "The API key is not valid: unknown, expired or revoked. Ask for a new one.",
            "invalid_key",
        )
    if row.use_is_old:
        with suppress(Unavailable):  # A database that takes no writes still answers questions.
            await credentials.key_touch(db.session(), row.id)
    return row
