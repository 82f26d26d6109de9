"""macOS: written from Adobe's and Apple's documents; not yet proven on a Mac."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from node_agent.host import macos_dialogs, posix, screen
from node_agent.host.base import Installation, Started
from orchestrator.wire.agent import Platform

LOOK_EVERY_S = 5.0
_APPLICATIONS = Path("/Applications")


class MacHost:
    """Contain children by session and by the mark in their environment."""

    platform: Platform = "macos"
    kept_variables = posix.KEPT_VARIABLES | {"__CF_USER_TEXT_ENCODING"}

    def __init__(self) -> None:
        self._looked_at = float("-inf")

    def prepare(self) -> None:
        """Do nothing: macOS has no subreaper; the sweep by mark finds orphans."""

    def start(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Started:
        """Start a child as the leader of its own session."""
        return posix.start(argv, cwd=cwd, env=env)

    def reap(self, pids: Iterable[int]) -> None:
        """Collect ended children."""
        posix.reap(pids)

    def installations(self) -> list[Installation]:
        """Find `/Applications/Adobe After Effects */aerender`, the newest name first."""
        found = []
        for aerender in sorted(_APPLICATIONS.glob("Adobe After Effects*/aerender"), reverse=True):
            apps = sorted(aerender.parent.glob("Adobe After Effects*.app"))
            found.append(Installation(aerender, tuple(apps[:1])))
        return found

    def documents(self) -> Path:
        """Give ~/Documents."""
        return Path.home() / "Documents"

    def answer_dialogs(self, pids: Collection[int]) -> list[str]:
        """Press what the table names, where a person gave the right of accessibility.

        Each look takes a moment in which the agent does nothing else, so they are seldom.
        """
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return []
        self._looked_at = now
        return macos_dialogs.answer(pids)

    def shortened(self, folder: Path) -> Path:
        """Give the folder itself: names may be long here."""
        return folder

    def screenshot(self, target: Path) -> bool:
        """Photograph the main screen."""
        return screen.of_macos(target)

    def private(self, folder: Path) -> None:
        """Make a folder that only this user may enter."""
        posix.private(folder)
