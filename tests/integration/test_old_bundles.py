"""Bundles that were replaced: dropped after a while, never while anything may want them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.ids import new_id
from orchestrator.storage.base import Stored
from orchestrator.store.content import projects
from orchestrator.usecases.farm.janitor import clean
from orchestrator.usecases.projects.keep_bundle import keep_bundle
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.farm import TENANT, Farm, open_farm

OLD = "now() - interval '31 days'"


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


def template(word: str) -> bytes:
    return rifx.comps(
        CompSpec(
            "main", (LayerSpec("mark", text=word, out_s=8),), width=64, height=36, duration_s=8
        )
    )


async def project(farm: Farm) -> UUID:
    """Make a project without a bundle."""
    made = new_id()
    await farm.look.execute(
        "INSERT INTO content.projects (id, tenant_id, name, aspect) VALUES ($1, $2, 'p', '16:9')",
        made,
        TENANT,
    )
    return made


async def upload(farm: Farm, tmp_path: Path, project_id: UUID, word: str) -> str:
    """Give a project a template; give the key of its object."""
    received = tmp_path / new_id().hex / "received"
    received.parent.mkdir()
    await asyncio.to_thread(received.write_bytes, template(word))
    sha256 = hashlib.sha256(template(word)).hexdigest()
    await keep_bundle(farm.deps, TENANT, project_id, received, sha256)
    key = "SELECT object_key FROM render.bundles WHERE sha256 = $1"
    return str(await farm.look.fetchval(key, sha256))


async def left(farm: Farm, word: str) -> str:
    """Store a bundle that no project points at any more, for a month; give its object's key."""
    md5, key = hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), f"templates/{word}"

    async def content() -> AsyncIterator[bytes]:
        yield word.encode()

    await farm.deps.objects.put(key, content(), max_bytes=1000)
    farm.bundle_id = await farm.look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path, used_at)"
        f" VALUES ($1, repeat('c', 64), 'zip', 1, $2, 'a.aep', {OLD}) RETURNING bundle_id",
        md5, key,
    )  # fmt: skip
    return key


async def is_there(farm: Farm, key: str) -> bool:
    return await farm.deps.objects.stat(key) is not None


async def age(farm: Farm) -> None:
    """Let a month pass for all bundles."""
    await farm.look.execute(f"UPDATE render.bundles SET used_at = {OLD}")


async def test_a_bundle_that_was_replaced_goes_after_a_month(farm: Farm, tmp_path: Path) -> None:
    own = await project(farm)
    first = await upload(farm, tmp_path, own, "one")
    await age(farm)
    second = await upload(farm, tmp_path, own, "two")
    await clean(farm.deps)
    assert await is_there(farm, first), "its time counts from when it was replaced"
    await age(farm)
    await clean(farm.deps)
    assert (await is_there(farm, first), await is_there(farm, second)) == (False, True)
    await clean(farm.deps)
    assert await is_there(farm, second)


async def test_a_bundle_that_another_project_points_at_stays(farm: Farm) -> None:
    key = await left(farm, "one")
    await farm.look.execute(
        "UPDATE content.projects AS p SET bundle_kind = b.kind, bundle_md5 = b.md5,"
        " bundle_sha256 = b.sha256, bundle_size_bytes = 1, bundle_object_key = b.object_key,"
        " bundle_uploaded_at = now() FROM render.bundles AS b"
        " WHERE p.id = $1 AND b.object_key = $2", await project(farm), key,
    )  # fmt: skip
    await clean(farm.deps)
    assert await is_there(farm, key)


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        ("state = 'queued'", True),
        ((f"state = 'failed', finished_at = {OLD}, failure_code = 'x', failure_class = 'unknown',"
         " failure_message = 'x'"), True),
        ((f"state = 'cancelled', finished_at = {OLD}, frames_dropped_at = now(),"
         " objects_dropped_at = now(), swept_at = now()"), False),
        ("state = 'cancelled', finished_at = now(), frames_dropped_at = now()", True),
    ],
)  # fmt: skip
async def test_what_a_render_may_still_want_stays(farm: Farm, state: str, *, stays: bool) -> None:
    key = await left(farm, "one")
    job = await farm.job("0-9")
    await farm.look.execute("DELETE FROM file_mgr.cleanup_schedules WHERE kind <> 'bundles'")
    await farm.look.execute(f"UPDATE render.render_jobs SET {state} WHERE id = $1", job)
    await clean(farm.deps)
    assert await is_there(farm, key) == stays


async def test_a_bundle_that_is_sent_again_is_stored_anew_under_another_key(
    farm: Farm, tmp_path: Path
) -> None:
    own = await project(farm)
    first = await upload(farm, tmp_path, own, "one")
    await upload(farm, tmp_path, own, "two")
    await age(farm)
    await clean(farm.deps)
    again = await upload(farm, tmp_path, own, "one")
    assert again != first
    assert (await is_there(farm, first), await is_there(farm, again)) == (False, True)
    await clean(farm.deps)
    assert await is_there(farm, again)


async def test_an_upload_that_meets_the_janitor_wins_or_stores_it_anew(
    farm: Farm, tmp_path: Path
) -> None:
    own, other = await project(farm), await project(farm)
    key = await upload(farm, tmp_path, own, "one")
    await upload(farm, tmp_path, own, "two")
    await age(farm)
    bundle_id = await farm.look.fetchval(
        "SELECT bundle_id FROM render.bundles WHERE object_key = $1", key
    )
    async with farm.deps.db.transaction() as session:
        assert await projects.bundle_use(session, bundle_id)
        await clean(farm.deps)
    await clean(farm.deps)
    assert await is_there(farm, key), "whoever began to use it is seen"
    await age(farm)
    await farm.look.execute("UPDATE render.bundles SET going_at = now(), generation = 1")
    assert not await projects.bundle_use(farm.deps.db.session(), bundle_id)
    anew = await upload(farm, tmp_path, other, "one")
    assert anew != key
    assert await is_there(farm, anew)


async def test_a_bundle_that_the_janitor_takes_while_it_is_looked_at_is_stored_anew(
    farm: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = await project(farm), await project(farm)
    key = await upload(farm, tmp_path, own, "one")
    look = farm.deps.objects.stat

    async def stat(asked: str) -> Stored | None:
        found = await look(asked)
        await farm.look.execute("UPDATE render.bundles SET going_at = now(), generation = 1")
        return found

    monkeypatch.setattr(farm.deps.objects, "stat", stat)
    assert await upload(farm, tmp_path, other, "one") != key


async def test_a_drop_that_broke_off_is_taken_up_again(farm: Farm) -> None:
    key = await left(farm, "one")
    begun = "UPDATE render.bundles SET going_at = now() - interval '{}' WHERE object_key = $1"
    await farm.look.execute(begun.format("1 minute"), key)
    await clean(farm.deps)
    assert await is_there(farm, key)
    await farm.look.execute(begun.format("16 minutes"), key)
    await clean(farm.deps)
    assert not await is_there(farm, key)
