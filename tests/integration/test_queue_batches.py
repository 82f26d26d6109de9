"""Claims, results and signs of life that come together are served together, each by right."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from orchestrator.errors import Conflict, LeaseLost
from orchestrator.usecases.batches import claims
from orchestrator.usecases.batches.gather import Gather
from orchestrator.usecases.batches.successes import Success, successes
from orchestrator.usecases.events.follow import follow
from orchestrator.usecases.tasks.fence import claimed
from orchestrator.wire.tasks import Grant, ResultReport
from tests.support.farm import NO_FRAME, TENANT, Agent, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, poll_every_s=600) as opened:
        yield opened


async def test_questions_that_wait_become_the_next_batch() -> None:
    sizes: list[int] = []
    first, go = asyncio.Event(), asyncio.Event()

    async def work(asked: Sequence[int]) -> list[int | Exception]:
        sizes.append(len(asked))
        first.set()
        await go.wait()
        return [KeyError(one) if one == 3 else one * 2 for one in asked]

    gather: Gather[int, int] = Gather(work, most=4)
    asking = [asyncio.create_task(gather.ask(0))]
    await first.wait()
    asking += [asyncio.create_task(gather.ask(one)) for one in range(1, 7)]
    await asyncio.sleep(0)
    asking[2].cancel()
    go.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sizes == [1, 3, 2]
    assert [one for one in answers if isinstance(one, int)] == [0, 2, 8, 10, 12]
    assert isinstance(answers[3], KeyError)


async def test_one_that_breaks_a_batch_does_not_spoil_the_others() -> None:
    async def work(asked: Sequence[int]) -> list[int | Exception]:
        return [1 // one for one in asked]

    gather: Gather[int, int] = Gather(work, most=10)
    answers = await asyncio.gather(*map(gather.ask, (1, 0, 1)), return_exceptions=True)
    assert [answers[0], answers[2]] == [1, 1]
    assert isinstance(answers[1], ZeroDivisionError)


async def test_many_waiting_nodes_get_one_task_each_of_one_order_of_work(farm: Farm) -> None:
    nodes = [await farm.node() for _ in range(30)]
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    waiting = [asyncio.create_task(node.claim(wait_s=20)) for node in nodes]
    for _ in range(30):
        await farm.job("0-9")
    grants = [(await one)[0] for one in waiting]
    listening.cancel()
    assert len({grant.task_id for grant in grants}) == 30
    assert len({grant.token for grant in grants}) == 30
    rows = await farm.look.fetch(
        "SELECT q.id, s.node_id FROM render.task_queue AS q"
        " JOIN render.node_sessions AS s ON s.id = q.session_id"
    )
    held = {row["id"]: row["node_id"] for row in rows}
    assert held == {g.task_id: n.node_id for g, n in zip(grants, nodes, strict=True)}


async def test_claims_that_a_full_round_leaves_out_are_served_by_the_next_one(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "TASKS_IN_ROUND", 1)
    monkeypatch.setattr(claims, "SPARE", 0)
    nodes = [await farm.node() for _ in range(6)]
    for _ in range(6):
        await farm.job("0-9")
    # Nobody listens for work here: whoever is left out now would wait in vain.
    grants = await asyncio.gather(*(node.claim(wait_s=20) for node in nodes))
    assert len({grant.task_id for (grant,) in grants}) == 6


async def test_a_node_that_is_known_gets_no_more_than_its_slots_in_any_order(farm: Farm) -> None:
    node = await farm.node(slots=3)
    for _ in range(6):
        await farm.job("0-9")
    first = await node.claim(1)
    answers = await asyncio.gather(*(node.claim(2) for _ in range(3)))
    assert len(first) + sum(map(len, answers)) == 3
    assert await node.claim(3) == ()


async def test_a_claim_of_a_session_that_is_over_is_refused_among_others(farm: Farm) -> None:
    await farm.job("0-9")
    node, gone = await farm.node(), await farm.node()
    gone.session_id = uuid4()
    answers = await asyncio.gather(node.claim(), gone.claim(), return_exceptions=True)
    assert isinstance(answers[1], Conflict)
    assert isinstance(answers[0], tuple)
    assert len(answers[0]) == 1


async def test_a_waiting_claim_learns_that_its_session_is_over(farm: Farm) -> None:
    node = await farm.node()
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    waiting = asyncio.create_task(node.claim(wait_s=20))
    other = await farm.node()
    assert await other.claim() == ()
    await node.register()
    await farm.job("0-9")
    with pytest.raises(Conflict):
        await waiting
    listening.cancel()


def _frames(chunk: Grant) -> str:
    assert chunk.spec.kind == "frames"
    return chunk.spec.frames


async def _chunks(farm: Farm, jobs: int) -> list[tuple[Agent, Grant]]:
    """Give chunks of split jobs, leased and with every frame delivered."""
    node = await farm.node(slots=64)
    for _ in range(jobs):
        await farm.job("0-99", plan="split")
    for bind in await node.claim(64):
        await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    chunks = await node.claim(64)
    for chunk in chunks:
        await node.frames(chunk, _frames(chunk), upload=True)
    return [(node, chunk) for chunk in chunks]


async def test_chunks_of_many_jobs_that_end_at_once_lead_each_job_on(farm: Farm) -> None:
    chunks = await _chunks(farm, 4)
    answers = await asyncio.gather(
        *(node.succeed(chunk, frames_done=_frames(chunk)) for node, chunk in chunks)
    )
    assert {answer.task_state for answer in answers} == {"succeeded"}
    states = await farm.look.fetch("SELECT DISTINCT state FROM render.render_jobs")
    assert [row["state"] for row in states] == ["validating"]
    exports = "SELECT count(*) FROM render.task_queue AS q JOIN render.tasks AS t USING (id)"
    assert await farm.look.fetchval(f"{exports} WHERE t.kind = 'export' AND q.ready") == 4
    assert await farm.look.fetchval("SELECT count(*) FROM render.task_queue") == 4
    told = [
        event.data["task_id"]
        for job_id in {chunk.job_id for _, chunk in chunks}
        if job_id is not None
        for event in await anext(follow(farm.deps, TENANT, job_id, 0))
        if event.type == "task" and event.data["kind"] == "frames"
    ]
    assert sorted(map(str, told)) == sorted(str(chunk.task_id) for _, chunk in chunks)
    again = [await node.succeed(chunk) for node, chunk in chunks]
    assert {answer.task_state for answer in again} == {"succeeded"}


async def test_stale_and_broken_results_in_a_batch_change_nothing(farm: Farm) -> None:
    chunks = await _chunks(farm, 2)
    node, stale = chunks[0]
    await node.interrupt(stale)
    other, hollow = chunks[1]
    await farm.look.execute(
        "UPDATE render.frame_jobs SET done = '{}' WHERE task_id = $1", hollow.task_id
    )
    answers = await asyncio.gather(
        *(agent.succeed(chunk, frames_done=_frames(chunk)) for agent, chunk in chunks),
        return_exceptions=True,
    )
    assert isinstance(answers[0], LeaseLost) or answers[0].task_state == "queued"  # type: ignore[union-attr]
    assert (await farm.task(stale.task_id))["state"] == "queued"
    assert (await farm.task(hollow.task_id))["state"] == "queued"
    for _, chunk in chunks[2:]:
        assert (await farm.task(chunk.task_id))["state"] == "succeeded"
    assert other


def _report(chunk: Grant) -> ResultReport:
    return ResultReport(
        token=chunk.token, outcome="succeeded", frames_done=_frames(chunk), frames_sha256=NO_FRAME
    )


async def test_the_batch_itself_refuses_what_is_not_held(farm: Farm) -> None:
    (node, chunk), (_, second), *_ = await _chunks(farm, 1)
    right = node.claimed(chunk)
    wrong = claimed(uuid4(), second.task_id, second.attempt, second.token)
    desk = farm.deps.shared(successes)
    report = _report(chunk)
    assert chunk.job_id is not None
    asked = [Success(claim, chunk.job_id, report) for claim in (right, wrong)]
    assert await asyncio.gather(*map(desk.ask, asked)) == [True, False]
    assert (await farm.task(second.task_id))["state"] == "leased"


async def test_signs_of_life_that_come_together_renew_each_its_own(farm: Farm) -> None:
    nodes = [await farm.node() for _ in range(20)]
    await farm.age_sessions(20, *nodes)
    nodes[3].session_id = uuid4()
    before = "SELECT count(*) FROM render.node_sessions WHERE renewed_at > now() - interval '5 s'"
    assert await farm.look.fetchval(before) == 0
    answers = await asyncio.gather(*(node.beat() for node in nodes), return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Conflict)] == [3]
    assert await farm.look.fetchval(before) == 19
    assert await farm.look.fetchval("SELECT count(*) FROM render.node_health_logs") == 19


async def test_a_repeat_that_comes_at_any_moment_gets_the_grants_of_the_first(farm: Farm) -> None:
    node = await farm.node(slots=64)
    for _ in range(40):
        await farm.job("0-9")
        request_id = uuid4()
        asking = []
        for step in range(6):
            asking.append(asyncio.create_task(node.claim(request_id=request_id, wait_s=20)))
            for _ in range(step):
                await asyncio.sleep(0)
        tokens = {(await one)[0].token for one in asking}
        assert len(tokens) == 1


async def test_waiting_nodes_notice_kinds_of_work_that_were_never_asked_for(farm: Farm) -> None:
    nodes = [await farm.node() for _ in range(3)]
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    waiting = [asyncio.create_task(node.claim(wait_s=20)) for node in nodes]
    await farm.job("0-9")
    first, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await farm.job("0-9", plan="split")
    second, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
    grants = [grant for one in (*first, *second) for grant in await one]
    assert [grant.spec.kind for grant in grants] == ["render", "bind"]
    for one in left:
        one.cancel()
    listening.cancel()
