"""What videos were made of, and the same render once more."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from orchestrator.usecases.tasks.fence import object_prefix
from orchestrator.usecases.tasks.result import result
from orchestrator.wire.frames import count, parse
from orchestrator.wire.tasks import Grant, Output, RenderSpec, ResultReport
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import Agent, Farm
from tests.support.server import Answer, Api, another_tenant, serving

TEMPLATE = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"),)))


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    yield Farm(api.deps, look)
    for row in await look.fetch("SELECT id FROM render.render_jobs WHERE finished_at IS NULL"):
        await api.call("POST", f"/v1/renders/{row['id']}/cancel")
    await look.execute("UPDATE render.nodes SET state = 'offline' WHERE state = 'online'")
    await look.close()


async def project_of(api: Api) -> str:
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    project = str(made.json["id"])
    sent = await api.upload(f"/v1/projects/{project}/bundle", "t.aep", TEMPLATE)
    assert sent.code == 201, sent.json
    return project


async def order(api: Api, project: str, text: str = "new", **more: Any) -> str:
    """Order ten frames by the preview engine; give the job."""
    scenes = [{"key": "c1", "values": [{"key": "t1", "value": text}]}]
    body = {"project_id": project, "engine": "preview", "frames": "5-14", "scenes": scenes}
    made = await api.call("POST", "/v1/renders", json=body | more)
    assert made.code == 201, made.json
    return str(made.json["id"])


async def put(farm: Farm, agent: Agent, grant: Grant, name: str, content: bytes) -> dict[str, Any]:
    async def stream() -> AsyncIterator[bytes]:
        yield content

    key = f"{object_prefix(grant.job_id, agent.claimed(grant))}{name}"
    stored = await farm.deps.objects.put(key, stream(), max_bytes=10**6)
    return {"key": key, "size_bytes": stored.size_bytes, "sha256": stored.sha256}


async def render(farm: Farm, agent: Agent, *pictures: str) -> RenderSpec:
    """Do the one render task that waits; its frames hold these words. Give what was asked."""
    (grant,) = await agent.claim()
    assert isinstance(grant.spec, RenderSpec)
    frames = count(parse(grant.spec.frames))
    words = [*pictures, *("same" for _ in range(frames - len(pictures)))]
    hashes = [hashlib.sha256(word.encode()).digest() for word in words]
    whole = hashlib.sha256("".join(f"{one.hex()}\n" for one in hashes).encode()).hexdigest()
    video = await put(farm, agent, grant, "video.mp4", b"video")
    packed = await put(farm, agent, grant, "frames.sha256", b"".join(hashes))
    report = ResultReport(
        token=grant.token,
        outcome="succeeded",
        outputs=(
            Output(
                kind="video", content_type="video/mp4", width=1280, height=720, frames=frames,
                fps=grant.spec.fps, duration_s=frames / 25, has_audio=False,
                encoder="ffmpeg version 9, mp4 standard", **video,
            ),
            Output(kind="hashes", content_type="application/octet-stream", **packed),
        ),
        frames_done=grant.spec.frames,
        frames_sha256=whole,
        engine_version="1.0",
    )  # fmt: skip
    done = await result(farm.deps, agent.claimed(grant), report)
    assert done.task_state == "succeeded"
    return grant.spec


async def manifest(api: Api, job: str) -> Answer:
    return await api.call("GET", f"/v1/renders/{job}/manifest")


async def test_a_manifest_says_what_a_video_was_made_of(api: Api, farm: Farm) -> None:
    project, agent = await project_of(api), await farm.node("secret-name")
    job = await order(api, project)
    early = await manifest(api, job)
    assert (early.code, early.json["code"]) == (409, "no_manifest")
    await render(farm, agent, "first")
    told = (await manifest(api, job)).json
    assert told["bundle"]["md5"] == hashlib.md5(TEMPLATE).hexdigest()
    assert told["order"]["scenes"][0]["values"][0]["value"] == "new"
    assert told["engine"] == {
        "engine": "preview", "engine_major": 1, "engine_build": "1.0", "platform": "linux",
        "gpu": False,
    }  # fmt: skip
    assert (told["frames"], len(told["frame_hashes"])) == ("5-14", 10)
    assert told["frame_hashes"][0] == hashlib.sha256(b"first").hexdigest()
    (attempt,) = told["attempts"]
    assert (attempt["kind"], attempt["attempt"], attempt["outcome"]) == ("render", 1, "succeeded")
    assert attempt["node_id"] == str(agent.node_id)
    (video,) = told["outputs"]
    assert (video["kind"], video["encoder"]) == ("video", "ffmpeg version 9, mp4 standard")
    assert video["sha256"] == hashlib.sha256(b"video").hexdigest()
    assert "secret-name" not in str(told), "nodes' names are the operator's"
    assert (told["again_of"], told["comparison"]) == (None, None)


async def test_a_render_made_again_is_the_same_order_on_the_same_bundle(
    api: Api, farm: Farm
) -> None:
    project, agent = await project_of(api), await farm.node()
    job = await order(api, project)
    first = await render(farm, agent, "a")
    other = comps(CompSpec("frfinal", (LayerSpec("frl_c9t9", text="else"),)))
    await api.upload(f"/v1/projects/{project}/bundle", "t.aep", other)
    made = await api.call("POST", f"/v1/renders/{job}/again")
    assert (made.code, made.json["state"]) == (201, "queued"), made.json
    (grant,) = await agent.claim()
    assert grant.bundle is not None
    assert grant.bundle.md5 == hashlib.md5(TEMPLATE).hexdigest()
    assert grant.engine_major == 1
    await agent.interrupt(grant)
    assert await render(farm, agent, "a") == first
    told = (await manifest(api, made.json["id"])).json
    assert told["again_of"] == job
    assert told["comparison"] == {
        "job_id": job, "same": True, "frames": 10, "frames_different": 0, "different": "",
    }  # fmt: skip


async def test_frames_that_differ_are_named(api: Api, farm: Farm) -> None:
    job, agent = await order(api, await project_of(api)), await farm.node()
    await render(farm, agent, "a", "b", "c")
    again = (await api.call("POST", f"/v1/renders/{job}/again")).json["id"]
    await render(farm, agent, "a", "x", "c", "y")
    told = (await manifest(api, again)).json["comparison"]
    assert (told["same"], told["frames_different"], told["different"]) == (False, 2, "6,8")


async def test_again_asks_for_the_engine_class_that_made_it(api: Api, farm: Farm) -> None:
    job, agent = await order(api, await project_of(api)), await farm.node()
    await render(farm, agent)
    again = (await api.call("POST", f"/v1/renders/{job}/again")).json["id"]
    wanted = await farm.look.fetchval(
        "SELECT c.requirements FROM render.tasks AS t JOIN render.task_classes AS c"
        " ON c.class_id = t.class_id WHERE t.job_id = $1", UUID(again),
    )  # fmt: skip
    assert '"engine_build": "1.0"' in wanted
    assert '"platform": "linux"' in wanted


@pytest.mark.parametrize("gone", ["bundle", "input"])
async def test_what_is_not_kept_any_more_is_named(api: Api, farm: Farm, gone: str) -> None:
    job, agent = await order(api, await project_of(api)), await farm.node()
    await render(farm, agent)
    find = (
        "SELECT object_key FROM render.bundles AS b JOIN render.render_jobs AS j"
        " ON j.bundle_id = b.bundle_id WHERE j.id = $1"
    )
    if gone == "bundle":
        key = await farm.look.fetchval(find, UUID(job))
        await farm.deps.objects.delete(key)
    else:
        await farm.look.execute(
            "UPDATE render.job_manifests SET inputs = $2 WHERE job_id = $1", UUID(job),
            '[{"path": "media/x.png", "object_key": "media/gone", "size_bytes": 1,'
            f' "sha256": "{"0" * 64}"}}]',
        )  # fmt: skip
    refused = await api.call("POST", f"/v1/renders/{job}/again")
    assert (refused.code, refused.json["code"]) == (409, f"{gone}_gone")
    told = "md5" if gone == "bundle" else "media/x.png"
    assert told in refused.json["detail"]
    if gone == "bundle":

        async def back() -> AsyncIterator[bytes]:
            yield TEMPLATE

        await farm.deps.objects.put(key, back(), max_bytes=10**6)


async def test_only_a_done_render_of_the_tenant_is_made_again(api: Api, farm: Farm) -> None:
    job, agent = await order(api, await project_of(api)), await farm.node()
    early = await api.call("POST", f"/v1/renders/{job}/again")
    assert (early.code, early.json["code"]) == (409, "no_manifest")
    await render(farm, agent)
    stranger = (await another_tenant(api))[1]
    assert (await stranger.call("POST", f"/v1/renders/{job}/again")).code == 404
    assert (await manifest(stranger, job)).code == 404
    key = {"Idempotency-Key": str(uuid4())}
    first = await api.call("POST", f"/v1/renders/{job}/again", headers=key)
    second = await api.call("POST", f"/v1/renders/{job}/again", headers=key)
    assert first.json["id"] == second.json["id"]


async def test_a_split_jobs_manifest_holds_the_hashes_of_its_recorded_frames(
    api: Api, farm: Farm
) -> None:
    farm.bundle_id = await farm.look.fetchval("SELECT max(bundle_id) FROM render.bundles")
    job, agent = await farm.job("0-9", plan="split"), await farm.node()
    for _ in range(9):
        grants = await agent.claim()
        if not grants:
            break
        (grant,) = grants
        if grant.spec.kind == "bind":
            bound = await agent.upload(grant, "bound", "bound.aep", 0)
            await agent.succeed(grant, bound, engine_version="1.0")
        elif grant.spec.kind == "frames":
            await agent.frames(grant, grant.spec.frames, upload=True)
            await agent.succeed(grant, frames_done=grant.spec.frames)
        else:
            video = await agent.upload(grant, "video", "video.mp4", 10)
            await agent.succeed(grant, video, frames_done="0-9")
    assert await farm.job_state(job) == "done"
    kept = await farm.look.fetchval(
        "SELECT frame_hashes FROM render.job_manifests WHERE job_id = $1", job
    )
    assert kept == b"".join(hashlib.sha256(b"%d" % frame).digest() for frame in range(10))
