"""What Linux and macOS share: sessions, signals to a group, waiting for orphans."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from node_agent.host.base import Started

KEPT_VARIABLES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}
)


def start(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Started:
    """Start a child as the leader of its own session."""
    popen = subprocess.Popen(
        argv,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )

    def kill_group() -> None:
        if sys.platform != "win32":
            import signal

            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(popen.pid, signal.SIGKILL)

    return Started(popen, kill_group)


def reap(pids: Iterable[int]) -> set[int]:
    """Collect ended children among `pids`, leave alone what is not ours, give what goes on."""
    going_on: set[int] = set()
    if sys.platform != "win32":
        for pid in pids:
            with contextlib.suppress(ChildProcessError, OSError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    going_on.add(pid)
    return going_on


def private(folder: Path) -> None:
    """Make a folder with mode 0700; one that exists keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def limit_memory(size_bytes: int) -> None:
    """Bound our own address space, and that of all our children, where the system knows how.

    macOS takes the word and does nothing; Windows has none for a process that runs already.
    """
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = size_bytes if hard == resource.RLIM_INFINITY else min(size_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
