"""The server's log tells what became of a job, by the ids of job, task, attempt and node."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from orchestrator import logs
from orchestrator.api.clients import events
from orchestrator.usecases.events import follow
from tests.support.farm import open_farm
from tests.support.server import running


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    out = io.StringIO()
    yield out
    logs.configure("console", "warning")


async def test_each_step_of_a_job_is_a_line_with_its_ids(
    database: str, tmp_path: Path, lines: io.StringIO
) -> None:
    logs.configure("json", "info", lines)
    async with open_farm(database, tmp_path) as farm:
        job = str(await farm.job("0-9"))
        node = await farm.node()
        for _ in range(2):
            grant = (await node.claim())[0]
            await (node.interrupt(grant) if grant.attempt == 1 else node.render(grant))
    told = [line for line in map(json.loads, lines.getvalue().splitlines()) if "job" in line]
    assert {line["job"] for line in told} == {job}
    leased = [line for line in told if line["event"] == "task_leased"]
    assert [(line["attempt"], line["node"]) for line in leased] == [
        (1, str(node.node_id)),
        (2, str(node.node_id)),
    ]
    states = [line["state"] for line in told if line["event"] == "job_moves"]
    assert states[-1] == "done"


async def test_a_request_names_its_caller_and_a_client_that_leaves_makes_no_traceback(
    database: str, tmp_path: Path, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(follow, "LOOK_EVERY_S", 0.01)
    async with open_farm(database, tmp_path / "farm") as farm:
        job = await farm.job("0-9")
    async with running(database, tmp_path / "server") as api:
        logs.configure("json", "info", lines)
        await api.call("GET", "/v1/renders")
        await api.with_key(None).call("GET", "/v1/renders")
        headers = {"Authorization": f"Bearer {api.key}"}
        async with aiohttp.ClientSession() as http:
            reply = await http.get(f"{api.base}/v1/renders/{job}/events", headers=headers)
            await reply.content.readany()
            reply.close()
        async with asyncio.timeout(60):
            while "/events" not in lines.getvalue():  # noqa: ASYNC110 - a log sets no event
                await asyncio.sleep(0.01)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    known = [line for line in told if line.get("path") == "/v1/renders"]
    assert [line.get("tenant", "none")[:8] for line in known] == ["00000000", "none"]
    assert [line for line in told if line["level"] == "error"] == []
