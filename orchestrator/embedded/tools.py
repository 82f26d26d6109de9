"""Run the small PostgreSQL programs with a clean environment and a time limit."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from orchestrator.embedded.errors import EmbeddedError

EXE = ".exe" if sys.platform == "win32" else ""


def clean_environment(password_file: Path | None = None) -> dict[str, str]:
    """Return the whole environment of a PostgreSQL program.

    Nothing of ours is inherited: no PG* variable can redirect a tool and no secret leaks into
    a child. Messages come in English (LC_ALL=C) because some of them are recognised.
    """
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if sys.platform == "win32":
        kept = ("SYSTEMROOT", "TEMP", "TMP", "PATH")
        environment.update({name: os.environ[name] for name in kept if name in os.environ})
    if password_file is not None:
        environment["PGPASSFILE"] = str(password_file)
    return environment


def run_tool(
    command: Sequence[str | Path],
    *,
    timeout_s: float,
    password_file: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one program to its end and return its exit code and words.

    Raises EmbeddedError when it cannot be started or does not end within `timeout_s`. However
    the wait ends, nothing of the program stays behind: initdb runs others that outlive it.
    """
    words = [str(word) for word in command]
    try:
        process = subprocess.Popen(
            words,
            env=clean_environment(password_file),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise EmbeddedError(
            f"{command[0]} cannot be started: {error.strerror}. "
            "Install PostgreSQL 15 or newer, or point FLATRENDER_PG_BIN at its bin folder."
        ) from error
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise EmbeddedError(
            f"{command[0]} did not end within {timeout_s:.0f} s. "
            "The disk or the machine may be overloaded: try again when it is calmer."
        ) from error
    finally:
        _end(process)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _end(process: "subprocess.Popen[str]") -> None:
    """Kill a program and what it started, if it has not ended by itself."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
