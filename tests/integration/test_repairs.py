"""Frames that an export cannot use are made again: by whom, how often, and what is published."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.renders import look
from orchestrator.usecases.repairs.ask import repair
from orchestrator.usecases.tasks import progress, result
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import each, parse
from orchestrator.wire.renders import RepairOrder, StageProgress
from orchestrator.wire.tasks import CheckedFrame, Grant, ProgressReport, ResultReport
from tests.support.farm import TENANT, Agent, Farm, digest_of, open_farm

CORRUPT, MISSING = "frames_corrupt", "frames_missing"


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def to_export(farm: Farm, node: Agent, frames: str = "0-19") -> tuple[UUID, Grant]:
    """Do a split job up to its export, on one node, and lease that."""
    job = await farm.job(frames, plan="split")
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, frames, upload=True)
    await node.succeed(chunk, frames_done=frames)
    (export,) = await node.claim()
    await node.progress(export, "export", 0, 1)
    return job, export


async def refuse(node: Agent, export: Grant, frames: str, code: str = CORRUPT) -> str:
    """Say of an export that it cannot use some frames."""
    failure = Failure(
        failure_class=FailureClass.TRANSIENT, code=code, message="They are bad.", frames=frames
    )
    report = ResultReport(token=export.token, outcome="failed", failure=failure)
    return (await result.result(node.farm.deps, node.claimed(export), report)).task_state


async def mend(node: Agent, *, differing: bool = False) -> Grant:
    """Do the repair that waits, its neighbours drawn alike unless told otherwise."""
    (grant,) = await node.claim()
    assert grant.spec.kind == "frames"
    await node.frames(grant, grant.spec.frames, upload=True)
    checked = tuple(
        CheckedFrame(frame=frame, sha256=digest_of(frame + 1000 * differing))
        for frame in each(parse(grant.spec.check))
    )
    report = ResultReport(
        token=grant.token,
        outcome="succeeded",
        frames_done=grant.spec.frames,
        checked=checked,
    )
    await result.result(node.farm.deps, node.claimed(grant), report)
    return grant


async def publish(node: Agent, frames: int = 20) -> Grant:
    """Do the export that waits."""
    (export,) = await node.claim()
    assert export.spec.kind == "export"
    video = await node.upload(export, "video", "video.mp4", frames)
    await node.succeed(export, video, frames_done=export.spec.frames)
    return export


async def test_damaged_frames_are_made_again_by_another_node_and_the_job_ends_done(
    farm: Farm,
) -> None:
    node, other = [await farm.node() for _ in range(2)]
    job, export = await to_export(farm, node)
    assert await refuse(node, export, "4-5") == "queued"
    assert await farm.job_state(job) == "rendering"
    assert await node.claim() == ()
    grant = await mend(other)
    assert (grant.spec.frames, grant.spec.check) == ("4-5", "3,6")  # type: ignore[union-attr]
    again = await publish(node)
    assert again.task_id == export.task_id
    sources = {one.path: one.url for one in again.inputs if one.path.startswith("frames/")}
    assert len(sources) == 20
    mended = [path for path, url in sources.items() if f"/{grant.task_id}/" in url]
    assert mended == ["frames/00004.png", "frames/00005.png"]
    assert await farm.events(job) == [
        "preparing", "rendering", "validating", "exporting", "rendering", "validating",
        "exporting", "done",
    ]  # fmt: skip
    row = await farm.look.fetchrow("SELECT * FROM render.frame_repair_jobs")
    assert (row["outcome"], row["reason"], row["round"]) == ("mended", "corrupt", 1)
    assert row["neighbours_equal"] is True
    assert row["suspect_node_id"] == node.node_id


async def test_frames_that_the_storage_lost_may_be_made_by_the_same_node(farm: Farm) -> None:
    node = await farm.node()
    await farm.node()
    job, export = await to_export(farm, node)
    await refuse(node, export, "0", MISSING)
    await mend(node)
    await publish(node)
    assert await farm.job_state(job) == "done"


async def test_the_only_node_makes_its_own_damaged_frames_again(farm: Farm) -> None:
    node = await farm.node()
    job, export = await to_export(farm, node)
    await refuse(node, export, "7-9")
    await mend(node)
    await publish(node)
    assert await farm.job_state(job) == "done"


async def test_the_doubted_node_may_mend_when_nobody_else_comes_for_minutes(farm: Farm) -> None:
    node = await farm.node()
    await farm.node()
    _, export = await to_export(farm, node)
    await refuse(node, export, "7")
    assert await node.claim() == ()
    await farm.look.execute(
        "UPDATE render.frame_repair_jobs SET created_at = created_at - interval '1 hour'"
    )
    await sweep(farm.deps)
    assert (await mend(node)).spec.frames == "7"  # type: ignore[union-attr]


async def test_neighbours_that_come_out_otherwise_are_told_as_a_warning(farm: Farm) -> None:
    node, other = [await farm.node() for _ in range(2)]
    job, export = await to_export(farm, node)
    await refuse(node, export, "4")
    await mend(other, differing=True)
    warnings = await farm.look.fetchval(
        "SELECT warnings::text FROM render.render_jobs WHERE id = $1", job
    )
    assert "Frames 3,5 came out otherwise" in warnings
    assert not await farm.look.fetchval("SELECT neighbours_equal FROM render.frame_repair_jobs")


async def test_after_three_rounds_the_job_fails_with_its_frames_and_a_retry_begins_anew(
    farm: Farm,
) -> None:
    node = await farm.node()
    job, export = await to_export(farm, node)
    for _ in range(3):
        assert await refuse(node, export, "4-5,11") == "queued"
        await mend(node)
        (export,) = await node.claim()
    assert await refuse(node, export, "4-5,11") == "failed"
    assert await farm.job_state(job) == "failed"
    row = await farm.look.fetchrow("SELECT * FROM render.render_jobs WHERE id = $1", job)
    assert row["failure_code"] == "frames_unrepairable"
    assert "4-5,11" in row["failure_message"]
    await retry(farm.deps, TENANT, job)
    (export,) = await node.claim()
    assert await refuse(node, export, "4") == "queued"
    await mend(node)
    await publish(node)
    assert await farm.job_state(job) == "done"


async def test_a_repair_that_failed_may_be_done_by_anybody_when_its_job_is_tried_again(
    farm: Farm,
) -> None:
    node, other = [await farm.node() for _ in range(2)]
    job, export = await to_export(farm, node)
    await refuse(node, export, "4")
    (grant,) = await other.claim()
    await other.fail(grant, FailureClass.TEMPLATE)
    assert await farm.job_state(job) == "failed"
    await retry(farm.deps, TENANT, job)
    await mend(node)
    await publish(node)
    assert await farm.job_state(job) == "done"


async def test_a_frame_whose_record_vanished_is_found_before_the_export_and_made_again(
    farm: Farm,
) -> None:
    node = await farm.node()
    job = await farm.job("0-19", plan="split")
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-19", upload=True)
    await farm.look.execute("DELETE FROM render.frame_results WHERE frame = 3")
    await node.succeed(chunk, frames_done="0-19")
    assert await farm.job_state(job) == "rendering"
    assert (await mend(node)).spec.frames == "3"  # type: ignore[union-attr]
    await publish(node)
    assert await farm.job_state(job) == "done"


async def test_a_cancel_ends_the_repair_and_nothing_is_published(farm: Farm) -> None:
    node = await farm.node()
    job, export = await to_export(farm, node)
    await refuse(node, export, "4")
    await cancel(farm.deps.db, TENANT, job)
    assert await node.claim() == ()
    assert await farm.look.fetchval("SELECT outcome FROM render.frame_repair_jobs") == "cancelled"


async def test_frames_that_were_never_ordered_are_an_ordinary_failure(farm: Farm) -> None:
    node = await farm.node()
    _, export = await to_export(farm, node)
    assert await refuse(node, export, "100-200") == "queued"
    assert await farm.look.fetchval("SELECT count(*) FROM render.frame_repair_jobs") == 0


async def done(farm: Farm, node: Agent) -> UUID:
    """Do a split job to its end."""
    job, export = await to_export(farm, node)
    video = await node.upload(export, "video", "video.mp4", 20)
    await node.succeed(export, video, frames_done="0-19")
    assert await farm.job_state(job) == "done"
    return job


async def ask(farm: Farm, job: UUID, frames: str = "3-4") -> None:
    await repair(farm.deps, TENANT, job, RepairOrder(frames=frames))


async def test_a_person_has_frames_of_a_done_job_made_again_and_the_new_video_supersedes(
    farm: Farm,
) -> None:
    node = await farm.node()
    job = await done(farm, node)
    (before,) = await look.list_exports(farm.deps, TENANT, job)
    await ask(farm, job)
    assert (await look.get_render(farm.deps, TENANT, job)).state == "rendering"
    await mend(node)
    await publish(node)
    (after,) = await look.list_exports(farm.deps, TENANT, job)
    assert after.id != before.id
    assert await farm.look.fetchval("SELECT count(*) FROM render.exports") == 2
    usage = await farm.look.fetchval("SELECT jobs_done FROM identity.tenant_usage_daily")
    assert usage == 1
    told = await farm.look.fetch("SELECT dedupe_key FROM render.outbox WHERE type = 'job.done'")
    assert [row["dedupe_key"] for row in told] == [f"{job}:0:done", f"{job}:1:done"]


async def test_a_repair_is_refused_with_its_reason_where_it_cannot_be(farm: Farm) -> None:
    node = await farm.node()
    single = await farm.job("0-9")
    (grant,) = await node.claim()
    await node.render(grant)
    with pytest.raises(Conflict, match="done whole on one node"):
        await ask(farm, single)
    job = await done(farm, node)
    with pytest.raises(Invalid, match="has the frames 0-19; 20-25"):
        await ask(farm, job, "15-25")
    with pytest.raises(NotFound):
        await repair(farm.deps, UUID(int=7), job, RepairOrder(frames="1"))
    await ask(farm, job)
    with pytest.raises(Conflict, match="is rendering"):
        await ask(farm, job)
    await mend(node)
    await publish(node)
    await farm.look.execute("UPDATE render.render_jobs SET frames_dropped_at = now()")
    with pytest.raises(Conflict, match="cleared away"):
        await ask(farm, job)


async def test_an_export_made_of_other_frames_than_recorded_is_no_success(farm: Farm) -> None:
    node = await farm.node()
    _, export = await to_export(farm, node)
    video = await node.upload(export, "video", "video.mp4", 20)
    assert (await node.succeed(export, video, frames_done="0-19", hashes="0" * 64)).task_state == (
        "queued"
    )


async def show(node: Agent, grant: Grant, frame: int) -> None:
    """Send a small picture of a frame."""
    key = f"attempts/{grant.job_id}/{grant.task_id}/{grant.attempt}/previews/{frame:07d}.jpg"
    one = StageProgress(stage="frames", done=1, total=10)
    report = ProgressReport(token=grant.token, stages=(one,), preview_key=key, preview_frame=frame)
    await progress.progress(node.farm.deps, node.claimed(grant), report)


async def test_a_frame_that_stays_on_its_node_is_shown_as_a_small_picture(farm: Farm) -> None:
    node = await farm.node()
    job = await farm.job("0-9")
    (grant,) = await node.claim()
    for frame in (0, 5):
        await show(node, grant, frame)
    assert "0000005.jpg" in await look.frame_url(farm.deps, TENANT, job, 5)
    with pytest.raises(NotFound, match=r"small pictures are there of 0,5\): 7"):
        await look.frame_url(farm.deps, TENANT, job, 7)
    with pytest.raises(NotFound):
        await look.frame_url(farm.deps, UUID(int=9), job, 5)


async def test_a_frame_that_was_uploaded_is_given_itself_and_not_its_picture(farm: Farm) -> None:
    node = await farm.node()
    job, _ = await to_export(farm, node)
    assert "/frames/00005.png" in await look.frame_url(farm.deps, TENANT, job, 5)
