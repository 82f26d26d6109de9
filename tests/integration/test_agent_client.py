"""The signed client and the outbox against a server that misbehaves on demand."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from node_agent.errors import Fatal, LeaseLost, NotKnown, Refused, RetryLater
from node_agent.report.client import Client, Credentials
from node_agent.report.fetch import Wanted
from node_agent.report.logs import AttemptLog
from node_agent.report.outbox import Outbox, Sender
from orchestrator.wire.agent import HeldLease, LeaseRef
from orchestrator.wire.base import Empty
from orchestrator.wire.tasks import ProgressReport, ResultReport
from tests.fakes.farm_server import NODE_ID, SECRET, FarmServer, problem

TOKEN = "1." + "ab" * 16
PROGRESS = "/v1/agent/tasks/1/attempts/1/progress"
LEASE = LeaseRef(task_id=1, attempt=1)


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


def failing(times: int, reply: web.Response | None) -> object:
    left = [times]

    async def rule(request: web.Request) -> web.Response | None:
        if left[0] == 0:
            return None
        left[0] -= 1
        if reply is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    return rule


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def report() -> ProgressReport:
    return ProgressReport(token=TOKEN, stages=())


@pytest.mark.parametrize("reply", [None, problem(503, "unavailable"), problem(429, "too_many")])
async def test_a_call_that_fails_in_passing_is_made_again(
    farm: FarmServer, client: Client, reply: web.Response | None
) -> None:
    farm.rules.append(failing(2, reply))  # type: ignore[arg-type]
    await client.call(PROGRESS, report(), Empty)
    assert farm.calls.count(PROGRESS) == 3
    assert farm.unsigned == 0


async def test_a_call_that_never_goes_through_ends_with_retry_later(
    farm: FarmServer, client: Client
) -> None:
    farm.rules.append(failing(-1, problem(500, "internal")))  # type: ignore[arg-type]
    with pytest.raises(RetryLater, match="500 internal"):
        await client.call(PROGRESS, report(), Empty, patience_s=0.3)


async def test_a_clock_that_is_off_is_corrected_by_the_servers_time(
    farm: FarmServer, client: Client
) -> None:
    client.clock_offset_s = 7200.0
    await client.call(PROGRESS, report(), Empty)
    assert abs(client.clock_offset_s) < 5


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (problem(409, "lease_lost"), LeaseLost),
        (problem(401, "node_revoked"), Fatal),
        (problem(403, "forbidden"), Refused),
        (problem(422, "invalid"), Refused),
    ],
)
async def test_a_refusal_is_named_by_what_to_do_next(
    farm: FarmServer, client: Client, reply: web.Response, error: type[Exception]
) -> None:
    farm.rules.append(failing(1, reply))  # type: ignore[arg-type]
    with pytest.raises(error):
        await client.call(PROGRESS, report(), Empty)


@pytest.mark.parametrize("code", ["unauthorized", "unknown_node"])
async def test_a_server_that_lost_its_key_or_its_nodes_is_waited_for(
    farm: FarmServer, client: Client, code: str
) -> None:
    farm.rules.append(failing(1, problem(401, code)))  # type: ignore[arg-type]
    await client.call(PROGRESS, report(), Empty)
    farm.rules.append(failing(-1, problem(401, code)))  # type: ignore[arg-type]
    with pytest.raises(NotKnown, match="its key or its database"):
        await client.call(PROGRESS, report(), Empty, patience_s=0.2)


async def test_credentials_do_not_show_their_secret() -> None:
    assert "secret" not in repr(Credentials(NODE_ID, 1, SECRET))


async def test_a_download_that_breaks_goes_on_where_it_ended(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4096
    farm.objects["bundle"] = content
    broken = [True]

    async def half(request: web.Request) -> web.Response | None:
        if not broken[0]:
            assert request.headers["Range"] == f"bytes={len(content) // 2}-"
            return None
        broken[0] = False
        answer = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await answer.prepare(request)
        await answer.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.close()
        return answer  # type: ignore[return-value]

    farm.rules.append(half)
    target = tmp_path / "bundle.zip"
    await client.download(
        "/v1/objects/bundle",
        Wanted(target, len(content), hashlib.sha256(content).hexdigest()),
    )
    assert target.read_bytes() == content
    assert names(tmp_path) == ["bundle.zip"]


async def test_a_download_with_another_hash_never_appears(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    farm.objects["bundle"] = b"not what was announced"
    wanted = Wanted(tmp_path / "bundle.zip", 22, "0" * 64)
    with pytest.raises(RetryLater, match="sha256 differs"):
        await client.download("/v1/objects/bundle", wanted, patience_s=0.3)
    assert names(tmp_path) == []


async def test_a_log_goes_back_to_where_the_server_says_it_ends(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    log = AttemptLog(tmp_path / "log.txt")
    path = PROGRESS.replace("progress", "log")
    log.add(["one", "two"])
    await log.send(client, path, TOKEN, patience_s=5)
    farm.logs[1, 1] = "one\n"
    log.add(["three", "a\rforged line"])
    await log.send(client, path, TOKEN, patience_s=5)
    assert farm.logs[1, 1] == "one\ntwo\nthree\na forged line\n"
    assert not log.pending


def fill(outbox: Outbox) -> None:
    outbox.hold(HeldLease(task_id=1, attempt=1, token=TOKEN))
    outbox.put(LEASE, "progress", report())
    outbox.put(LEASE, "result", ResultReport(token=TOKEN, outcome="interrupted"))


async def test_reports_leave_in_order_and_a_result_ends_its_lease(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    fill(outbox)
    farm.rules.append(failing(1, problem(503, "unavailable")))  # type: ignore[arg-type]
    assert await Sender(outbox, client).send_all(patience_s=5)
    assert [call.rsplit("/", 1)[1] for call in farm.calls] == ["progress", "progress", "result"]
    assert outbox.waiting() == []
    assert outbox.held() == []
    outbox.close()


async def test_a_server_error_never_drops_a_report_and_a_refusal_drops_one_only(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    fill(outbox)
    farm.rules.append(failing(-1, problem(500, "internal")))  # type: ignore[arg-type]
    assert not await Sender(outbox, client).send_all(patience_s=0.3)
    assert len(outbox.waiting()) == 2
    farm.rules[:] = [failing(1, problem(422, "invalid"))]  # type: ignore[list-item]
    assert await Sender(outbox, client).send_all(patience_s=5)
    assert farm.progress == []
    assert farm.results[1, 1].outcome == "interrupted"
    outbox.close()


async def test_a_lost_lease_drops_everything_that_its_attempt_still_owed(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    fill(outbox)
    farm.lost.add((1, 1))
    sender = Sender(outbox, client)
    assert await sender.send_all(patience_s=5)
    assert outbox.waiting() == []
    assert outbox.held() == []
    assert farm.results == {}
    outbox.close()


def test_reports_survive_kill_9_right_after_they_were_put(tmp_path: Path) -> None:
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from tests.integration.test_agent_client import fill
from node_agent.report.outbox import Outbox
fill(Outbox(Path({str(tmp_path / "outbox.sqlite")!r})))
print("put", flush=True)
import time; time.sleep(600)
"""
    where = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={"PYTHONPATH": where}
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"put\n"
    child.kill()
    child.wait(10)
    child.stdout.close()
    outbox = Outbox(tmp_path / "outbox.sqlite")
    assert [report.call for report in outbox.waiting()] == ["progress", "result"]
    assert outbox.held()[0].token == TOKEN
    outbox.close()


def test_time_is_taken_from_the_server_once_it_was_corrected() -> None:
    client = Client.__new__(Client)
    client.clock_offset_s = 100.0
    assert abs(client.now() - time.time() - 100) < 5


def test_an_outbox_that_is_no_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"not a database, " * 100)
    with pytest.raises(Fatal, match=r"outbox\.sqlite.*[Mm]ove"):
        Outbox(path)


async def test_a_report_that_the_server_cannot_take_now_holds_up_no_other_attempt(
    farm: FarmServer, client: Client, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    other = HeldLease(task_id=2, attempt=1, token=TOKEN)
    arrived = asyncio.Event()

    async def first_waits_for_second(request: web.Request) -> web.Response | None:
        if "/tasks/2/" in request.path:
            arrived.set()
        else:
            await asyncio.wait_for(arrived.wait(), 60)
        return None

    farm.rules.append(first_waits_for_second)
    for lease in (HeldLease(task_id=1, attempt=1, token=TOKEN), other):
        outbox.hold(lease)
        outbox.put(lease, "progress", report())
    assert await Sender(outbox, client).send_all(patience_s=0.5)
    assert outbox.waiting() == []
    outbox.close()
