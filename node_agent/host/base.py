"""What the agent asks of an operating system, and the process sweep that all of them share."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from orchestrator.wire.agent import Platform

MARK = "FLATRENDER_AGENT_CHILD"
"""Environment variable that marks every process of ours: `<home id>:<spawn id>`."""
SWEEPS = 40


@dataclass(frozen=True, slots=True)
class Installation:
    """Name one After Effects on this machine; `afterfx` are the programs that may run scripts.

    The one to be tried first stands first.
    """

    aerender: Path
    afterfx: tuple[Path, ...]


def _nothing() -> None:
    """Have nothing to give back."""


@dataclass(frozen=True, slots=True)
class Started:
    """Hold a started child and the way to end what the system groups with it.

    `release` gives back what the system set up for the child; the whole tree has ended then.
    """

    popen: subprocess.Popen[bytes]
    kill_group: Callable[[], None]
    release: Callable[[], None] = _nothing


class Host(Protocol):
    """Be one operating system."""

    platform: Platform
    kept_variables: frozenset[str]

    def prepare(self) -> None:
        """Ask the system, once per agent, to hand us the orphans of our children."""

    def start(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Started:
        """Start a contained child whose stdout and stderr are one pipe and whose stdin is empty."""

    def reap(self, pids: Iterable[int]) -> None:
        """Collect ended orphans that the system handed to us."""

    def installations(self) -> list[Installation]:
        """Find After Effects, the newest first."""

    def private(self, folder: Path) -> None:
        """Make a folder that only this user may enter."""

    def documents(self) -> Path | None:
        """Give the folder of this user's documents, where After Effects looks for its markers."""

    def answer_dialogs(self, pids: Collection[int]) -> list[str]:
        """Answer the known dialogs of these processes; give the titles of those answered."""

    def shortened(self, folder: Path) -> Path:
        """Give another, short name of a folder where the system's programs need one, else it."""

    def screenshot(self, target: Path) -> bool:
        """Write a small JPEG of the screen; False where there is none to be had."""


def marked(mark: str) -> list[psutil.Process]:
    """Find the processes whose mark begins with `mark`, ourselves left out."""
    found: list[psutil.Process] = []
    own = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid in own:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(mark):
                found.append(process)
    return found


def family(pid: int) -> list[psutil.Process]:
    """Give a process and all its descendants that are alive now."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def kill_marked(
    host: Host, mark: str, more: Iterable[psutil.Process] = (), *, waited_for: int | None = None
) -> int:
    """Kill every process that bears the mark, again until none is left; give how many it was.

    A killed orphan that the system handed to us stays a zombie until it is reaped. The child
    `waited_for` is left to whoever waits for its exit code.
    """
    victims: dict[int, psutil.Process] = {process.pid: process for process in more}
    for _ in range(SWEEPS):
        found = marked(mark)
        victims.update({process.pid: process for process in found})
        alive = [process for process in victims.values() if _is_alive(process)]
        if not alive:
            break
        for process in alive:
            with contextlib.suppress(psutil.Error, OSError):
                process.kill()
        host.reap(victims.keys() - {waited_for})
        time.sleep(0.02)
    host.reap(victims.keys() - {waited_for})
    return len(victims)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
