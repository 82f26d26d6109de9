"""The real agent process when its machine is not fit, and when it is told to begin anew."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.farm_server import FarmServer
from tests.support.agents import Agent, farm_server, scripted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")
CLAIM = "/v1/agent/claim"


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm, scripted(tmp_path / "engine"))
    farm.heartbeat_s = 0.05
    yield made.start()
    assert await made.stop() == 0


async def _no_claims_for(farm: FarmServer, beats: int) -> None:
    """Hear so many signs of life, and no claim between them."""
    seen, claims = len(farm.beats), farm.calls.count(CLAIM)
    await farm.until(lambda: len(farm.beats) >= seen + beats)
    assert farm.calls.count(CLAIM) == claims


def _move(program: Path, to: Path) -> None:
    program.rename(to)


def _cut_off(folder: Path) -> None:
    """Put a file where a folder was, also when the agent makes the folder anew in between."""
    for number in range(100):
        folder.rename(folder.with_suffix(f".{number}"))
        with suppress(FileExistsError):
            folder.touch(exist_ok=False)
            return
    raise AssertionError("the agent is always faster")


async def test_an_engine_that_went_away_stops_claims_until_it_is_back(
    agent: Agent, farm: FarmServer
) -> None:
    await farm.until(lambda: CLAIM in farm.calls)
    program = Path(agent.env["FLATRENDER_AGENT_AERENDER"])
    _move(program, program.with_suffix(".gone"))
    await farm.until(lambda: farm.conditions == ("engine_missing",))
    await farm.until(lambda: farm.calls[-6:].count(CLAIM) == 0)
    await _no_claims_for(farm, 5)
    _move(program.with_suffix(".gone"), program)
    claims = farm.calls.count(CLAIM)
    await farm.until(lambda: farm.calls.count(CLAIM) > claims)


async def test_a_cache_that_cannot_be_written_stops_claims_until_it_can(
    agent: Agent, farm: FarmServer
) -> None:
    await farm.until(lambda: CLAIM in farm.calls)
    cache = next(agent.data.glob("**/cache"))
    _cut_off(cache)
    await farm.until(lambda: farm.conditions == ("disk_unwritable",))
    await farm.until(lambda: farm.calls[-6:].count(CLAIM) == 0)
    await _no_claims_for(farm, 5)
    cache.unlink()
    claims = farm.calls.count(CLAIM)
    await farm.until(lambda: farm.calls.count(CLAIM) > claims)


async def test_an_agent_that_is_told_to_begin_anew_looks_for_engines_and_registers_again(
    agent: Agent, farm: FarmServer
) -> None:
    farm.settings["recycle"] = "crash 1"
    await farm.until(lambda: len(farm.beats) > 3)
    assert len(farm.registers) == 1, "what was asked of the one before is no reason"
    farm.settings["recycle"] = "crash 2"
    await farm.until(lambda: len(farm.registers) == 2)
    seen, claims = len(farm.beats), farm.calls.count(CLAIM)
    await farm.until(lambda: len(farm.beats) > seen + 3 and farm.calls.count(CLAIM) > claims)
    assert len(farm.registers) == 2
    assert farm.registers[0].instance_id != farm.registers[1].instance_id
    assert farm.registers[1].capabilities.engines == farm.registers[0].capabilities.engines
