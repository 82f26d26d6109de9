"""What the hot path goes without is held otherwise: keys by statements, small samples by a test."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.ids import new_id
from orchestrator.store.render import queue, tasks
from orchestrator.store.render.queue import Asker
from orchestrator.store.render.tasks import NewTask, NewTasks
from tests.support.farm import TENANT, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def _insert(farm: Farm, job_id: UUID, class_id: int, bundle_id: int | None) -> list[int]:
    rows = [
        NewTask("frames", 1, place, "queued", class_id, bundle_id, 0, 1, {}, [])
        for place in range(3)
    ]
    async with farm.deps.db.transaction() as session:
        return await tasks.insert_many(session, NewTasks(TENANT, job_id, None, 50, 3), rows)


async def test_tasks_of_no_job_class_or_bundle_are_refused_and_leave_nothing(farm: Farm) -> None:
    job_id = await farm.job("0-9")
    class_id = await farm.look.fetchval("SELECT class_id FROM render.tasks")
    known = (job_id, class_id, farm.bundle_id)
    counts = "SELECT (SELECT count(*) FROM render.tasks), (SELECT count(*) FROM render.task_queue)"
    before = await farm.look.fetchrow(counts)
    for wrong in ((new_id(), *known[1:]), (job_id, 9999, known[2]), (job_id, class_id, 9999)):
        with pytest.raises(LookupError, match="there is not"):
            await _insert(farm, *wrong)
    assert await farm.look.fetchrow(counts) == before
    assert len(await _insert(farm, *known)) == 3
    assert len(await _insert(farm, job_id, class_id, None)) == 3


async def test_an_attempt_is_written_only_of_a_task_that_there_is(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node(slots=2)
    task_id = await farm.look.fetchval("SELECT id FROM render.tasks")
    await farm.look.execute(
        "INSERT INTO render.task_queue (id, class_id, priority, vtime)"
        " SELECT 9999, class_id, 50, 0 FROM render.task_queue"
    )
    asker = Asker(node.node_id, new_id(), node.session_id.int, 1, 2)
    await queue.claim(farm.deps.db.claims(), [asker], [(task_id, 0), (9999, 0)], b"s" * 32)
    tried = await farm.look.fetch("SELECT task_id, node_id FROM render.attempts")
    assert [tuple(row) for row in tried] == [(task_id, node.node_id)]


async def test_every_column_of_the_histories_is_analysed_by_a_small_sample(farm: Farm) -> None:
    dear = await farm.look.fetch(
        "SELECT attrelid::regclass || '.' || attname AS name FROM pg_attribute"
        " WHERE attrelid IN ('render.tasks'::regclass, 'render.attempts'::regclass)"
        " AND attnum > 0 AND NOT attisdropped AND coalesce(attstattarget, -1) <> 10"
    )
    assert [row["name"] for row in dear] == [], "ALTER COLUMN ... SET STATISTICS 10, see 42"
