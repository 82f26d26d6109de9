"""Which bundles leave the cache: the longest unused first, never one that is in use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """Describe one bundle in the cache; `used_at` in seconds since the epoch."""

    md5: str
    size_bytes: int
    used_at: float
    pinned: bool = False


def evictions(entries: Iterable[Entry], max_bytes: int, incoming_bytes: int = 0) -> list[str]:
    """Give the bundles to drop so that what stays and what comes fit; pinned ones always stay."""
    kept = sorted(entries, key=lambda entry: (entry.used_at, entry.md5))
    excess = sum(entry.size_bytes for entry in kept) + incoming_bytes - max_bytes
    leaving: list[str] = []
    for entry in kept:
        if excess <= 0:
            break
        if not entry.pinned:
            leaving.append(entry.md5)
            excess -= entry.size_bytes
    return leaving
