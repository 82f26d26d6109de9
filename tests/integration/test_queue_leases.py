"""Leases: who holds them, how they are lost, and what the fence refuses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from orchestrator.errors import Conflict, LeaseLost
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.tasks import notes, uploads
from orchestrator.wire.tasks import CrashReport, Grant, LogChunk, UploadFile, UploadRequest
from tests.support.farm import NO_FRAME, TENANT, Agent, Farm, open_farm, refs


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, poll_every_s=600) as opened:
        yield opened


async def _log(node: Agent, grant: Grant) -> object:
    chunk = LogChunk(token=grant.token, offset=0, text="a line\n")
    return await notes.log(node.farm.deps, node.claimed(grant), chunk)


async def _crash(node: Agent, grant: Grant) -> None:
    report = CrashReport(token=grant.token, crash_class="signal", exit_code=-9)
    await notes.crash(node.farm.deps, node.claimed(grant), report)


async def _uploads(node: Agent, grant: Grant) -> object:
    file = UploadFile(name="a.png", size_bytes=1, sha256=NO_FRAME, content_type="image/png")
    request = UploadRequest(token=grant.token, files=(file,))
    return await uploads.targets(node.farm.deps, node.claimed(grant), request)


async def _end(node: Agent, grant: Grant) -> None:
    """Hand the work back, unless the report under test ended it."""
    if (await node.farm.task(grant.task_id))["state"] in {"leased", "running"}:
        await node.interrupt(grant)


REPORTS: dict[str, Callable[[Agent, Grant], Awaitable[Any]]] = {
    "progress": lambda node, grant: node.progress(grant, "frames", 1, 10),
    "frames": lambda node, grant: node.frames(grant, "0-3"),
    "result": lambda node, grant: node.interrupt(grant),
    "log": _log,
    "crash": _crash,
    "uploads": _uploads,
    "success": lambda node, grant: node.render(grant),
}


async def test_a_report_counts_only_with_the_current_token_of_this_node(farm: Farm) -> None:
    await farm.job("0-9")
    node, other = await farm.node(), await farm.node()
    for report in REPORTS.values():
        (grant,) = await node.claim()
        last = "1" if grant.token[-1] != "1" else "2"
        stale = (
            (node, grant.model_copy(update={"token": grant.token[:-1] + last})),
            (node, grant.model_copy(update={"attempt": grant.attempt + 1})),
            (node, grant.model_copy(update={"task_id": grant.task_id + 1})),
            (other, grant),
        )
        for who, what in stale:
            with pytest.raises(LeaseLost):
                await report(who, what)
        await report(node, grant)
        await _end(node, grant)


async def test_a_late_report_of_an_expired_lease_is_refused(farm: Farm) -> None:
    for report in REPORTS.values():
        await farm.job("0-9")
        node, next_node = await farm.node(), await farm.node()
        (late,) = await node.claim()
        await farm.end_grace()
        await farm.age_sessions(40, node)
        assert (await sweep(farm.deps)).expired == 1
        (grant,) = await next_node.claim()
        assert (grant.task_id, grant.attempt) == (late.task_id, 2)
        assert grant.token != late.token
        with pytest.raises(LeaseLost):
            await report(node, late)
        await report(next_node, grant)
        with suppress(Conflict):  # a success ended it
            await cancel(farm.deps.db, TENANT, cast("UUID", grant.job_id))


async def test_the_same_request_id_is_answered_with_the_same_grants(farm: Farm) -> None:
    for _ in range(3):
        await farm.job("0-9")
    node = await farm.node(slots=4)
    request_id = uuid4()
    first = await node.claim(2, request_id=request_id)
    again = await node.claim(2, request_id=request_id)
    assert [(g.task_id, g.attempt, g.token) for g in first] == [
        (g.task_id, g.attempt, g.token) for g in again
    ]
    both = await asyncio.gather(*(node.claim(1, request_id=request_id) for _ in range(4)))
    assert {grants[0].token for grants in both} == {first[0].token}


async def test_one_request_id_sent_many_times_at_once_leases_once(farm: Farm) -> None:
    for _ in range(8):
        await farm.job("0-9")
    node = await farm.node(slots=8)
    request_id = uuid4()
    answers = await asyncio.gather(*(node.claim(1, request_id=request_id) for _ in range(8)))
    assert len({grants[0].token for grants in answers}) == 1
    count = "SELECT count(*) FROM render.task_queue WHERE NOT ready"
    assert await farm.look.fetchval(count) == 1


async def test_a_repeat_that_waits_beside_the_first_gets_its_grants(farm: Farm) -> None:
    node = await farm.node()
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    request_id = uuid4()
    waiting = [asyncio.create_task(node.claim(request_id=request_id, wait_s=20)) for _ in range(3)]
    await farm.job("0-9")
    tokens = [(await one)[0].token for one in waiting]
    assert len(set(tokens)) == 1
    listening.cancel()


async def test_many_claimers_never_share_a_task(farm: Farm) -> None:
    for _ in range(200):
        await farm.job("0-9")
    nodes = [await farm.node(slots=64) for _ in range(20)]
    taken: list[tuple[int, int]] = []

    async def work(node: Agent) -> None:
        while grants := await node.claim(3):
            taken.extend((grant.task_id, grant.attempt) for grant in grants)

    await asyncio.gather(*(work(node) for node in nodes))
    assert len(taken) == 200
    assert len(set(taken)) == 200
    assert {attempt for _, attempt in taken} == {1}


async def test_nobody_gets_more_than_it_has_slots(farm: Farm) -> None:
    for _ in range(4):
        await farm.job("0-9")
    node = await farm.node(slots=2)
    assert len(await node.claim(4)) == 2
    assert await node.claim(4) == ()


async def test_a_waiting_claim_is_woken_by_new_work(farm: Farm) -> None:
    node = await farm.node()
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    before = farm.deps.wakeups.count
    waiting = asyncio.create_task(node.claim(wait_s=20))
    job = await farm.job("0-9")
    (grant,) = await waiting
    assert grant.job_id == job
    assert farm.deps.wakeups.count > before
    listening.cancel()


async def test_an_interruption_costs_nothing_and_requeues_at_once(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    for attempt in range(1, 8):
        (grant,) = await node.claim()
        assert grant.attempt == attempt
        assert (await node.interrupt(grant)).task_state == "queued"
    task = await farm.task(grant.task_id)
    assert (task["failures"], task["interruptions"]) == (0, 7)


async def test_nothing_expires_for_a_ttl_after_an_outage_of_ours(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    await node.claim()
    await farm.age_sessions(40, node)
    await farm.look.execute("UPDATE render.reaper_sweeps SET swept_at = now() - interval '16 s'")
    swept = await sweep(farm.deps)
    assert (swept.action, swept.expired) == ("grace", 0)
    swept = await sweep(farm.deps)
    assert (swept.action, swept.expired) == ("grace", 0)
    await farm.end_grace()
    assert (await sweep(farm.deps)).expired == 1


async def test_the_brake_holds_when_most_leases_would_expire_at_once(farm: Farm) -> None:
    nodes = [await farm.node(slots=2) for _ in range(6)]
    for node in nodes:
        for _ in range(2):
            await farm.job("0-9")
        assert len(await node.claim(2)) == 2
    await farm.end_grace()
    await farm.age_sessions(40, *nodes)
    swept = await sweep(farm.deps)
    assert (swept.action, swept.expired) == ("hold", 0)
    assert swept.alarm is not None
    assert (await sweep(farm.deps)).action == "hold"
    await farm.look.execute("UPDATE render.reaper_sweeps SET held_until = now()")
    assert (await sweep(farm.deps)).expired == 10
    assert (await sweep(farm.deps)).expired == 2


async def test_a_node_that_renews_keeps_its_lease(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await farm.end_grace()
    await farm.age_sessions(40, node)
    await node.beat(grant)
    assert (await sweep(farm.deps)).expired == 0
    assert (await node.render(grant)).task_state == "succeeded"


async def test_a_silent_node_goes_offline_and_comes_back_online(farm: Farm) -> None:
    node = await farm.node()
    await farm.end_grace()
    await farm.age_sessions(40, node)
    assert (await sweep(farm.deps)).silent == 1
    state = "SELECT state FROM render.nodes WHERE id = $1"
    assert await farm.look.fetchval(state, node.node_id) == "offline"
    with pytest.raises(Conflict) as refused:
        await node.beat()
    assert refused.value.code == "session_lost"
    await node.register()
    assert await farm.look.fetchval(state, node.node_id) == "online"


async def test_registering_again_keeps_offered_leases_and_queues_the_others(farm: Farm) -> None:
    for _ in range(2):
        await farm.job("0-9")
    node = await farm.node(slots=2)
    kept, dropped = await node.claim(2)
    answer = await node.register(kept)
    assert answer.kept == refs(kept)
    assert answer.lost == ()
    assert (await farm.task(dropped.task_id))["state"] == "queued"
    assert (await node.render(kept)).task_state == "succeeded"
    with pytest.raises(LeaseLost):
        await node.interrupt(dropped)


async def test_leases_of_a_session_that_was_closed_are_settled_by_the_next(farm: Farm) -> None:
    for _ in range(2):
        await farm.job("0-9")
    node = await farm.node(slots=2)
    kept, dropped = await node.claim(2)
    await farm.look.execute(
        "UPDATE render.node_sessions SET closed_at = now(), close_reason = 'superseded'"
    )
    assert (await node.register(kept)).kept == refs(kept)
    assert (await farm.task(dropped.task_id))["state"] == "queued"


async def test_an_agent_that_was_away_takes_back_what_nobody_leased_since(farm: Farm) -> None:
    for _ in range(2):
        await farm.job("0-9")
    node, other = await farm.node(slots=2), await farm.node()
    leases = await node.claim(2)
    await farm.end_grace()
    await farm.age_sessions(40, node)
    assert (await sweep(farm.deps)).expired == 2
    (taken,) = await other.claim()
    (gone,) = [one for one in leases if one.task_id == taken.task_id]
    (free,) = [one for one in leases if one.task_id != taken.task_id]
    answer = await node.register(*leases)
    assert answer.kept == refs(free)
    assert answer.lost == refs(gone)
    assert (await node.render(free)).task_state == "succeeded"
    assert (await other.render(taken)).task_state == "succeeded"


async def test_a_grant_that_never_reached_its_agent_is_queued_again(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.beat()
    assert (await farm.task(grant.task_id))["state"] == "leased"
    await farm.look.execute("UPDATE render.tasks SET leased_at = now() - interval '31 seconds'")
    await node.beat()
    assert (await farm.task(grant.task_id))["state"] == "queued"


async def test_the_log_is_appended_without_gaps_or_doubles(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()

    async def send(offset: int, text: str) -> int:
        chunk = LogChunk(token=grant.token, offset=offset, text=text)
        return (await notes.log(farm.deps, node.claimed(grant), chunk)).offset

    assert await send(0, "سلام\n") == 9
    assert await send(0, "سلام\n") == 9
    assert await send(20, "later\n") == 9
    assert await send(0, "سلام\nnext\n") == 14
    rows = await farm.look.fetch("SELECT text FROM render.attempt_logs ORDER BY start_byte")
    assert "".join(row["text"] for row in rows) == "سلام\nnext\n"


async def test_of_a_cancel_and_a_result_at_once_exactly_one_wins(farm: Farm) -> None:
    node = await farm.node()
    for _ in range(6):
        job = await farm.job("0-9")
        (grant,) = await node.claim()
        video = await node.upload(grant, "video", "video.mp4", 10)
        ended = await asyncio.gather(
            cancel(farm.deps.db, TENANT, job),
            node.succeed(grant, video, frames_done="0-9"),
            return_exceptions=True,
        )
        state = await farm.job_state(job)
        assert [type(one) for one in ended if isinstance(one, Exception)] == [
            Conflict if state == "done" else LeaseLost
        ]
        exports = "SELECT count(*) FROM render.exports WHERE job_id = $1"
        assert await farm.look.fetchval(exports, job) == (1 if state == "done" else 0)
