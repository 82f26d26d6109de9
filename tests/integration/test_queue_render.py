"""A job through the queue: claimed, reported on, done; single and split."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from orchestrator.errors import Conflict, LeaseLost
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.tasks import result
from orchestrator.wire.tasks import Output, ResultReport
from tests.support.farm import TENANT, Farm, open_farm

ALL = ["preparing", "rendering", "validating", "exporting", "done"]


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_a_whole_job_is_leased_reported_on_and_done(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    assert (grant.job_id, grant.attempt, grant.spec.kind) == (job, 1, "render")
    assert grant.bundle is not None
    assert grant.bundle.is_bundle
    await node.progress(grant, "bind", 0, 1)
    assert await farm.job_state(job) == "preparing"
    await node.progress(grant, "frames", 4, 10)
    assert await farm.job_state(job) == "rendering"
    await node.frames(grant, "0-9")
    answer = await node.render(grant)
    assert answer.task_state == "succeeded"
    assert await farm.events(job) == ALL
    assert await farm.look.fetchval("SELECT count(*) FROM render.task_queue") == 0
    kinds = await farm.look.fetch("SELECT type FROM render.outbox ORDER BY id")
    assert [row["type"] for row in kinds] == [f"job.{state}" for state in ALL]


async def test_the_same_result_again_is_answered_the_same_and_counted_once(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    first = await node.render(grant)
    again = await node.succeed(grant, frames_done="0-9")
    assert first == again
    usage = await farm.look.fetchrow("SELECT jobs_done, frames FROM identity.tenant_usage_daily")
    assert usage is not None
    assert (usage["jobs_done"], usage["frames"]) == (1, 10)
    assert await farm.look.fetchval("SELECT count(*) FROM render.exports") == 1


@pytest.mark.parametrize(
    ("frames_done", "code"), [("0-8", "frames_missing"), ("0-10", "frames_missing")]
)
async def test_a_success_with_other_frames_than_ordered_is_a_failure(
    farm: Farm, frames_done: str, code: str
) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    answer = await node.render(grant, frames_done)
    assert answer.task_state == "queued"
    told = "SELECT failure_code FROM render.attempts"
    assert await farm.look.fetchval(told) == code


async def test_an_output_that_never_arrived_is_a_failure(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    video = await node.upload(grant, "video", "video.mp4", 10)
    gone = video.model_copy(update={"key": video.key + "x"})
    foreign = video.model_copy(update={"key": "media/other"})
    for wrong, code in ((gone, "output_missing"), (foreign, "foreign_output")):
        answer = await node.succeed(grant, wrong, frames_done="0-9")
        assert answer.task_state == "queued"
        last = "SELECT failure_code FROM render.attempts ORDER BY attempt DESC LIMIT 1"
        assert await farm.look.fetchval(last) == code
        await farm.look.execute("UPDATE render.tasks SET not_before = now()")
        await farm.deps.db.session().execute("queue_due")
        (grant,) = await node.claim()


@pytest.mark.parametrize(
    ("sent", "told", "code"),
    [(10, "whole", None), (9, "whole", "hashes_differ"), (10, "other", "hashes_differ")],
)
async def test_the_frames_hashes_of_a_whole_job_are_counted_and_hashed_again(
    farm: Farm, sent: int, told: str, code: str | None
) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    hashes = [hashlib.sha256(b"%d" % number).digest() for number in range(10)]
    manifest = "".join(f"{one.hex()}\n" for one in hashes)
    packed = b"".join(hashes)[: 32 * sent]
    video = await node.upload(grant, "video", "video.mp4", 10)
    key = video.key.replace("video.mp4", "frames.sha256")

    async def content() -> AsyncIterator[bytes]:
        yield packed

    stored = await farm.deps.objects.put(key, content(), max_bytes=1000)
    output = Output(
        kind="hashes",
        key=key,
        content_type="application/octet-stream",
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )
    vouched = manifest if told == "whole" else "other"
    report = ResultReport(
        token=grant.token,
        outcome="succeeded",
        outputs=(video, output),
        frames_done="0-9",
        frames_sha256=hashlib.sha256(vouched.encode()).hexdigest(),
    )
    await result.result(farm.deps, node.claimed(grant), report)
    assert await farm.look.fetchval("SELECT failure_code FROM render.attempts") == code
    shown = await farm.look.fetch("SELECT kind FROM render.exports")
    assert [row["kind"] for row in shown] == ([] if code else ["video"])


async def test_a_video_with_another_length_or_without_size_is_not_published(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    video = await node.upload(grant, "video", "video.mp4", 10)
    wrong = video.model_copy(update={"frames": 9})
    assert (await node.succeed(grant, wrong, frames_done="0-9")).task_state == "queued"
    await farm.look.execute("UPDATE render.tasks SET not_before = now()")
    await farm.deps.db.session().execute("queue_due")
    (grant,) = await node.claim()
    video = await node.upload(grant, "video", "video.mp4", 10)
    flat = video.model_copy(update={"width": 0})
    assert (await node.succeed(grant, flat, frames_done="0-9")).task_state == "queued"
    codes = await farm.look.fetch("SELECT failure_code FROM render.attempts ORDER BY attempt")
    assert [row["failure_code"] for row in codes] == ["wrong_frame_count", "output_empty"]
    assert await farm.look.fetchval("SELECT count(*) FROM render.exports") == 0


async def test_a_split_job_goes_through_bind_frames_and_export(farm: Farm) -> None:
    job = await farm.job("0-99", plan="split")
    node = await farm.node(slots=8)
    (bind,) = await node.claim(8)
    assert bind.spec.kind == "bind"
    bound = await node.upload(bind, "bound", "bound.aep", 0)
    sound = await node.upload(bind, "sound", "sound.wav", 0)
    await node.succeed(bind, bound, sound)
    chunks = await node.claim(8)
    assert {chunk.spec.kind for chunk in chunks} == {"frames"}
    assert all(any(i.path == "bound.aep" for i in chunk.inputs) for chunk in chunks)
    for chunk in chunks:
        spec = chunk.spec
        assert spec.kind == "frames"
        await node.progress(chunk, "verify", 50, 50)
        assert await farm.job_state(job) == "rendering"
        await node.frames(chunk, spec.frames, upload=True)
        await node.succeed(chunk, frames_done=spec.frames)
    assert await farm.job_state(job) == "validating"
    (export,) = await node.claim(8)
    assert export.spec.kind == "export"
    assert export.spec.has_sound
    paths = [i.path for i in export.inputs]
    assert paths == ["sound.wav", *(f"frames/{n:05d}.png" for n in range(100))]
    video = await node.upload(export, "video", "video.mp4", 100)
    await node.succeed(export, video)
    assert await farm.events(job) == ALL


async def test_a_lost_chunk_keeps_its_uploaded_frames_and_asks_only_for_the_rest(
    farm: Farm,
) -> None:
    await farm.job("0-19", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-4,10", upload=True)
    await node.interrupt(chunk)
    (again,) = await node.claim()
    assert again.attempt == 2
    assert again.spec.kind == "frames"
    assert again.spec.frames == "5-9,11-19"
    await node.frames(again, "5-9,11-19", upload=True)
    await node.succeed(again, frames_done="5-9,11-19")
    sources = await farm.look.fetch(
        "SELECT attempt, count(*) AS n FROM render.frame_results GROUP BY 1 ORDER BY 1"
    )
    assert [(row["attempt"], row["n"]) for row in sources] == [(1, 6), (2, 14)]


async def test_a_chunk_that_was_lost_with_every_frame_delivered_is_asked_for_one_again(
    farm: Farm,
) -> None:
    await farm.job("5-19", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "5-19", upload=True)
    await node.interrupt(chunk)
    (again,) = await node.claim()
    assert again.spec.kind == "frames"
    assert again.spec.frames == "5"
    await node.frames(again, "5", upload=True)
    assert (await node.succeed(again, frames_done="5")).task_state == "succeeded"
    assert await farm.look.fetchval("SELECT max(attempt) FROM render.frame_results") == 1


async def test_a_chunk_with_a_hole_does_not_succeed(farm: Farm) -> None:
    await farm.job("0-19", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-18", upload=True)
    assert (await node.succeed(chunk, frames_done="0-19")).task_state == "queued"


async def test_cancelling_ends_every_task_and_refuses_whatever_comes_later(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.progress(grant, "frames", 1, 10)
    await cancel(farm.deps.db, TENANT, job)
    await cancel(farm.deps.db, TENANT, job)
    assert (await node.beat(grant)).cancelled
    for report in (node.render(grant), node.progress(grant, "frames", 2, 10), node.fail(grant)):
        with pytest.raises(LeaseLost):
            await report
    assert await farm.job_state(job) == "cancelled"
    assert await node.claim() == ()
    assert (await farm.task(grant.task_id))["state"] == "cancelled"


async def test_a_done_job_cannot_be_cancelled_nor_another_tenants(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.render(grant)
    with pytest.raises(Conflict, match="done already"):
        await cancel(farm.deps.db, TENANT, job)
    with pytest.raises(Exception, match="There is no render"):
        await cancel(farm.deps.db, uuid4(), job)
