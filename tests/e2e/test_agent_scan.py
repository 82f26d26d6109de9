"""Full scans by the real agent: with a scripted engine for the faults, and on the whole farm."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestrator.wire.content.facts import ScanFacts
from orchestrator.wire.content.scanning import ScanOrder
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import ResultReport, ScanSpec
from tests.fakes.farm_server import FarmServer
from tests.support.agents import Agent, aep, bundle, farm_server, grant, scripted
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo" / "template.zip"
FACTS = {
    "version": 1,
    "ok": True,
    "engine_version": "26.0x67",
    "project": {
        "bits_per_channel": 8,
        "working_space": None,
        "linear_blending": False,
        "footage": [],
        "comps": [],
    },
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def begin(agent: Agent, farm: FarmServer, **scenario: Any) -> None:
    """Give the agent a scan to do with a scripted engine."""
    agent.env |= scripted(agent.data.parent / "engine", facts=FACTS, **scenario)
    farm.grants.append(grant(bundle(farm, aep()), ScanSpec()))
    agent.start()


async def ended(farm: FarmServer) -> ResultReport:
    await farm.until(lambda: (1, 1) in farm.results, 60)
    return farm.results[1, 1]


@posix
async def test_a_scan_hands_up_the_engines_facts(agent: Agent, farm: FarmServer) -> None:
    begin(agent, farm)
    told = await ended(farm)
    assert told.outcome == "succeeded", told.failure
    (output,) = told.outputs
    assert output.kind == "facts"
    assert json.loads(farm.uploads[output.key]) == FACTS
    assert ScanFacts.model_validate_json(farm.uploads[output.key]).ok


@posix
async def test_a_cancelled_scan_ends_the_engine_and_what_escaped_it(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    begin(agent, farm, scan_fault="open_hang", pid_file=str(pid))

    def opening() -> bool:
        return any(one.stage == "open" for told in farm.progress for one in told.stages)

    await farm.until(opening, 30)
    farm.lost.add((1, 1))
    beats = len(farm.beats)
    await farm.until(lambda: any(not beat.leases for beat in farm.beats[beats:]), 30)
    assert not psutil.pid_exists(int(pid.read_text()))
    assert farm.results == {}


@posix
@pytest.mark.parametrize(("fault", "limit"), [("launch_hang", "LAUNCH_S"), ("open_hang", "OPEN_S")])
async def test_an_engine_that_does_nothing_is_ended_by_the_watchdog(
    agent: Agent, farm: FarmServer, fault: str, limit: str
) -> None:
    agent.env[f"FLATRENDER_AGENT_{limit}"] = "1"
    begin(agent, farm, scan_fault=fault)
    told = await ended(farm)
    assert told.failure is not None
    assert told.failure.code == "scan_hang"
    assert fault.partition("_")[0] in told.failure.message


@posix
async def test_a_script_that_may_not_write_is_the_nodes_fault(
    agent: Agent, farm: FarmServer
) -> None:
    begin(agent, farm, scan_fault="no_result")
    told = await ended(farm)
    assert told.failure is not None
    assert (told.failure.failure_class, told.failure.code) == (
        FailureClass.NODE,
        "script_no_result",
    )
    assert "Allow Scripts to Write Files" in told.failure.message


async def test_a_full_scan_on_the_whole_farm_equals_the_quick_one(whole: WholeFarm) -> None:
    async with whole.client() as client:
        project = await client.create_project("full scan")
        await client.upload_bundle(project.id, DEMO)
        quick = await client.quick_scan(project.id)
        asked = await client.order_scan(ScanOrder(project_id=project.id, engine="preview"))
        async with asyncio.timeout(60):
            while (seen := await client.scan(asked.id)).finished_at is None:
                assert seen.phase != "ended"
                await asyncio.sleep(0.1)
    assert seen.failure is None
    assert seen.result is not None
    assert seen.result.full is not None
    for part in ("mode", "comps", "scenes", "shared_colors", "controls", "fonts", "ae_version"):
        assert getattr(seen.result, part) == getattr(quick, part), part
    assert seen.started_at is not None
