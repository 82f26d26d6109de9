"""Run our command lines as a person would, and see what they print, write and leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
LIMIT_S = 100
GONE_S = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """Be a command that ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Read its output, which must be one JSON object on one line and nothing else."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self
        told = json.loads(lines[0])
        assert isinstance(told, dict)
        return told


class Command:
    """Be one `flatrender` (or another module) at work, in a session of its own."""

    def __init__(
        self,
        *words: str | Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        module: str = "orchestrator",
    ) -> None:
        argv = [*prefix, sys.executable, "-P", "-m", module, *map(str, words)]
        given = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        self.process = psutil.Popen(
            argv,
            cwd=cwd,
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def end(self, limit_s: float = LIMIT_S) -> Ran:
        """Wait for the end; a command that hangs is killed with its children and fails the test."""
        try:
            out, err = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.kill_all()
            out, err = self.process.communicate()
            raise AssertionError(f"the command hangs; it printed:\n{out}\n{err}") from None
        return Ran(self.process.returncode, out, err)

    def line_with(self, sign: str) -> str:
        """Read what it says on stderr up to the line that holds `sign`, and give that line."""
        seen: list[str] = []
        for line in self.process.stderr:
            seen.append(line)
            if sign in line:
                return str(line)
        raise AssertionError(f"{sign!r} was never said; it printed:\n{''.join(seen)}")

    def interrupt(self, *, group: bool) -> None:
        """Press Ctrl-C: a terminal tells the whole group, `kill -INT` one process."""
        if group:
            os.killpg(self.process.pid, signal.SIGINT)
        else:
            self.process.send_signal(signal.SIGINT)

    def kill_all(self) -> None:
        """Kill the command and all its children."""
        for process in [*self.process.children(recursive=True), self.process]:
            process.kill()


def own_home(folder: Path) -> dict[str, str]:
    """Name a person's home of a test's own: what an agent installs for its user stays there.

    Agents keep fonts when they end, so a shared home would carry them into other tests.
    """
    home = folder / "home"
    return {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}


def flatrender(
    *words: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
    limit_s: float = LIMIT_S,
) -> Ran:
    """Run `flatrender WORDS` to its end; it may not print a traceback."""
    ran = Command(*words, cwd=cwd, env=env, prefix=prefix).end(limit_s)
    assert "Traceback" not in ran.out + ran.err, ran.err
    return ran


def processes_of(folder: Path) -> list[psutil.Process]:
    """Find the live processes that name a folder in their words, place or environment."""
    sign, found = str(folder), []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except (psutil.Error, OSError):
            continue
        if process.pid != os.getpid() and any(sign in text for text in told):
            found.append(process)
    return found


def assert_nobody_left(folder: Path) -> None:
    """See that no process of a folder is alive; what is dying already may take a moment."""
    ends = time.monotonic() + GONE_S
    while (left := processes_of(folder)) and time.monotonic() < ends:
        psutil.wait_procs(left, timeout=0.2)
    assert [str(process) for process in left] == []


def assert_nothing_left(folder: Path) -> None:
    """See that no process of a folder is alive and that the folder is empty."""
    assert_nobody_left(folder)
    assert [path.name for path in folder.iterdir()] == []
