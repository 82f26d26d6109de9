"""Linux: where the preview engine runs; orphans come back to us and children die with us."""

from __future__ import annotations

import ctypes
import errno
import shutil
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from node_agent.host import posix
from node_agent.host.base import Installation, Started
from node_agent.host.cgroup import Cgroups
from orchestrator.wire.agent import Platform

_PR_SET_CHILD_SUBREAPER = 36
REAPS = 100


class LinuxHost:
    """Contain children by session, subreaper, their parent's death signal, and a control group."""

    platform: Platform = "linux"
    kept_variables = posix.KEPT_VARIABLES

    def __init__(self) -> None:
        self._setpriv = shutil.which("setpriv")
        self._cgroups = Cgroups.find()

    def prepare(self) -> None:
        """Become the subreaper, so that a double-forked grandchild becomes our child."""
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Started:
        """Start a child; call from the main thread, whose end would end the child too.

        Raises FileNotFoundError here, since the launcher would only exit with a code.
        """
        if shutil.which(argv[0]) is None:
            raise FileNotFoundError(errno.ENOENT, "no such program", argv[0])
        dies_with_us = (self._setpriv, "--pdeathsig", "KILL", "--") if self._setpriv else ()
        started = posix.start([*dies_with_us, *argv], cwd=cwd, env=env)
        group = self._cgroups.hold(started.popen.pid) if self._cgroups is not None else None
        if group is None:
            return started

        def kill_group() -> None:
            started.kill_group()
            group.kill()

        def release() -> None:
            # What the group ended was marked no more when the sweep looked: it is reaped here.
            group.remove()
            left = group.members - {started.popen.pid}
            for _ in range(REAPS):
                left = posix.reap(left)
                if not left:
                    break
                time.sleep(0.01)

        return Started(started.popen, kill_group, release)

    def reap(self, pids: Iterable[int]) -> None:
        """Collect ended orphans."""
        posix.reap(pids)

    def installations(self) -> list[Installation]:
        """Find nothing: Adobe makes no After Effects for Linux."""
        return []

    def documents(self) -> None:
        """Give none: no After Effects looks for its markers here."""

    def answer_dialogs(self, pids: Collection[int]) -> list[str]:
        """Answer nothing: the stand-ins show no windows."""
        del pids
        return []

    def shortened(self, folder: Path) -> Path:
        """Give the folder itself: names may be long here."""
        return folder

    def screenshot(self, target: Path) -> bool:
        """Take none: the stand-ins show no windows."""
        del target
        return False

    def private(self, folder: Path) -> None:
        """Make a folder that only this user may enter."""
        posix.private(folder)
