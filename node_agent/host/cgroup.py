"""Linux control groups: a child and all that it starts end by one word, where that is allowed.

Wants cgroup v2 with `cgroup.kill` (Linux 5.14) and our own group writable, which is so for root,
in containers, and under systemd with Delegate=yes. Elsewhere the other containment does alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

MOUNTS = Path("/proc/self/mountinfo")
OWN = Path("/proc/self/cgroup")
PREFIX = "flatrender-"
REMOVE_S = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """Be the control group of one child; `members` are the processes it was seen to hold."""

    folder: Path
    members: set[int] = field(default_factory=set)

    def kill(self) -> None:
        """End every process in the group; those being forked meanwhile too."""
        with contextlib.suppress(OSError, ValueError):
            self.members.update(map(int, (self.folder / "cgroup.procs").read_text().split()))
        with contextlib.suppress(OSError):
            (self.folder / "cgroup.kill").write_text("1")

    def remove(self) -> None:
        """End what is left and remove the group; the system takes a moment to empty it."""
        ends = time.monotonic() + REMOVE_S
        self.kill()
        while time.monotonic() < ends:
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
            else:
                return


@dataclass(frozen=True, slots=True)
class Cgroups:
    """Make control groups below our own."""

    own: Path
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def find(cls) -> Self | None:
        """Find our own group; None where we may not use it. Groups of dead agents are removed."""
        own = _own_folder()
        if own is None:
            return None
        probe = cls(own)._make()
        if probe is None:
            return None
        with_kill = (probe.folder / "cgroup.kill").exists()
        probe.remove()
        if not with_kill:
            return None
        for left in own.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                left.rmdir()
        return cls(own)

    def hold(self, pid: int) -> Group | None:
        """Put a process just started into a group of its own; None when that is refused.

        The move can take the kernel tens of milliseconds. What is forked before it stays outside
        and is left to the sweep by marks; engines fork seconds later.
        """
        group = self._make()
        if group is None:
            return None
        try:
            (group.folder / "cgroup.procs").write_text(str(pid))
        except OSError:
            group.remove()
            return None
        return group

    def _make(self) -> Group | None:
        folder = self.own / f"{PREFIX}{os.getpid()}-{next(self.numbers)}"
        try:
            folder.mkdir()
        except OSError:
            return None
        return Group(folder)


def _own_folder() -> Path | None:
    """Read where cgroup v2 is mounted and which group is ours."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
        groups = [line.split(":", 2) for line in OWN.read_text().splitlines()]
    except OSError:
        return None
    points = [words for words in mounts if "cgroup2" in words[words.index("-") :][1:2]]
    paths = [path for number, _, path in groups if number == "0"]
    if not points or not paths:
        return None
    root, point = points[0][3], Path(points[0][4])
    below = os.path.relpath(paths[0], root)
    own = Path(os.path.normpath(point / below))
    return own if own.is_dir() and own.is_relative_to(point) else None
