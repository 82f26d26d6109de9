"""`flatrender render` says why nothing happens, in the farm's own words."""

import json
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from orchestrator.cli.watch import ask_why
from orchestrator.client import FarmClient
from orchestrator.wire.waiting import TaskWait, WaitReport

JOB = UUID(int=1)
WAIT = TaskWait(task_id=1, kind="render", state="queued", code="no_node", message="No node.")


@pytest.mark.parametrize(
    ("report", "is_told"),
    [
        (WaitReport(message="No node.", tasks=(WAIT,)), True),
        (WaitReport(message="No node.", tasks=(WAIT,), at_work=1), False),
        (WaitReport(message="Nothing of this render waits."), False),
    ],
)
async def test_the_farm_is_asked_and_only_a_job_that_nobody_works_on_waits(
    report: WaitReport, is_told: bool
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(json.loads(report.model_dump_json()))

    app = web.Application()
    app.router.add_get(f"/v1/renders/{JOB}/why", answer)
    async with TestServer(app) as server, FarmClient(str(server.make_url("")), "key") as client:
        assert (await ask_why(client, JOB) == report) == is_told
