"""Make the time-ordered ids (UUIDv7) that everything outside the queue carries."""

from __future__ import annotations

import hashlib
import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Make a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(os.urandom(10), "big") >> 6
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 7 << 76 | (tail >> 62) << 64
    value |= 2 << 62 | (tail & (2**62 - 1))
    return UUID(int=value)


def id_of(seed: UUID, content: bytes) -> UUID:
    """Make the id that a seed and a content always give: a UUIDv7 of the seed's moment."""
    digest = hashlib.sha256(seed.bytes + content).digest()
    tail = int.from_bytes(digest[:10], "big") >> 6
    value = seed.int >> 80 << 80 | 7 << 76 | (tail >> 62) << 64 | 2 << 62 | (tail & (2**62 - 1))
    return UUID(int=value)
