"""The embedded database of `serve` is started again, however often that fails first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from orchestrator.cli import farm
from orchestrator.cli.problems import CliError
from orchestrator.embedded import EmbeddedError


class Dying:
    """Be a database that cannot be started twice, then lives."""

    def __init__(self) -> None:
        self.starts = 0
        self.lives = asyncio.Event()

    def start(self, _pg: Path, *, binaries: Path | None) -> Any:
        assert binaries is None
        self.starts += 1
        if self.starts < 3:
            raise EmbeddedError(f"No room, try {self.starts}.")
        self.lives.set()
        return self

    def stop(self) -> None:
        self.lives.clear()


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Dying:
    made = Dying()
    monkeypatch.setattr(farm, "start", made.start)
    monkeypatch.setattr(farm, "read_pidfile", lambda _pgdata: None)
    monkeypatch.setattr(farm, "_RESTART_AFTER_S", 0.01)
    return made


async def test_a_server_tells_and_tries_until_its_database_lives(
    dying: Dying,
) -> None:
    told: list[str] = []
    async with farm.database_kept(Path("pg"), None, tell=told.append), asyncio.timeout(10):
        await dying.lives.wait()
    assert told[:3] == [
        "No room, try 1.",
        "No room, try 2.",
        "PostgreSQL had ended and was started again.",
    ]
    assert not dying.lives.is_set()


async def test_the_demo_ends_with_the_reason_at_once(dying: Dying) -> None:
    async with farm.database_kept(Path("pg"), None) as watch, asyncio.timeout(10):
        with pytest.raises(CliError, match="No room, try 1"):
            await watch
    assert dying.starts == 1
