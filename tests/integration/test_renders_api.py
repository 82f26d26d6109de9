"""Renders over HTTP: order, refuse with every problem, list, cancel, retry, follow."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest
from PIL import Image

from orchestrator.api.clients import events
from orchestrator.client import FarmClient
from orchestrator.client.sse import Sse
from orchestrator.client.sse import events as sse_events
from orchestrator.errors import TooMany
from orchestrator.store.render import moves
from orchestrator.usecases.jobs.moves import move
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.usecases.renders.submit import submit
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.renders import JobEvent, RenderChange, RenderOrder
from tests.fakes.rifx import CompSpec, LayerSpec, color_control, comps, footage
from tests.support.server import Api, another_tenant, running


async def template(api: Api) -> str:
    """Upload and scan a template of mode fix; give its project."""
    final = CompSpec(
        "frfinal",
        (
            LayerSpec("frl_c1t1", text="Hello"),
            LayerSpec("frl_c1m1", source_id=9),
            LayerSpec("colors", effects=(color_control("main", (1, 2, 3)),)),
        ),
        641,
        360,
    )
    share = CompSpec("frshare", (LayerSpec("frd_maincolor", text="255,0,0,255"),), 100, 100)
    content = comps(final, share, extra=(footage(9, "/x/pic.png", "frl_c1m1"),))
    made = await api.call("POST", "/v1/projects", json={"name": "p"})
    project = str(made.json["id"])
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)
    assert sent.code == 201, sent.json
    return project


async def picture(api: Api) -> str:
    """Send a picture; give its file id."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (1, 2, 3)).save(out, "PNG")
    return str((await api.upload("/v1/files", "x.png", out.getvalue())).json["id"])


def fields(**values: Any) -> list[dict[str, Any]]:
    """Write the values of scene 1 as an order has them."""
    return [{"key": "1", "values": [{"key": k, "value": v} for k, v in values.items()]}]


async def scene_of(api: Api, project: str) -> dict[str, Any]:
    """Give the template's first scene."""
    scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
    return dict(scan.json["scenes"][0])


async def ordered(api: Api, project: str, **given: Any) -> Any:
    """Order a render that is accepted."""
    answer = await api.call("POST", "/v1/renders", json={"project_id": project, **given})
    assert answer.code == 201, answer.json
    return answer.json


async def test_an_order_becomes_a_job_with_one_task_in_the_queue(api: Api) -> None:
    project = await template(api)
    scene = await scene_of(api, project)
    keys = {element["kind"]: element["key"] for element in scene["elements"]}
    file_id = await picture(api)
    scenes = [
        {
            "key": scene["key"],
            "values": [
                {"key": keys["text"], "value": "سلام"},
                {"key": keys["media"], "value": {"file_id": file_id}},
            ],
        }
    ]
    render = await ordered(api, project, scenes=scenes, frames="0-11", engine="preview")
    shown = {key: render[key] for key in ("state", "plan", "engine", "comp", "frames", "width")}
    assert shown == {
        "state": "queued",
        "plan": "single",
        "engine": "preview",
        "comp": "frfinal",
        "frames": "0-11",
        "width": 640,
    }
    assert (render["frames_total"], render["fps"]) == (12, {"num": 25, "den": 1})
    tasks = (await api.call("GET", f"/v1/renders/{render['id']}/tasks")).json["data"]
    assert [(task["kind"], task["state"], task["frames"]) for task in tasks] == [
        ("render", "queued", "0-11")
    ]
    connection = await asyncpg.connect(api.dsn)
    try:
        spec, inputs, ready = await connection.fetchrow(
            "SELECT t.spec, t.inputs, q.ready FROM render.tasks t "
            "JOIN render.task_queue q USING (id) WHERE t.job_id = $1",
            UUID(render["id"]),
        )
    finally:
        await connection.close()
    assert ready
    assert f"media/{file_id}.png" in spec
    assert f"media/{file_id}.png" in inputs


async def test_every_problem_of_an_order_is_listed_at_once(api: Api) -> None:
    project = await template(api)
    scene = (await scene_of(api, project))["key"]
    sound = str(uuid4())
    order = {
        "project_id": project,
        "scenes": [
            {"key": scene, "values": [{"key": "nothing", "value": "x"}]},
            {"key": "no scene"},
        ],
        "colors": [{"key": "nope", "value": "#ff0000"}],
        "audio": {"music": {"file_id": sound}},
        "frames": "0-5000",
        "output": {"aspect": "1:1"},
    }
    answer = await api.call("POST", "/v1/renders", json=order)
    assert (answer.code, answer.json["code"]) == (422, "bad_order")
    codes = {problem["code"] for problem in answer.json["problems"]}
    assert codes == {
        "unknown_key",
        "unknown_scene",
        "unknown_color",
        "unknown_file",
        "frames_outside",
        "wrong_aspect",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"colors": [{"key": "main", "value": "red"}]}, "string_pattern_mismatch"),
        ({"comp": "missing"}, "comp_missing"),
        ({"engine": "blender"}, "literal_error"),
        ({"frames": "9-3"}, "value_error"),
        ({"frames": "1,5"}, "value_error"),
        ({"output": {"width": 100, "height": 2000}}, "wrong_aspect"),
        ({"surprise": 1}, "extra_forbidden"),
    ],
)
async def test_a_wrong_order_is_refused_with_its_place(
    api: Api, change: dict[str, Any], code: str
) -> None:
    project = await template(api)
    answer = await api.call("POST", "/v1/renders", json={"project_id": project, **change})
    assert answer.code == 422
    assert code in {problem["code"] for problem in answer.json["problems"]}


async def test_a_file_of_the_wrong_kind_or_of_another_tenant_is_refused(api: Api) -> None:
    project = await template(api)
    audio = {"audio": {"music": {"file_id": await picture(api)}}}
    kind = await api.call("POST", "/v1/renders", json={"project_id": project, **audio})
    assert kind.json["problems"][0]["code"] == "wrong_file_kind"
    _, other = await another_tenant(api)
    audio = {"audio": {"music": {"file_id": await picture(other)}}}
    theirs = await api.call("POST", "/v1/renders", json={"project_id": project, **audio})
    assert theirs.json["problems"][0]["code"] == "unknown_file"


async def test_a_project_without_template_cannot_be_rendered(api: Api) -> None:
    made = await api.call("POST", "/v1/projects", json={"name": "p"})
    answer = await api.call("POST", "/v1/renders", json={"project_id": made.json["id"]})
    assert (answer.code, answer.json["code"]) == (409, "no_bundle")
    answer = await api.call("POST", "/v1/renders", json={"project_id": str(uuid4())})
    assert (answer.code, answer.json["code"]) == (404, "not_found")


async def test_the_same_idempotency_key_makes_one_job(api: Api) -> None:
    body = {"project_id": await template(api), "frames": "0-3"}
    headers = {"Idempotency-Key": "job-1"}
    first = await api.call("POST", "/v1/renders", json=body, headers=headers)
    again = await api.call("POST", "/v1/renders", json=body, headers=headers)
    assert (again.code, again.json["id"]) == (201, first.json["id"])
    listed = (await api.call("GET", "/v1/renders")).json["data"]
    assert [one["id"] for one in listed].count(first.json["id"]) == 1
    tasks = (await api.call("GET", f"/v1/renders/{first.json['id']}/tasks")).json["data"]
    assert len(tasks) == 1


async def test_the_quota_of_unfinished_renders_is_kept(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, quota_active_jobs=1) as api:
        project = await template(api)
        first = await ordered(api, project)
        refused = await api.call("POST", "/v1/renders", json={"project_id": project})
        assert (refused.code, refused.json["code"]) == (429, "quota_jobs")
        await api.call("POST", f"/v1/renders/{first['id']}/cancel")
        await ordered(api, project)


async def test_an_order_sent_again_is_not_refused_for_its_own_place_in_the_quota(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path, quota_active_jobs=1) as api:
        order = RenderOrder(project_id=UUID(await template(api)), frames="0-3")
        job = uuid4()
        for _ in range(2):
            await submit(api.deps, DEFAULT_TENANT, None, job, order)
        with pytest.raises(TooMany):
            await submit(api.deps, DEFAULT_TENANT, None, uuid4(), order)


async def test_orders_at_the_same_moment_do_not_pass_the_quota_together(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path, quota_active_jobs=2) as api:
        body = {"project_id": await template(api), "frames": "0-3"}
        orders = (api.call("POST", "/v1/renders", json=body) for _ in range(8))
        codes = sorted(answer.code for answer in await asyncio.gather(*orders))
        assert codes == [201] * 2 + [429] * 6
        listed = (await api.call("GET", "/v1/renders")).json["data"]
        assert len(listed) == 2


async def test_cancel_and_retry_answer_the_state_or_a_conflict(api: Api) -> None:
    project = await template(api)
    first = (await ordered(api, project))["id"]
    assert (await api.call("POST", f"/v1/renders/{first}/retry")).code == 409
    for _ in range(2):
        answer = await api.call("POST", f"/v1/renders/{first}/cancel")
        assert (answer.code, answer.json["state"]) == (200, "cancelled")
    second = (await ordered(api, project))["id"]
    await fail(api, second)
    failed = (await api.call("GET", f"/v1/renders/{second}")).json
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "test_failure")
    assert (await api.call("POST", f"/v1/renders/{second}/cancel")).code == 409
    answer = await api.call("POST", f"/v1/renders/{second}/retry")
    assert (answer.code, answer.json["state"], answer.json["failure"]) == (200, "queued", None)


async def test_a_render_takes_a_priority_and_a_deadline_and_gives_it_up_again(api: Api) -> None:
    made = await ordered(api, await template(api), priority=40)
    job, at = UUID(made["id"]), datetime(2030, 1, 2, tzinfo=UTC)
    assert api.key is not None
    async with FarmClient(api.base, api.key) as client:
        changed = await client.change(job, RenderChange(priority=60, deadline_at=at))
        assert (changed.priority, changed.deadline_at) == (60, at)
        changed = await client.change(job, RenderChange(priority=30))
        assert (changed.priority, changed.deadline_at) == (30, at)
        changed = await client.change(job, RenderChange(deadline_at=None))
        assert (changed.priority, changed.deadline_at) == (30, None)
    refused = await api.call("PATCH", f"/v1/renders/{job}", json={"priority": 101})
    assert refused.code == 422
    await api.call("POST", f"/v1/renders/{job}/cancel")
    refused = await api.call("PATCH", f"/v1/renders/{job}", json={"priority": 1})
    assert refused.code == 409


async def fail(api: Api, job_id: str) -> None:
    """Fail a job as the queue would."""
    failure = Failure(failure_class=FailureClass.TEMPLATE, code="test_failure", message="It broke.")
    async with api.deps.db.transaction() as session:
        await moves.lock(session, UUID(job_id))
        assert await move(session, UUID(job_id), "fail", failure=failure)


async def test_lists_filter_by_state_and_page(api: Api) -> None:
    project = await template(api)
    ids = [(await ordered(api, project))["id"] for _ in range(3)]
    await api.call("POST", f"/v1/renders/{ids[1]}/cancel")
    page = (await api.call("GET", "/v1/renders?limit=1&state=queued")).json
    assert [one["id"] for one in page["data"]] == [ids[2]]
    cursor = page["meta"]["next_cursor"]
    page = (await api.call("GET", f"/v1/renders?state=queued&limit=1&cursor={cursor}")).json
    assert [one["id"] for one in page["data"]] == [ids[0]]
    assert (await api.call("GET", "/v1/renders?state=lost")).code == 400


async def listen(api: Api, job_id: str, after: int = 0) -> list[Sse]:
    """Follow a job's events until the server ends the stream."""
    headers = {"Authorization": f"Bearer {api.key}", "Last-Event-ID": str(after)}
    url = f"{api.base}/v1/renders/{job_id}/events"
    async with asyncio.timeout(60), api.http.get(url, headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        return [event async for event in sse_events(answer.content)]


async def test_the_event_stream_resumes_after_the_last_seen_event_and_ends_with_the_job(
    api: Api,
) -> None:
    job_id = (await ordered(api, await template(api)))["id"]
    following = asyncio.create_task(listen(api, job_id))
    async with api.deps.db.transaction() as session:
        job = await moves.lock(session, UUID(job_id))
        assert job is not None
        await moves.append_event(
            session,
            tenant_id=job.tenant_id,
            job_id=job.id,
            kind="progress",
            data={"stages": [{"stage": "frames", "done": 1, "total": 9}]},
        )
    await api.call("POST", f"/v1/renders/{job_id}/cancel")
    seen = await following
    assert [event.event for event in seen] == ["state", "progress", "state"]
    assert [int(event.id) for event in seen] == sorted(int(event.id) for event in seen)
    assert '"cancelled"' in seen[-1].data
    resumed = await listen(api, job_id, int(seen[0].id))
    assert [event.id for event in resumed] == [event.id for event in seen[1:]]
    assert await listen(api, job_id, int(seen[-1].id)) == []
    bad = await api.call("GET", f"/v1/renders/{job_id}/events", headers={"Last-Event-ID": "x"})
    assert (bad.code, bad.json["code"]) == (400, "bad_event_id")


async def test_a_preview_comes_with_an_address_that_its_client_can_get(api: Api) -> None:
    job_id = (await ordered(api, await template(api)))["id"]
    key = f"attempts/{job_id}/1/1/previews/0000003.jpg"
    await api.deps.objects.put(key, one(b"a small picture"), max_bytes=99)
    async with api.deps.db.transaction() as session:
        job = await moves.lock(session, UUID(job_id))
        assert job is not None
        data = {"key": key, "frame": 3}
        await moves.append_event(
            session, tenant_id=job.tenant_id, job_id=job.id, kind="preview", data=data
        )
    await api.call("POST", f"/v1/renders/{job_id}/cancel")
    (shown,) = [event for event in await listen(api, job_id) if event.event == "preview"]
    told = json.loads(shown.data)["data"]
    assert (told.keys(), told["frame"]) == ({"frame", "url"}, 3)
    assert (await api.with_key(None).call("GET", told["url"])).body == b"a small picture"


async def test_a_stream_that_is_never_quiet_still_ends_for_a_revoked_key(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_EVERY_S", 0.0)
    job_id = (await ordered(api, await template(api)))["id"]
    made = (await api.call("POST", "/v1/api-keys", json={"name": "k", "scopes": ["render"]})).json
    key_id = UUID(made["key"]["id"])

    async def busy(*_: object) -> AsyncIterator[list[JobEvent]]:
        at = datetime.now(UTC)
        for number in range(1, 1000):
            if number == 2:
                await api.call("DELETE", f"/v1/api-keys/{key_id}")
            yield [JobEvent(id=number, job_id=UUID(job_id), type="progress", at=at, data={})]

    monkeypatch.setattr(events, "follow", busy)
    seen = await listen(api.with_key(made["secret"]), job_id)
    assert len(seen) <= 2


async def one(block: bytes) -> AsyncIterator[bytes]:
    """Give one block."""
    yield block


async def test_a_stream_whose_database_goes_away_breaks_off_without_a_second_answer(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as api, asyncio.timeout(60):
        job_id = (await ordered(api, await template(api)))["id"]
        url = f"{api.base}/v1/renders/{job_id}/events"
        headers = {"Authorization": f"Bearer {api.key}"}
        text = b""
        async with api.http.get(url, headers=headers) as answer:
            await api.deps.db.close()
            with suppress(aiohttp.ClientError):
                async for block in answer.content.iter_any():
                    text += block
            broken = answer.content.exception()
        assert isinstance(broken, aiohttp.ClientError)
        assert b"problem" not in text


async def test_results_that_are_not_there_answer_a_clear_404(api: Api) -> None:
    job_id = (await ordered(api, await template(api)))["id"]
    none = {"data": [], "meta": {"next_cursor": None}}
    assert (await api.call("GET", f"/v1/renders/{job_id}/exports")).json == none
    video = await api.call("GET", f"/v1/renders/{job_id}/exports/video")
    assert (video.code, video.json["code"]) == (404, "not_found")
    frame = await api.call("GET", f"/v1/renders/{job_id}/frames/3")
    assert frame.code == 404
    assert "stay on the node" in frame.json["detail"]
    assert (await api.call("GET", f"/v1/renders/{job_id}/frames/x")).code == 404


async def test_a_published_video_is_downloaded_through_a_redirect(api: Api) -> None:
    job_id = (await ordered(api, await template(api)))["id"]

    async def content() -> AsyncIterator[bytes]:
        yield b"a video"

    key = f"attempts/{job_id}/1/1/video.mp4"
    stored = await api.deps.objects.put(key, content(), max_bytes=99)
    connection = await asyncpg.connect(api.dsn)
    try:
        await connection.execute(
            "INSERT INTO render.exports (id, job_id, tenant_id, kind, object_key, media_type, "
            "size_bytes, sha256, width, height, frames, fps_num, fps_den, duration_s, has_audio, "
            "task_id, attempt) SELECT gen_random_uuid(), id, tenant_id, 'video', $2, 'video/mp4', "
            "7, $3, 640, 360, 100, 25, 1, 4.0, false, 1, 1 FROM render.render_jobs WHERE id = $1",
            UUID(job_id),
            key,
            stored.sha256,
        )
    finally:
        await connection.close()
    await api.call("POST", f"/v1/renders/{job_id}/cancel")
    link = await api.call("GET", f"/v1/renders/{job_id}/exports/video")
    assert link.code == 303
    got = await api.call("GET", link.headers["Location"], headers={"Range": "bytes=2-"})
    assert (got.code, got.body, got.headers["Content-Type"]) == (206, b"video", "video/mp4")
    assert f"{job_id}.mp4" in got.headers["Content-Disposition"]
