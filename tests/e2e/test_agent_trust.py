"""The real agent and a server that does not accept it: for a while, or for good."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from node_agent.report.outbox import Outbox
from tests.fakes.farm_server import FarmServer, problem
from tests.support.agents import Agent, aep, bundle, farm_server, grant, render_spec, scripted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm, env=scripted(tmp_path / "engine", frame_s=0.1))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


async def at_work(agent: Agent, farm: FarmServer) -> None:
    """Start the agent and wait until it draws frames."""
    farm.grants.append(grant(bundle(farm, aep()), render_spec(), ttl_s=1.0))
    agent.start()
    await farm.until(lambda: any(report.stages for report in farm.progress))


def answering(farm: FarmServer, code: str) -> None:
    """Answer every call of an agent with 401 from now on."""

    async def rule(request: web.Request) -> web.Response | None:
        return problem(401, code) if request.path.startswith("/v1/agent/") else None

    farm.rules.append(rule)


@pytest.mark.parametrize("code", ["unauthorized", "unknown_node"])
async def test_an_agent_works_on_while_the_server_does_not_know_it(
    agent: Agent, farm: FarmServer, code: str
) -> None:
    await at_work(agent, farm)
    answering(farm, code)
    seen = len(farm.calls)
    await farm.until(lambda: len(farm.calls) > seen + 8)
    farm.rules.clear()
    await farm.until(lambda: (1, 1) in farm.results, 60)
    assert farm.results[1, 1].outcome == "succeeded"
    assert await agent.stop() == 0


async def test_an_agent_whose_credentials_were_taken_back_says_so_and_keeps_what_it_owes(
    agent: Agent, farm: FarmServer
) -> None:
    await at_work(agent, farm)
    answering(farm, "node_revoked")
    assert agent.process is not None
    assert await asyncio.to_thread(agent.process.wait, 60) == 1
    assert "credentials were revoked or replaced" in agent.log()
    assert "Traceback" not in agent.log()
    outbox = Outbox(agent.data / "agent" / "outbox.sqlite")
    assert [(lease.task_id, lease.attempt) for lease in outbox.held()] == [(1, 1)]
    outbox.close()
