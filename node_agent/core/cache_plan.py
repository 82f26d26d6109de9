"""Which bundles leave the cache, and which the server is to hear of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RETELL_S = 600.0


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


def news(
    entries: Iterable[Entry], told: Mapping[str, Entry], most: int
) -> tuple[list[Entry], list[str]]:
    """Give the bundles that are new to the server, and the md5 of those that are gone.

    One that was used since is told again after ten minutes, so that the server's "last used"
    holds without a word per task. Of each kind at most `most`.
    """
    have = {entry.md5: entry for entry in entries}
    added = [
        entry
        for entry in have.values()
        if entry.md5 not in told or entry.used_at >= told[entry.md5].used_at + RETELL_S
    ]
    return added[:most], [md5 for md5 in told if md5 not in have][:most]
