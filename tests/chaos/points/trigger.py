"""The link between harness and process: a point is armed by a file and taken by a rename."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Action = Literal["kill", "stop"]
FOLDER = "CHAOS_POINTS"
SEED = "CHAOS_SEED"
CHUNK_FRAMES = "CHAOS_CHUNK_FRAMES"
ARMED, SPRUNG, LOST, HITS = "armed.json", "sprung", "lost_commits", "hits.log"


@dataclass(frozen=True, slots=True)
class Point:
    """Be one named point: a door, and whose step through it is meant (one of `where`).

    `where` names a module of the caller below `orchestrator.` or `node_agent.`, or what the door
    itself tells: a call's name, a file's place.
    """

    door: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Say what is to happen at a point, after it was passed `skip` times."""

    point: str
    action: Action
    skip: int


class Remote:
    """Arm points of one process, from the harness; the folder outlives the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def arm(self, order: Order) -> None:
        """Lay an order ready in place of whatever lay there."""
        (self.folder / SPRUNG).unlink(missing_ok=True)
        draft = self.folder / "draft"
        draft.write_text(json.dumps(asdict(order)), "utf-8")
        draft.replace(self.folder / ARMED)

    def disarm(self) -> bool:
        """Take the order back; False when the process was faster and has obeyed it."""
        try:
            (self.folder / ARMED).unlink()
        except FileNotFoundError:
            return not self.is_sprung
        return True

    @property
    def is_sprung(self) -> bool:
        """Tell whether the process has come to the point."""
        return (self.folder / SPRUNG).exists()

    def lose_commits(self, share: float) -> None:
        """Let so many of all commits end with an error although they were done; 0 ends it."""
        (self.folder / LOST).write_text(str(share), "utf-8")

    def hits(self) -> list[str]:
        """Give the points that were obeyed, and `lost_commit` for each commit that was hidden."""
        with suppress(OSError):
            return (self.folder / HITS).read_text("utf-8").split()
        return []


class Trigger:
    """Stand at the doors inside the process, and do there what the harness ordered."""

    def __init__(self, folder: Path, points: dict[str, Point], seed: str) -> None:
        self._folder = folder
        self._points = points
        self._lock = threading.Lock()
        self._chance = random.Random(seed)
        self._known: tuple[int, int] | None = None
        self._order: Order | None = None
        self._left = 0

    @classmethod
    def of_environment(cls, points: dict[str, Point]) -> Trigger:
        """Make the trigger that the harness asked for; called once, by a wrapper."""
        return cls(Path(os.environ[FOLDER]), points, os.environ.get(SEED, ""))

    def passed(self, door: str, *told: str) -> None:
        """Note that somebody goes through a door; this may be the end of the process."""
        with self._lock:
            order = self._ordered()
            if order is None:
                return
            point = self._points[order.point]
            if point.door != door or not self._is_meant(point, told):
                return
            if self._left > 0:
                self._left -= 1
                return
            try:
                (self._folder / ARMED).rename(self._folder / SPRUNG)
            except FileNotFoundError:
                return  # Taken back a moment ago.
            self._order = None
            self._obey(order)

    def loses_commit(self) -> bool:
        """Draw whether a commit that was done is to look like a failure."""
        try:
            share = float((self._folder / LOST).read_text("utf-8"))
        except (OSError, ValueError):
            return False
        with self._lock:
            lost = self._chance.random() < share
            if lost:
                self._note("lost_commit")
        return lost

    def _ordered(self) -> Order | None:
        """Read the order that lies ready; None when there is none."""
        try:
            found = (self._folder / ARMED).stat()
        except FileNotFoundError:
            return None
        stamp = (found.st_ino, found.st_mtime_ns)
        if stamp != self._known:
            with suppress(OSError, ValueError):
                self._order = Order(**json.loads((self._folder / ARMED).read_text("utf-8")))
                self._known, self._left = stamp, self._order.skip
        return self._order

    @staticmethod
    def _is_meant(point: Point, told: tuple[str, ...]) -> bool:
        if not point.where or set(point.where) & set(told):
            return True
        return any(place in point.where for place in callers())

    def _obey(self, order: Order) -> None:
        self._note(f"{order.action}@{order.point}")
        os.kill(os.getpid(), signal.SIGKILL if order.action == "kill" else signal.SIGSTOP)

    def _note(self, words: str) -> None:
        with (self._folder / HITS).open("a", encoding="utf-8") as out:
            out.write(f"{words}\n")


def callers() -> Iterator[str]:
    """Name the modules of our own on the stack, innermost first, without the package's name.

    A coroutine that awaits another stands below it on the stack, as a caller does.
    """
    frame = sys._getframe(1)
    while frame is not None:
        package, _, module = str(frame.f_globals.get("__name__", "")).partition(".")
        if package in {"orchestrator", "node_agent"}:
            yield module
        if frame.f_back is None:
            return
        frame = frame.f_back
