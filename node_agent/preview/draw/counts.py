"""Counts what the preview could not draw or evaluate, by kind and place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MAX_PLACES = 20


@dataclass(slots=True)
class Counts:
    """Hold how often each kind was skipped, and the first places of each.

    A place counts once, however many frames show it.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, kind: str, place: str = "") -> None:
        """Count `kind` at `place` unless it was counted there before."""
        if (kind, place) in self._seen or len(self._seen) > 10_000:
            return
        self._seen.add((kind, place))
        self.kinds[kind] += 1
        known = self.places.setdefault(kind, [])
        if place and len(known) < MAX_PLACES:
            known.append(place[:200])

    def as_dict(self) -> dict[str, int]:
        """Give the totals, by kind in alphabetical order."""
        return dict(sorted(self.kinds.items()))
