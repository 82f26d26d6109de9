"""An attempt tells of its progress as often as the server asks for, and no oftener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from node_agent.home import Home
from node_agent.leases import Book
from node_agent.report.attempt import AttemptReporter
from node_agent.report.client import Client, Credentials
from node_agent.report.outbox import Outbox
from node_agent.session import Session
from node_agent.settings import Settings
from orchestrator.wire.agent import Capabilities, RegisterAnswer
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.tasks import BindTaskSpec, Grant
from tests.fakes.farm_server import NODE_ID, SECRET, FarmServer

GRANT = Grant(
    task_id=1,
    attempt=1,
    token="1." + "ab" * 16,
    lease_ttl_s=30,
    job_id=None,
    project_id=None,
    engine="preview",
    bundle=None,
    spec=BindTaskSpec(bind=BindSpec(mode="free", comp="main")),
)


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    farm = FarmServer()
    async with TestServer(farm.app()) as server:
        farm.url = str(server.make_url("")).rstrip("/")
        yield farm


@pytest.fixture
async def client(farm: FarmServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, farm.url, Credentials(NODE_ID, 1, SECRET))


async def test_between_two_reports_an_attempt_pauses_as_long_as_the_server_says(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    asked = asyncio.Event()
    pauses = iter((0.0, 0.0, 3600.0))

    def pause_s() -> float:
        told = next(pauses)
        reporter.stage("frames", len(farm.progress), 10)
        if told:
            asked.set()
        return told

    reporter = AttemptReporter(
        client,
        cast("Any", None),
        GRANT,
        tmp_path,
        preview_every_s=3600,
        patience_s=5,
        pause_s=pause_s,
    )
    talking = asyncio.create_task(reporter.talk())
    async with asyncio.timeout(60):
        await asked.wait()
    assert len(farm.progress) == 3, "it pauses now, for an hour"
    await reporter.last_words()
    assert farm.progress[-1].stages[0].done == 3, "what is left is told before the result"
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)


async def test_a_sign_of_life_brings_the_pace_of_reports(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    outbox = Outbox(home.outbox)
    book = Book(outbox)
    changes = SimpleNamespace(added=(), removed=())
    cache = SimpleNamespace(changes=lambda: changes, told=lambda _: None, can_write=lambda: True)
    tools = SimpleNamespace(cache=cache, settings=Settings(data_dir=tmp_path), engines=())
    able = Capabilities(cores=1, memory_bytes=1)
    session = Session(client, cast("Any", tools), book, outbox, home, able)
    session._answer = cast("RegisterAnswer", SimpleNamespace(session_id=uuid4()))
    assert book.report_s == 0.5
    farm.report_s = 50
    await session.beat()
    assert book.report_s == 50
    outbox.close()
