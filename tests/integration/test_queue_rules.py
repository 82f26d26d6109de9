"""Rules of the queue: fair share, blame, quarantine, retry, plans of the planner."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from orchestrator.errors import Conflict
from orchestrator.store import statements
from orchestrator.store.pool import CLAIM_PINS
from orchestrator.usecases.farm.janitor import clean
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.nodes.moves import move_node
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.tasks import Grant
from tests.support.farm import ABLE, TENANT, Agent, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def _next(farm: Farm, node: Agent) -> Grant:
    """Claim the one task there is, its rest and its wait for others cut short."""
    await _rested(farm)
    await farm.look.execute("UPDATE render.task_queue SET shy_until = now()")
    (grant,) = await node.claim()
    return grant


async def _rested(farm: Farm) -> None:
    """Cut rests after failures short."""
    await farm.look.execute("UPDATE render.tasks SET not_before = now() WHERE not_before > now()")
    await farm.deps.db.session().execute("queue_due")


async def test_a_tenant_with_a_few_jobs_does_not_wait_behind_one_with_many(farm: Farm) -> None:
    small = uuid4()
    for _ in range(10):
        await farm.job("0-99")
    jobs = {await farm.job("0-99", tenant=small) for _ in range(2)}
    node = await farm.node(slots=64)
    first = await node.claim(4)
    assert len(jobs & {grant.job_id for grant in first}) == 2


async def test_a_higher_priority_goes_first_and_equals_go_in_order(farm: Farm) -> None:
    plain = [await farm.job("0-9") for _ in range(3)]
    urgent = await farm.job("0-9", priority=90)
    node = await farm.node()
    order: list[UUID | None] = []
    for _ in range(4):
        (grant,) = await node.claim()
        order.append(grant.job_id)
        await node.render(grant)
    assert order == [urgent, *plain]


async def test_a_node_gets_what_its_cache_holds_first_but_only_within_a_window(farm: Farm) -> None:
    other = await farm.look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (repeat('c', 32), repeat('d', 64), 'zip', 1, 'templates/o/b/bundle.zip', 'a.aep')"
        " RETURNING bundle_id"
    )
    first = await farm.job("0-9")
    mine, farm.bundle_id = farm.bundle_id, other
    cached = await farm.job("0-9")
    for _ in range(60):
        farm.bundle_id = mine
        await farm.job("0-9")
    farm.bundle_id = other
    far = await farm.job("0-9")
    node = await farm.node(slots=64)
    order = [grant.job_id for _ in range(3) for grant in await node.claim(bundles=("c" * 32,))]
    assert order[:2] == [cached, first]
    assert far not in order


async def test_failures_on_three_nodes_quarantine_the_task_and_fail_its_job(farm: Farm) -> None:
    job = await farm.job("0-9")
    states = []
    for _ in range(3):
        node = await farm.node()
        grant = await _next(farm, node)
        states.append((await node.fail(grant)).task_state)
    assert states == ["queued", "queued", "quarantined"]
    assert await farm.job_state(job) == "failed"
    row = await farm.look.fetchrow(
        "SELECT failure_code, failure_message FROM render.render_jobs WHERE id = $1", job
    )
    assert row is not None
    assert tuple(row) == ("broken", "It broke.")


async def test_one_node_alone_comes_to_an_end_too(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    states = [(await node.fail(await _next(farm, node))).task_state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]
    assert await farm.job_state(job) == "failed"
    await retry(farm.deps, TENANT, job)
    states = [(await node.fail(await _next(farm, node))).task_state for _ in range(3)]
    assert states == ["queued", "queued", "failed"]


@pytest.mark.parametrize(
    "failure_class", [FailureClass.VALUES, FailureClass.TEMPLATE, FailureClass.ASSET]
)
async def test_what_another_try_cannot_mend_fails_at_once_and_blames_no_node(
    farm: Farm, failure_class: FailureClass
) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    assert (await node.fail(grant, failure_class)).task_state == "failed"
    assert await farm.job_state(job) == "failed"
    assert await farm.look.fetchval("SELECT failures_in_row FROM render.nodes") == 0


async def test_failures_by_a_nodes_fault_do_not_count_against_the_task(farm: Farm) -> None:
    await farm.job("0-9")
    bad, good = await farm.node(), await farm.node()
    for _ in range(3):
        grant = await _next(farm, bad)
        assert (await bad.fail(grant, FailureClass.NODE)).task_state == "queued"
    assert (await farm.task(grant.task_id))["failures"] == 0
    states = await farm.look.fetch("SELECT id, state FROM render.nodes")
    assert {row["id"]: row["state"] for row in states} == {
        bad.node_id: "quarantined",
        good.node_id: "online",
    }
    assert await bad.claim() == ()
    assert (await good.render(await _next(farm, good))).task_state == "succeeded"
    await move_node(farm.deps.db, bad.node_id, "resume")
    row = await farm.look.fetchrow("SELECT * FROM render.nodes WHERE id = $1", bad.node_id)
    assert row is not None
    assert (row["state"], row["failures_in_row"]) == ("offline", 0)


async def test_a_quarantined_node_is_probed_and_one_more_failure_sends_it_back(
    farm: Farm,
) -> None:
    await farm.job("0-9")
    bad, _ = await farm.node(), await farm.node()
    state = "SELECT state FROM render.nodes WHERE id = $1"
    for _ in range(3):
        await bad.fail(await _next(farm, bad), FailureClass.NODE)
    assert await farm.look.fetchval(state, bad.node_id) == "quarantined"
    await farm.look.execute("UPDATE render.nodes SET probe_at = now() WHERE probe_at > now()")
    await sweep(farm.deps)
    await bad.beat()
    assert await farm.look.fetchval(state, bad.node_id) == "online"
    await bad.fail(await _next(farm, bad), FailureClass.NODE)
    assert await farm.look.fetchval(state, bad.node_id) == "quarantined"


async def test_the_last_capable_node_is_never_quarantined(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    for _ in range(4):
        await node.fail(await _next(farm, node), FailureClass.NODE)
    assert await farm.look.fetchval("SELECT state FROM render.nodes") == "online"


async def test_a_task_that_takes_three_nodes_down_is_quarantined(farm: Farm) -> None:
    job = await farm.job("0-9")
    for _ in range(3):
        node = await farm.node()
        await node.claim()
        await farm.end_grace()
        await farm.age_sessions(40, node)
        assert (await sweep(farm.deps)).expired == 1
    assert await farm.job_state(job) == "failed"
    code = "SELECT failure_code FROM render.render_jobs WHERE id = $1"
    assert await farm.look.fetchval(code, job) == "poison"


async def test_a_task_that_kills_the_agents_of_three_nodes_is_quarantined_though_they_return(
    farm: Farm,
) -> None:
    job = await farm.job("0-9")
    states = []
    for _ in range(3):
        node = await farm.node()
        grant = await _next(farm, node)
        answer = await node.interrupt(grant, agent_died=True)
        assert await node.interrupt(grant, agent_died=True) == answer
        states.append(answer.task_state)
        assert await node.claim() == (), "the same node must not be the first to get it again"
        await farm.look.execute("UPDATE render.nodes SET state = 'draining'")
    assert states == ["queued", "queued", "quarantined"]
    assert await farm.job_state(job) == "failed"


async def test_a_retry_revives_a_failed_job_and_attempts_count_on(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.fail(grant, FailureClass.VALUES)
    await retry(farm.deps, TENANT, job)
    with pytest.raises(Conflict, match="only a failed one"):
        await retry(farm.deps, TENANT, job)
    (again,) = await node.claim()
    assert (again.task_id, again.attempt) == (grant.task_id, 2)
    assert (await node.fail(again)).task_state == "queued"
    assert (await node.render(await _next(farm, node))).task_state == "succeeded"
    assert await farm.events(job) == [
        "failed",
        "queued",
        "preparing",
        "rendering",
        "validating",
        "exporting",
        "done",
    ]
    types = await farm.look.fetch("SELECT type FROM render.outbox ORDER BY id")
    assert [row["type"] for row in types][:2] == ["job.failed", "job.queued"]


async def test_a_failed_job_whose_parts_were_cleared_away_is_not_retried_into_nothing(
    farm: Farm,
) -> None:
    job = await farm.job("0-9", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.fail(chunk, FailureClass.VALUES)
    single = await farm.job("0-9")
    (grant,) = await node.claim()
    await node.fail(grant, FailureClass.VALUES)
    await farm.look.execute(
        "UPDATE render.render_jobs SET finished_at = finished_at - interval '73 hours'"
    )
    assert await clean(farm.deps) == 2
    with pytest.raises(Conflict, match="Order it again"):
        await retry(farm.deps, TENANT, job)
    assert await farm.job_state(job) == "failed"

    await retry(farm.deps, TENANT, single)
    (again,) = await node.claim()
    await node.fail(again, FailureClass.VALUES)
    await farm.look.execute(
        "UPDATE render.render_jobs SET finished_at = finished_at - interval '73 hours'"
    )
    assert await clean(farm.deps) == 1
    await farm.look.execute("DELETE FROM render.tasks WHERE job_id = $1", single)
    with pytest.raises(Conflict, match="Order it again"):
        await retry(farm.deps, TENANT, single)


async def test_a_node_that_drains_does_not_stand_in_for_the_last_that_works(farm: Farm) -> None:
    await farm.job("0-9")
    node, other = await farm.node(), await farm.node()
    await move_node(farm.deps.db, other.node_id, "drain")
    for _ in range(3):
        await node.fail(await _next(farm, node), FailureClass.NODE)
    states = await farm.look.fetch("SELECT state FROM render.nodes ORDER BY state")
    assert [row["state"] for row in states] == ["draining", "online"]


async def test_a_draining_node_finishes_and_takes_no_more(farm: Farm) -> None:
    for _ in range(2):
        await farm.job("0-9")
    node = await farm.node(slots=2)
    (grant,) = await node.claim(1)
    await move_node(farm.deps.db, node.node_id, "drain")
    assert (await node.beat(grant)).drain
    assert (await node.register(grant)).drain
    assert (await node.render(grant)).task_state == "succeeded"
    assert await node.claim() == ()
    await move_node(farm.deps.db, node.node_id, "resume")
    assert len(await node.claim()) == 1


async def test_a_claim_walks_indexes_only(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    await farm.look.execute(
        "INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime)"
        " SELECT 1000000 + n, n % 3 + 1, n % 5, 50, n FROM generate_series(1, 20000) AS n"
    )
    for name, value in CLAIM_PINS.items():
        await farm.look.execute(f"SET {name} = {value}")
    plans = {
        "queue_candidates": "'{1,2}', '{1,2}', 16",
        "queue_claim": "'{1,2}', '{1,1}', '{}', '{}', '{1,1}', '{1,1}', '{1,1}', '\\x00'",
    }
    types = {
        "queue_candidates": "integer[], integer[], integer",
        "queue_claim": "bigint[], integer[], uuid[], uuid[], bigint[], bigint[], integer[], bytea",
    }
    text = ""
    for name, args in plans.items():
        await farm.look.execute(f"PREPARE {name} ({types[name]}) AS {statements.load()[name]}")
        plan = await farm.look.fetch(f"EXPLAIN EXECUTE {name} ({args})")
        text += "\n".join(row[0] for row in plan)
    assert "task_queue_ready_by_class" in text
    assert "task_queue_ready_by_bundle" in text
    assert "task_queue_pkey" in text
    assert "Seq Scan on task_queue" not in text
    assert "Seq Scan on tasks" not in text
    assert node


async def test_a_film_in_a_new_container_waits_for_an_agent_that_knows_it(farm: Farm) -> None:
    old = await farm.node(able=ABLE.model_copy(update={"skills": ()}))
    film = await farm.job("0-9", output=OutputSpec(container="mov"))
    assert await old.claim() == ()
    plain = await farm.job("0-9")
    assert [grant.job_id for grant in await old.claim()] == [plain]
    new = await farm.node()
    assert [grant.job_id for grant in await new.claim()] == [film]
