"""Reports of frames that come together, batches that keep their pace, remembered credentials."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.errors import Invalid, LeaseLost
from orchestrator.store.pool import Database
from orchestrator.store.render import moves, nodes, tasks
from orchestrator.usecases.agents.tempo import Tempo
from orchestrator.usecases.batches import recorded
from orchestrator.usecases.batches.credentials import NodeCredentials
from orchestrator.usecases.batches.gather import ENOUGH, Gather
from orchestrator.usecases.batches.recorded import Finished
from orchestrator.usecases.jobs import progress
from orchestrator.usecases.tasks import fence
from orchestrator.wire.tasks import FrameResult, Grant
from tests.support.farm import Agent, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, poll_every_s=600) as opened:
        yield opened


async def chunks(farm: Farm, frames: str = "0-9") -> tuple[Agent, list[Grant]]:
    """Lease the chunks of a split job to one node."""
    await farm.job(frames, plan="split")
    node = await farm.node(slots=8)
    (bind,) = await node.claim()
    bound = await node.upload(bind, "bound", "bound.aep", 1)
    await node.succeed(bind, bound.model_copy(update={"frames": None}))
    return node, list(await node.claim(slots=8))


def finished(node: Agent, grant: Grant, frame: int, **changed: object) -> Finished:
    """Tell of one uploaded frame."""
    claim = node.claimed(grant)
    told = FrameResult(
        frame=frame,
        sha256=hashlib.sha256(b"%d" % frame).hexdigest(),
        size_bytes=7,
        key=fence.object_prefix(grant.job_id, claim) + f"frames/{frame:05d}.png",
    )
    return Finished(claim, (told.model_copy(update=changed),))


async def kept(farm: Farm) -> dict[int, int]:
    """Read which frames are recorded, and how many bytes they have."""
    rows = await farm.look.fetch("SELECT frame, size_bytes FROM render.frame_results")
    return {row["frame"]: row["size_bytes"] for row in rows}


async def test_a_bad_report_of_frames_does_not_spoil_those_beside_it(farm: Farm) -> None:
    node, (grant, *_) = await chunks(farm)
    stale = Finished(fence.claimed(node.node_id, grant.task_id, 7, grant.token), ())
    told = [
        finished(node, grant, 0),
        finished(node, grant, 1, key="attempts/x/1/1/a.png"),
        Finished(stale.claim, finished(node, grant, 2).frames),
        finished(node, grant, 3),
        finished(node, grant, 0, size_bytes=8),
        finished(node, grant, 4, size_bytes=0),
        finished(node, grant, 999),
    ]
    asked = (recorded.record(farm.deps, one) for one in told)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = {place: type(one) for place, one in enumerate(answers) if one is not None}
    assert refused == {1: Invalid, 2: LeaseLost, 5: Invalid}
    assert await kept(farm) == {0: 7, 3: 7}, "of a frame told twice the first word counts"
    done = await farm.look.fetchval(
        "SELECT done::text FROM render.frame_jobs WHERE task_id = $1", grant.task_id
    )
    assert done == "{[0,1),[3,4)}"


async def test_a_stale_report_that_comes_first_does_not_refuse_the_holder_s(farm: Farm) -> None:
    node, (grant, *_) = await chunks(farm)
    other = await farm.node()
    told = [finished(other, grant, 0), finished(node, grant, 1), finished(node, grant, 2)]
    asked = (recorded.record(farm.deps, one) for one in told)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in answers] == [LeaseLost, type(None), type(None)]
    assert set(await kept(farm)) == {1, 2}


async def test_frames_of_many_chunks_are_recorded_in_one_batch(farm: Farm) -> None:
    node, grants = await chunks(farm, "0-499")
    assert len(grants) > 1
    first = [int(one.spec.frames.split("-")[0]) for one in grants if one.spec.kind == "frames"]
    told = [finished(node, grant, frame) for grant, frame in zip(grants, first, strict=True)]
    await asyncio.gather(*(recorded.record(farm.deps, one) for one in told))
    assert set(await kept(farm)) == set(first)
    many = list(range(first[0] + 1, first[0] + 5))
    await node.frames(grants[0], f"{many[0]}-{many[-1]}", upload=True)
    assert set(await kept(farm)) == {*first, *many}


async def test_batches_keep_their_pace_and_a_large_one_goes_at_once() -> None:
    sizes: list[int] = []

    async def work(asked: Sequence[int]) -> list[int | Exception]:
        sizes.append(len(asked))
        return list(asked)

    gather: Gather[int, int] = Gather(work, most=500, at_once=2, pace_s=3600)
    assert await gather.ask(1) == 1, "a lone question does not wait"
    few = [asyncio.create_task(gather.ask(one)) for one in range(ENOUGH - 1)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert sizes == [1], "the next batch is not due for an hour"
    assert await gather.ask(99) == 99, "with enough company nobody waits for that"
    assert sizes == [1, ENOUGH]
    assert await asyncio.gather(*few) == list(range(ENOUGH - 1))


async def test_credentials_are_remembered_until_the_database_tells_of_a_change(
    farm: Farm,
) -> None:
    node = await farm.node()
    credentials = farm.deps.shared(NodeCredentials)
    changed = asyncio.Event()

    def heard(payload: str) -> None:
        credentials.heard(payload)
        if payload:
            changed.set()

    listening = asyncio.create_task(farm.deps.wakeups.listen(heard))
    await farm.deps.wakeups.wait(60, since=0)
    assert (await version(credentials, node.node_id)) == 1
    count = await statements_of(farm.deps.db, credentials, node.node_id)
    assert count == 0, "what is remembered costs no statement"
    await farm.look.execute(
        "UPDATE render.nodes SET secret_version = 2 WHERE id = $1", node.node_id
    )
    async with asyncio.timeout(60):
        await changed.wait()
    assert (await version(credentials, node.node_id)) == 2
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    credentials.distrust()
    await farm.look.execute(
        "UPDATE render.nodes SET secret_version = 3 WHERE id = $1", node.node_id
    )
    assert (await version(credentials, node.node_id)) == 3, "deaf, it asks each time"


async def test_a_retired_node_is_told_of_and_a_drained_one_is_not(farm: Farm) -> None:
    node = await farm.node()
    told: list[str] = []
    listening = asyncio.create_task(farm.deps.wakeups.listen(told.append))
    await farm.deps.wakeups.wait(60, since=0)
    async with farm.deps.db.transaction() as session:
        assert await nodes.move(session, node.node_id, "drain")
    async with farm.deps.db.transaction() as session:
        assert await nodes.move(session, node.node_id, "retire")
    before = farm.deps.wakeups.count
    await farm.look.execute("SELECT pg_notify('flatrender_work', '')")
    await farm.deps.wakeups.wait(60, since=before)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert told == ["", f"node {node.node_id}", ""]


async def version(credentials: NodeCredentials, node_id: UUID) -> int:
    """Ask which version a node's key has."""
    found = await credentials.get(node_id)
    assert found is not None
    return found.key_version


async def statements_of(db: Database, credentials: NodeCredentials, node_id: UUID) -> int:
    """Count the statements that asking again costs."""
    asked: list[object] = []
    session = db.session
    db.session = lambda: asked.append(1) or session()  # type: ignore[method-assign,func-returns-value]
    try:
        await version(credentials, node_id)
    finally:
        db.session = session  # type: ignore[method-assign]
    return len(asked)


async def test_a_stretched_interval_is_told_and_lets_leases_last_longer(farm: Farm) -> None:
    node = await farm.node()
    usual = await node.beat()
    tempo = farm.deps.shared(Tempo)
    assert (usual.heartbeat_s, usual.lease_ttl_s) == (10, 30)
    tempo.begin(at=tempo.began - 60)
    tempo.heard(late_s=5)
    told = await node.beat()
    assert (told.heartbeat_s, told.lease_ttl_s) == (15, 45)
    left_s = await farm.look.fetchval(
        "SELECT extract(epoch FROM deadline_at - renewed_at)::float FROM render.node_sessions"
        " WHERE node_id = $1",
        node.node_id,
    )
    assert left_s == 45
    again = await node.register()
    assert (again.heartbeat_s, again.lease_ttl_s) == (15, 45)


async def test_the_outline_of_a_job_says_what_all_its_tasks_say(farm: Farm) -> None:
    node, grants = await chunks(farm, "0-299")
    whole, split = await farm.job("0-9"), grants[0].job_id
    assert split is not None
    await node.progress(grants[0], "frames", 3, 10)
    await node.progress(grants[1], "frames", 5, 10)
    seen = []
    for grant in [None, *grants]:
        if grant is not None:
            assert grant.spec.kind == "frames"
            await node.frames(grant, grant.spec.frames, upload=True)
            await node.succeed(grant, frames_done=grant.spec.frames)
        async with farm.deps.db.batch() as session:
            locked = await moves.lock_many(session, {split, whole})
            own = await tasks.of_jobs(session, [split, whole])
            outlines = await tasks.outlines(session, [split, whole])
        for job in locked.values():
            assert progress.outlined(job, outlines[job.id]) == progress.shown(job, own[job.id])
        seen.append(outlines[split].goes_on)
        assert not outlines[whole].goes_on
    assert await farm.look.fetchval(
        "SELECT state = 'queued' FROM render.tasks WHERE job_id = $1 AND kind = 'export'", split
    )
    assert not any(seen), "a job that could go on has gone on already"
