"""Read PostgreSQL's postmaster.pid and clear away what a killed server left behind."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil

from orchestrator.embedded.errors import EmbeddedError

LEFTOVER_WAIT_S = 10


@dataclass(frozen=True)
class PidFile:
    """What a postmaster wrote about itself: its pid, its TCP port and whether it is ready."""

    pid: int
    port: int | None
    ready: bool


def read_pidfile(pgdata: Path) -> PidFile | None:
    """Return the content of postmaster.pid, or None without one or with half of one.

    Lines 1, 4 and 8 are pid, port and state (PostgreSQL source, miscadmin.h).
    """
    try:
        lines = (pgdata / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return PidFile(pid, port, ready)


def postmaster_lives(pgdata: Path, pid: int) -> bool:
    """Tell whether that pid is a live server of this very data folder.

    A zombie is dead, and so is a number that another program wears by now.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return _serves(process, pgdata)
    except psutil.NoSuchProcess:
        return False


def clear_leftovers(pgdata: Path) -> None:
    """End what a killed postmaster left, so that a new one may start.

    Its children normally end by themselves within a moment; those that do not are ended,
    since two servers on one data folder would destroy it. A postmaster.pid whose number is
    now worn by a zombie or by a stranger is removed, as PostgreSQL would take it for alive.
    Raises EmbeddedError when a leftover cannot be ended.
    """
    left = [process for process in _postgres_processes() if _serves(process, pgdata)]
    _, alive = psutil.wait_procs(left, timeout=LEFTOVER_WAIT_S)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _, alive = psutil.wait_procs(alive, timeout=LEFTOVER_WAIT_S)
    if alive:
        numbers = ", ".join(str(process.pid) for process in alive)
        raise EmbeddedError(
            f"Processes {numbers} of a killed server still use {pgdata} and cannot be ended. "
            "End them by hand, or restart the machine."
        )
    found = read_pidfile(pgdata)
    if found is not None and psutil.pid_exists(found.pid):
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _postgres_processes() -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["name", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and str(process.info["name"]).startswith("postgres")
    ]


def _serves(process: psutil.Process, pgdata: Path) -> bool:
    """Tell whether a process works in this data folder; every server process does."""
    try:
        return Path(process.cwd()) == pgdata.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
        return False
