"""Locks that processes share: two agents, or an old one that is dying, never work on one bundle."""

from __future__ import annotations

import threading
from pathlib import Path

from filelock import FileLock, Timeout

DIGITS = 4


class Stripes:
    """Hold one of 65,536 locks for each bundle; more files than that never lie there.

    Two bundles of one stripe are held together: a second process waits for the first's render
    though it wants another bundle, so stripes are many. A lock that this process holds may be
    taken again, and is let go as often. The system lets go of them all when the process ends in
    any way. Safe to use from any thread.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._locks: dict[str, FileLock] = {}
        self._alone: set[str] = set()

    def take(self, md5: str, *, alone: bool = False) -> bool:
        """Take the lock of a bundle unless another process has it; never waits.

        Taken `alone` nobody in this process has it either, nor gets it meanwhile.
        """
        stripe = md5[:DIGITS]
        with self._guard:
            lock = self._lock(stripe)
            if stripe in self._alone or (alone and lock.is_locked):
                return False
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
            if alone:
                self._alone.add(stripe)
            return True

    def let_go(self, md5: str) -> None:
        """Let go of it once."""
        stripe = md5[:DIGITS]
        with self._guard:
            self._alone.discard(stripe)
            self._locks[stripe].release()

    def _lock(self, stripe: str) -> FileLock:
        lock = self._locks.get(stripe)
        if lock is None:
            lock = FileLock(self._folder / f"{stripe}.lock", thread_local=False)
            self._locks[stripe] = lock
        self._folder.mkdir(parents=True, exist_ok=True)
        return lock
