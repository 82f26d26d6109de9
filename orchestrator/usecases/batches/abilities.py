"""Know which classes of tasks the node of each open session can serve."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar
from uuid import UUID

from orchestrator.core.scheduling.classes import Requirements, from_document, serves
from orchestrator.store.pool import Session
from orchestrator.store.render import sessions, tasks
from orchestrator.wire.agent import Capabilities, Platform

REMEMBERED = 20_000
K = TypeVar("K")
V = TypeVar("V")
BUNDLES = 20


class KnownNodes:
    """Remember what nodes can do, by session, and which bundles their caches name."""

    def __init__(self) -> None:
        self._classes: dict[int, Requirements] = {}
        self._nodes: dict[int, tuple[UUID, Platform, Capabilities]] = {}
        self._served: dict[int, tuple[int, ...]] = {}
        self._epochs: dict[int, int] = {}
        self._bundles: dict[str, int] = {}

    @property
    def count(self) -> int:
        """Give how many sessions are known."""
        return len(self._nodes)

    def lacks(self, count: int) -> bool:
        """Tell whether there are other classes than we know; they are never deleted."""
        return count != len(self._classes)

    async def learn_classes(self, session: Session) -> bool:
        """Read classes that are new; True when there are any: what nodes serve may change."""
        found = await tasks.unknown_classes(session, self._classes)
        for class_id, document in found:
            self._classes[class_id] = from_document(document)
        if found:
            self._served.clear()
        return bool(found)

    async def learn(self, session: Session, asked: Mapping[int, Collection[str]]) -> None:
        """Read what sessions can do, and the numbers of the bundles they name."""
        new = [number for number in asked if number not in self._nodes]
        if new:
            _make_room(self._nodes)
            for number, able in (await sessions.abilities(session, new)).items():
                capabilities = Capabilities.model_validate(able.capabilities, strict=False)
                self._nodes[number] = (able.node_id, able.platform, capabilities)
        named = {md5 for md5s in asked.values() for md5 in md5s if md5 not in self._bundles}
        _make_room(self._bundles)
        self._bundles.update(await tasks.bundle_ids(session, named))

    def note_epoch(self, number: int, epoch: int) -> None:
        """Remember the epoch of a session that was open a moment ago."""
        _make_room(self._epochs)
        self._epochs[number] = epoch

    def epoch(self, number: int) -> int | None:
        """Give the epoch of a session that was once open; None for one that we do not know."""
        return self._epochs.get(number) if number in self._nodes else None

    def served(self, number: int) -> tuple[int, ...]:
        """Give the classes that the node of a session can serve, in order."""
        if number not in self._served and number in self._nodes:
            _make_room(self._served)
            node_id, platform, able = self._nodes[number]
            self._served[number] = tuple(
                class_id
                for class_id in sorted(self._classes)
                if serves(able, platform, self._classes[class_id], node_id)
            )
        return self._served.get(number, ())

    def bundle_ids(self, md5s: Collection[str]) -> frozenset[int]:
        """Give the newest of the bundles named that we know."""
        known = sorted((self._bundles[md5] for md5 in md5s if md5 in self._bundles), reverse=True)
        return frozenset(known[:BUNDLES])


def _make_room(kept: dict[K, V]) -> None:
    """Forget the oldest half when it is too much: what is asked for again is read again."""
    if len(kept) > REMEMBERED:
        for key in list(kept)[: len(kept) // 2]:
            del kept[key]
