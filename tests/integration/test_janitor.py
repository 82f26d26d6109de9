"""The janitor: what goes when, what never goes, and what a kill or a second janitor changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from orchestrator.errors import Conflict, FarmError
from orchestrator.ids import new_id
from orchestrator.usecases.farm.janitor import clean
from orchestrator.usecases.jobs.retry import retry
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Output
from tests.support.farm import TENANT, Agent, Farm, open_farm

OTHER = UUID("00000000-0000-0000-0000-00000000000b")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def render(farm: Farm, node: Agent, tenant: UUID = TENANT) -> tuple[UUID, Output, Output]:
    """Let a split job be done; give it, its bound copy and its video."""
    job = await farm.job("0-3", plan="split", tenant=tenant)
    (bind,) = await node.claim()
    bound = await node.upload(bind, "bound", "bound.aep", 0)
    await node.succeed(bind, bound)
    (chunk,) = await node.claim()
    for number in range(4):
        await node.upload(chunk, "sound", f"frames/{number:05d}.png", 0)
    await node.frames(chunk, "0-3", upload=True)
    await node.succeed(chunk, frames_done="0-3")
    (export,) = await node.claim()
    video = await node.upload(export, "video", "video.mp4", 4)
    await node.succeed(export, video)
    return job, bound, video


async def age(farm: Farm, job: UUID, by: timedelta) -> None:
    await farm.look.execute(
        "UPDATE render.render_jobs SET created_at = created_at - $2::interval,"
        " finished_at = finished_at - $2::interval"
        " WHERE id = $1", job, by,
    )  # fmt: skip


async def schedule(farm: Farm, kind: str, keep: timedelta | None, tenant: UUID | None) -> None:
    """Set a tenant's own row, or that of all; None: not in force."""
    seconds = 1 if keep is None else int(keep.total_seconds())
    await farm.look.execute(
        "DELETE FROM file_mgr.cleanup_schedules"
        " WHERE kind = $1 AND tenant_id IS NOT DISTINCT FROM $2", kind, tenant,
    )  # fmt: skip
    await farm.look.execute(
        "INSERT INTO file_mgr.cleanup_schedules (kind, keep_s, enabled, tenant_id)"
        " VALUES ($1, $2, $3, $4)", kind, seconds, keep is not None, tenant,
    )  # fmt: skip


async def there(farm: Farm, key: str) -> bool:
    return await farm.deps.objects.stat(key) is not None


async def put(farm: Farm, key: str) -> str:
    async def content() -> AsyncIterator[bytes]:
        yield key.encode()

    await farm.deps.objects.put(key, content(), max_bytes=1000)
    return key


async def row(farm: Farm, job: UUID) -> dict[str, object]:
    found = await farm.look.fetchrow("SELECT * FROM render.render_jobs WHERE id = $1", job)
    assert found is not None
    return dict(found)


async def test_frames_and_bound_copies_go_by_their_own_times_and_results_stay(farm: Farm) -> None:
    job, bound, video = await render(farm, await farm.node())
    frame = video.key.replace(video.key.split("/", 2)[2], "")
    await schedule(farm, "bound_copies", 2 * DAY, None)
    await age(farm, job, 7 * HOUR)
    assert await clean(farm.deps) == 1
    assert await there(farm, bound.key)
    assert await there(farm, video.key)
    left = await farm.deps.objects.clear(frame, frozenset({bound.key, video.key}))
    assert left == 0, "the frames are gone"
    assert await farm.look.fetchval("SELECT count(*) FROM render.frame_results") == 0
    await age(farm, job, 2 * DAY)
    assert await clean(farm.deps) == 1
    assert not await there(farm, bound.key)
    assert await there(farm, video.key)
    assert await clean(farm.deps) == 0


async def test_a_tenants_own_schedule_stands_in_for_that_of_all(farm: Farm) -> None:
    node = await farm.node()
    await farm.look.execute(
        "INSERT INTO identity.tenants (id, slug, name) VALUES ($1, 'other', 'Other')", OTHER
    )
    jobs = {tenant: await render(farm, node, tenant) for tenant in (TENANT, OTHER)}
    for kind in ("frames", "bound_copies"):
        await schedule(farm, kind, None, OTHER)
    for job, _, _ in jobs.values():
        await age(farm, job, 7 * HOUR)
    await clean(farm.deps)
    assert not await there(farm, jobs[TENANT][1].key)
    assert await there(farm, jobs[OTHER][1].key), "not in force for this one"
    for kind in ("frames", "bound_copies"):
        await schedule(farm, kind, 8 * HOUR, OTHER)
    assert await clean(farm.deps) == 0
    await age(farm, jobs[OTHER][0], 2 * HOUR)
    assert await clean(farm.deps) == 2
    assert not await there(farm, jobs[OTHER][1].key)
    told = await farm.look.fetch(
        "SELECT kind, tenant_id, last_dropped FROM file_mgr.cleanup_schedules"
        " WHERE last_run_at IS NOT NULL AND kind IN ('frames', 'bound_copies')"
        " ORDER BY kind, tenant_id NULLS LAST"
    )
    assert [tuple(one) for one in told] == [
        ("bound_copies", OTHER, 1), ("bound_copies", None, 0),
        ("frames", OTHER, 1), ("frames", None, 0),
    ]  # fmt: skip


async def test_a_kill_between_objects_and_row_leaks_nothing_and_nobody_retries_meanwhile(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    stray = await node.upload(grant, "poster", "poster.jpg", 0)
    await node.fail(grant, FailureClass.VALUES)
    await age(farm, job, 4 * DAY)
    whole = farm.deps.objects.clear

    async def killed(prefix: str, keep: frozenset[str]) -> int:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(farm.deps.objects, "clear", killed)
        with pytest.raises(asyncio.CancelledError):
            await clean(farm.deps)
    assert await there(farm, stray.key)
    assert (await row(farm, job))["objects_dropped_at"] is None
    with pytest.raises(Conflict, match="half an hour"):
        await retry(farm.deps, TENANT, job)
    assert await clean(farm.deps) == 0, "whoever took it may still be at it"
    await farm.look.execute(
        "UPDATE render.render_jobs SET frames_dropped_at = frames_dropped_at - interval '16 min'"
    )
    farm.deps.objects.clear = whole  # type: ignore[method-assign]
    assert await clean(farm.deps) == 1
    assert not await there(farm, stray.key)
    await retry(farm.deps, TENANT, job)
    found = await row(farm, job)
    assert (found["frames_dropped_at"], found["objects_dropped_at"]) == (None, None)


async def test_a_storage_that_refuses_keeps_one_thing_and_not_the_others(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await farm.node()
    first, second = [await render(farm, node) for _ in range(2)]
    for job in (first, second):
        await age(farm, job[0], 7 * HOUR)
    whole = farm.deps.objects.delete

    async def sometimes(key: str) -> None:
        if key == first[1].key:
            raise FarmError("storage_failed", 500, "No.")
        await whole(key)

    with monkeypatch.context() as patched:
        patched.setattr(farm.deps.objects, "delete", sometimes)
        assert await clean(farm.deps) == 3, "two of frames, one of bound copies"
    assert await there(farm, first[1].key)
    assert await clean(farm.deps) == 1
    assert not await there(farm, first[1].key)


async def test_two_janitors_at_once_drop_everything_once(farm: Farm) -> None:
    node = await farm.node(slots=20)
    jobs = [await farm.job("0-3") for _ in range(60)]
    kept = []
    for _ in range(3):
        for grant in await node.claim(20):
            await node.upload(grant, "poster", "stray.jpg", 0)
            await node.render(grant, "0-3")
            kept.append(f"attempts/{grant.job_id}/{grant.task_id}/{grant.attempt}/video.mp4")
    assert len(kept) == len(jobs)
    await farm.look.execute("UPDATE render.render_jobs SET finished_at = now() - interval '7 h'")
    counts = await asyncio.gather(*(clean(farm.deps) for _ in range(3)))
    assert sum(counts) == 120, "each job's bound copies once and its frames once"
    assert all([await there(farm, key) for key in kept])
    strays = [key.replace("video.mp4", "stray.jpg") for key in kept]
    assert not any([await there(farm, key) for key in strays])


async def test_what_came_late_goes_in_a_second_run_and_what_is_published_stays(farm: Farm) -> None:
    job, bound, video = await render(farm, await farm.node())
    await age(farm, job, 7 * HOUR)
    assert await clean(farm.deps) == 2
    late = await put(farm, bound.key.replace("bound.aep", "late.png"))
    assert await clean(farm.deps) == 0
    await farm.look.execute(
        "UPDATE render.render_jobs SET objects_dropped_at = objects_dropped_at - interval '49 h'"
    )
    assert await clean(farm.deps) == 1
    assert not await there(farm, late)
    assert await there(farm, video.key)
    assert await clean(farm.deps) == 0


async def test_exports_go_only_where_a_schedule_names_them(farm: Farm) -> None:
    job, _, video = await render(farm, await farm.node())
    await age(farm, job, 400 * DAY)
    await farm.look.execute("UPDATE render.exports SET published_at = now() - interval '400 days'")
    await clean(farm.deps)
    assert await there(farm, video.key)
    await schedule(farm, "exports", 30 * DAY, TENANT)
    assert await clean(farm.deps) >= 1
    assert not await there(farm, video.key)
    assert await farm.look.fetchval("SELECT dropped_at IS NOT NULL FROM render.exports")


async def test_tasks_attempts_and_events_go_after_the_retention_and_the_job_stays(
    farm: Farm,
) -> None:
    node = await farm.node()
    old, _, video = await render(farm, node)
    young, _, _ = await render(farm, node)
    await age(farm, old, 91 * DAY)
    await clean(farm.deps)
    tables = {"tasks": "job_id", "frame_jobs": "job_id", "job_events": "job_id"}
    for table, column in tables.items():
        sql = f"SELECT DISTINCT {column} FROM render.{table}"
        assert [one[0] for one in await farm.look.fetch(sql)] == [young], table
    assert await farm.look.fetchval("SELECT count(*) FROM render.attempts") == 3
    assert await farm.job_state(old) == "done"
    assert await there(farm, video.key)


async def test_tasks_without_a_job_leave_neither_objects_nor_rows(farm: Farm) -> None:
    class_id = await farm.look.fetchval(
        "INSERT INTO render.task_classes (requirements_sha256, requirements)"
        " VALUES (repeat('a', 64), '{}') RETURNING class_id"
    )
    ids = [
        await farm.look.fetchval(
            "INSERT INTO render.tasks (tenant_id, kind, class_id, state, queued_at, finished_at)"
            " VALUES ($1, 'scan', $2, $3, now(), now() - $4::interval) RETURNING id",
            TENANT, class_id, state, ago,
        )
        for state, ago in (("queued", None), ("succeeded", HOUR), ("succeeded", 7 * HOUR),
                           ("cancelled", 91 * DAY))
    ]  # fmt: skip
    await farm.look.execute(
        "INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256)"
        " SELECT id, 1, $1, 1, sha256('t') FROM render.tasks", TENANT,
    )  # fmt: skip
    facts = [await put(farm, f"attempts/none/{task}/1/facts.json") for task in ids]
    assert await clean(farm.deps) == 2
    assert [await there(farm, key) for key in facts] == [True, True, False, False]
    left = await farm.look.fetch("SELECT id FROM render.tasks ORDER BY id")
    assert [one["id"] for one in left] == ids[:3]
    left = await farm.look.fetch("SELECT task_id FROM render.attempts ORDER BY task_id")
    assert [one["task_id"] for one in left] == ids[:3]


async def font(farm: Farm, name: str, deleted: timedelta | None) -> str:
    font_id = new_id()
    key = await put(farm, f"fonts/{TENANT}/{font_id}")
    await farm.look.execute(
        "INSERT INTO render.fonts (id, tenant_id, postscript_name, family, style, format,"
        " object_key, sha256, size_bytes, deleted_at)"
        " VALUES ($1, $2, $3, 'f', 's', 'ttf', $4, md5($3) || md5($3), 1, now() - $5::interval)",
        font_id, TENANT, name, key, deleted,
    )  # fmt: skip
    return key


async def test_deleted_fonts_go_once_no_task_can_want_them(farm: Farm) -> None:
    kept = await font(farm, "Kept", None)
    fresh = await font(farm, "Fresh", HOUR)
    free = await font(farm, "Free", 2 * DAY)
    wanted = await font(farm, "Wanted", 2 * DAY)
    job = await farm.job("0-9")
    await age(farm, job, 3 * DAY)
    node = await farm.node()
    await farm.look.execute(
        "INSERT INTO render.node_fonts (node_id, postscript_name, source, sha256)"
        " SELECT $1, postscript_name, 'tenant', sha256 FROM render.fonts", node.node_id,
    )  # fmt: skip
    await farm.look.execute(
        "UPDATE render.tasks SET inputs = $1::text::jsonb",
        f'[{{"path": "fonts/a.ttf", "object_key": "{wanted}",'
        f' "sha256": "{"a" * 64}", "size_bytes": 1}}]',
    )
    assert await clean(farm.deps) == 1
    keys = (kept, fresh, free, wanted)
    assert [await there(farm, key) for key in keys] == [True, True, False, True]
    told = await farm.look.fetch("SELECT postscript_name FROM render.node_fonts ORDER BY 1")
    assert [one[0] for one in told] == ["Fresh", "Kept", "Wanted"]
    (grant,) = await node.claim()
    await node.fail(grant, FailureClass.VALUES)
    assert await clean(farm.deps) == 0, "a person may bring the failed job back"
    await age(farm, job, 4 * DAY)
    assert [await clean(farm.deps), await clean(farm.deps)] == [1, 1], "the job, then the font"
    assert not await there(farm, wanted)


async def test_deleted_files_snapshots_and_logs_go_object_first(farm: Farm) -> None:
    file_key, shot_key = (
        await put(farm, f"media/{TENANT}/f"),
        await put(farm, f"snapshots/{TENANT}/{'a' * 64}/1-1.png"),
    )
    await farm.look.execute(
        "INSERT INTO file_mgr.files (id, tenant_id, name, kind, state, object_key, deleted_at)"
        " VALUES ($1, $2, 'f', 'image', 'deleted', $3, now() - interval '2 days')",
        uuid4(), TENANT, file_key,
    )  # fmt: skip
    await farm.look.execute(
        "INSERT INTO render.snapshots (tenant_id, project_id, frame, cache_key, state, object_key,"
        " sha256, size_bytes, width, height, finished_at, last_used_at)"
        " VALUES ($1, $1, 0, repeat('a', 64), 'ready', $2, repeat('a', 64), 1, 1, 1, now(),"
        " now() - interval '8 days')", TENANT, shot_key,
    )  # fmt: skip
    job, _, _ = await render(farm, await farm.node())
    await farm.look.execute(
        "INSERT INTO render.attempt_logs (task_id, attempt, start_byte, size_bytes, text, at)"
        " SELECT task_id, attempt, 0, 1, 'x', now() - interval '31 days' FROM render.attempts"
        " UNION ALL SELECT task_id, attempt, 1, 1, 'y', now() FROM render.attempts"
    )
    assert await clean(farm.deps) == 2 + 3
    assert not await there(farm, file_key)
    assert not await there(farm, shot_key)
    assert await farm.look.fetchval("SELECT count(*) FROM file_mgr.files") == 0
    assert await farm.look.fetchval("SELECT count(*) FROM render.snapshots") == 0
    pieces = await farm.look.fetch("SELECT DISTINCT text FROM render.attempt_logs")
    assert [one["text"] for one in pieces] == ["y"]
    assert await farm.job_state(job) == "done"


async def test_small_rows_are_bounded_by_settings(farm: Farm) -> None:
    await farm.look.execute(
        "INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload, created_at)"
        " SELECT $1, 'job.done', n::text, '{}', now() - make_interval(days => 60 - n)"
        " FROM generate_series(1, 60) AS n", TENANT,
    )  # fmt: skip
    await farm.look.execute(
        "INSERT INTO render.audit_log (at, actor_kind, action)"
        " SELECT now() - make_interval(days => 731 - 2 * n), 'cli', 'x'"
        " FROM generate_series(0, 2) AS n"
    )
    await clean(farm.deps)
    assert await farm.look.fetchval("SELECT count(*) FROM render.outbox") == 30
    assert await farm.look.fetchval("SELECT count(*) FROM render.audit_log") == 2
