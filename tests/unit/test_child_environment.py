"""The demo's children get what they need of a person's shell, and none of its secrets."""

import json
import sys
from pathlib import Path

import pytest

from orchestrator.cli.farm import Child, environment

SHELL = {
    "AWS_SECRET_ACCESS_KEY": "s",
    "GITHUB_TOKEN": "s",
    "FLATRENDER_API_KEY": "s",
    "FLATRENDER_SERVER_KEY": "server",
    "FLATRENDER_AGENT_SLOTS": "agent",
    "LC_ALL": "both",
    "TMPDIR": "both",
}


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in SHELL.items():
        monkeypatch.setenv(name, text)


async def told(tmp_path: Path, env: dict[str, str]) -> dict[str, str]:
    """Start a child and read its own environment, as far as this test set it."""
    print_it = "import os, json; print(json.dumps(dict(os.environ)), flush=True)"
    child = Child("child", (sys.executable, "-c", print_it), tmp_path / "log", env)
    child.spawn()
    assert child.process is not None
    assert child.process.wait(30) == 0
    await child.stop()
    found = json.loads(child.log.read_text())
    return {name: text for name, text in found.items() if name in SHELL}


async def test_the_orchestrator_gets_its_settings_and_no_other_secret(tmp_path: Path) -> None:
    env = environment("FLATRENDER_", but=("FLATRENDER_AGENT_", "FLATRENDER_API_KEY"))
    assert "PATH" in env
    assert set((await told(tmp_path, env)).values()) == {"server", "both"}


async def test_the_agent_gets_nothing_of_the_servers(tmp_path: Path) -> None:
    assert set((await told(tmp_path, environment("FLATRENDER_AGENT_"))).values()) == {
        "agent",
        "both",
    }
