"""An agent that lives with its parent ends well whichever of the two is asked to end first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from node_agent.cli import APP

NOBODY = "http://127.0.0.1:9"
WORDS = ("-P", "-m", "node_agent", "run", "--server", NOBODY, "--with-parent", "--data")


@contextmanager
def waiting_agent(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Lend an agent that looks for a server that is not there; its output is in `stdout`."""
    agent = subprocess.Popen(
        [sys.executable, *WORDS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "FLATRENDER_AGENT_ENROLMENT_TOKEN": "t" * 20},
    )
    try:
        ends = time.monotonic() + 60
        while not (folder / "agent" / "outbox.sqlite").exists() and time.monotonic() < ends:
            time.sleep(0.02)
        yield agent
    finally:
        agent.kill()
        agent.communicate(timeout=10)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_sigterm_ends_an_agent_quietly_while_its_parent_lives(tmp_path: Path) -> None:
    with waiting_agent(tmp_path) as agent:
        agent.send_signal(signal.SIGTERM)
        assert agent.stdout is not None
        told = agent.stdout.read()
        assert (agent.wait(60), "Fatal" in told) == (0, False), told


def test_an_agent_ends_when_its_parent_closes_the_pipe(tmp_path: Path) -> None:
    with waiting_agent(tmp_path) as agent:
        assert agent.stdin is not None
        agent.stdin.close()
        agent.stdin = None
        assert agent.wait(60) == 0


def test_an_agent_that_a_disk_stops_names_the_place_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(*_given: object) -> None:
        raise OSError(30, "Read-only file system", str(tmp_path / "cache"))

    monkeypatch.setattr("node_agent.supervisor.run_agent", stopped)
    ran = CliRunner().invoke(APP, ["run", "--data", str(tmp_path), "--server", NOBODY])
    assert ran.exit_code == 1
    assert f"{tmp_path / 'cache'}: Read-only file system. Mend that" in ran.output
