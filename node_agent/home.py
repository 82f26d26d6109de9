"""The agent's data folder: its layout, its lock, and what a dead agent left in it."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from node_agent.errors import AgentError, Fatal
from node_agent.host.base import Host

_ATTEMPT = re.compile(r"\d+-\d+")


class AlreadyRunning(AgentError):
    """Say that another agent works in this data folder."""


def is_writable(folder: Path) -> bool:
    """Tell whether something can be made in a folder, by doing it."""
    probe = folder / ".probe"
    try:
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Home:
    """Name every place in the data folder."""

    root: Path

    @property
    def id(self) -> str:
        """Give the mark of this data folder's processes."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:16]

    @property
    def credentials(self) -> Path:
        """Hold the node's id and secret, readable by its owner only."""
        return self.root / "credentials.json"

    @property
    def token(self) -> Path:
        """Hold a one-time enrolment token that someone left for us."""
        return self.root / "enrolment_token"

    @property
    def outbox(self) -> Path:
        """Hold leases and unsent reports."""
        return self.root / "outbox.sqlite"

    @property
    def cache(self) -> Path:
        """Hold the bundles."""
        return self.root / "cache"

    @property
    def work(self) -> Path:
        """Hold one folder per attempt."""
        return self.root / "work"

    @property
    def marks(self) -> Path:
        """Hold one note per running child."""
        return self.root / "children"

    @property
    def fonts(self) -> Path:
        """Name the fonts that we installed on this machine."""
        return self.root / "fonts.json"

    @property
    def salvage(self) -> Path:
        """Hold verified frames of attempts that ended too early."""
        return self.root / "salvage"

    @property
    def preview(self) -> Path:
        """Be the home of the preview engine's user."""
        return self.root / "preview"

    def open(self, host: Host) -> FileLock:
        """Make the folder and take its lock; the caller keeps the lock while it works.

        Raises AlreadyRunning when another agent has it, Fatal when the folder cannot be made.
        """
        try:
            host.private(self.root)
            lock = FileLock(self.root / "agent.lock")
            lock.acquire(timeout=0)
            for folder in (self.cache, self.work, self.marks, self.preview):
                folder.mkdir(exist_ok=True)
        except Timeout as error:
            raise AlreadyRunning(
                f"Another agent already works in {self.root}. Stop it, or give another --data."
            ) from error
        except OSError as error:
            place = error.filename or self.root
            raise Fatal(
                f"The data folder {self.root} cannot be used: {place}: {error.strerror or error}. "
                "Mend that, or give a folder that this user may write to with --data."
            ) from error
        return lock

    def can_write(self) -> bool:
        """Tell whether work can be done here: the disk may have turned read only."""
        return is_writable(self.root)

    def left_over(self, held: Collection[str]) -> list[Path]:
        """Give attempts' folders that no lease holds: something still had a file of theirs open.

        Call it where no lease can begin in between.
        """
        try:
            folders = list(self.work.iterdir())
        except OSError:
            return []
        return [one for one in folders if one.name not in held and _ATTEMPT.fullmatch(one.name)]

    def sweep(self, keep: Callable[[Path], object]) -> int:
        """Remove the attempts' folders of a dead agent; give how many.

        `keep` sees each folder first and may move out of it what is worth keeping.
        """
        left = list(self.work.iterdir())
        for folder in left:
            keep(folder)
            shutil.rmtree(folder, ignore_errors=True)
        return len(left)
