"""What the pages show of a render's frames, and give of its files."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.usecases.overview.jobs import Stretch, coarse
from orchestrator.usecases.overview.results import file_name
from tests.support.farm import TENANT, Farm
from tests.support.people import Person, signed_in
from tests.support.server import Api, running

JOBS = "/admin/jobs"
JOB = UUID("01a2074c-1cd4-7535-a729-5a295e2f6402")


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@pytest.fixture
async def viewer(api: Api) -> Person:
    return await signed_in(api, "viewer")


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (repeat('a', 32), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id"
    )
    yield Farm(api.deps, look, bundle)
    await look.close()


@pytest.mark.parametrize(
    ("project", "kind", "name"),
    [
        ("معرفیِ شرکت\u200cها", "video", "معرفیِ شرکت\u200cها 01a2074c-1cd4.mp4"),
        ("a/b\\c:d*e?", "poster", "a b c d e 01a2074c-1cd4 poster.jpg"),
        ("gpj\u202e\x00\n", "thumbnail", "gpj 01a2074c-1cd4 thumbnail.jpg"),
        (". .", "video", "render 01a2074c-1cd4.mp4"),
        (None, "video", "render 01a2074c-1cd4.mp4"),
        ("x" * 300, "video", "x" * 80 + " 01a2074c-1cd4.mp4"),
    ],
    ids=["persian", "signs", "hidden", "dots", "none", "long"],
)
def test_a_download_is_named_by_its_project_and_hides_nothing(
    project: str | None, kind: str, name: str
) -> None:
    media_type = "video/mp4" if kind == "video" else "image/jpeg"
    assert file_name(project, JOB, kind, media_type) == name


async def test_a_video_keeps_its_address_takes_ranges_and_has_a_persian_name(
    farm: Farm, viewer: Person
) -> None:
    job = await farm.job("0-9")
    await farm.look.execute(
        "INSERT INTO content.projects (id, tenant_id, name)"
        " SELECT project_id, tenant_id, 'نوروز' FROM render.render_jobs WHERE id = $1"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        job,
    )
    node = await farm.node()
    (grant,) = await node.claim()
    await node.render(grant)
    page = (await viewer.get(f"{JOBS}/{job}")).body.decode()
    assert f'href="{JOBS}/{job}/exports/video"' in page
    sent = await viewer.get(f"{JOBS}/{job}/exports/video")
    assert sent.code == 303
    part = await viewer.get(sent.headers["Location"], headers={"Range": "bytes=1-2"})
    assert (part.code, len(part.body)) == (206, 2)
    assert f"نوروز {str(job)[:13]}." in unquote(part.headers["Content-Disposition"])
    for wrong in (f"{job}/exports/poster", f"{job}/exports/none", f"{uuid4()}/exports/video"):
        assert (await viewer.get(f"{JOBS}/{wrong}")).code == 404


async def test_pictures_that_came_are_spread_over_the_video_and_end_with_the_newest(
    farm: Farm, viewer: Person
) -> None:
    job = await farm.job("0-9999")
    await farm.look.execute(
        "INSERT INTO render.job_events (tenant_id, job_id, type, payload)"
        " SELECT $1, $2, 'preview', jsonb_build_object('frame', n * 30, 'key', 'p/' || n)"
        " FROM generate_series(0, 297) n",
        TENANT,
        job,
    )
    page = (await viewer.get(f"{JOBS}/{job}?part=all")).body.decode()
    shown = [int(one) for one in re.findall(rf"{JOBS}/{job}/frames/(\d+)", page)]
    assert len(shown) in range(20, 26)
    assert (shown[0], shown[-1]) == (0, 8910)
    sent = await viewer.get(f"{JOBS}/{job}/frames/8910")
    assert sent.code == 303
    assert "/p/297?" in sent.headers["Location"]
    for wrong in ("1", "x", "٣", "99999999999"):
        assert (await viewer.get(f"{JOBS}/{job}/frames/{wrong}")).code == 404


def test_a_strip_of_ten_thousand_frames_is_small_and_hides_no_failure() -> None:
    every = [Stretch(n, 1, "done" if n % 2 else "left") for n in range(10_000)]
    every[5_001] = Stretch(5_001, 1, "failed")
    strip = coarse(every)
    assert len(strip) <= 400
    assert sum(one.count for one in strip) == 10_000
    (failed,) = (one for one in strip if one.state == "failed")
    assert failed.first <= 5_001 < failed.first + failed.count
    assert failed.count >= 25, "narrower than a pixel it would not be seen"


def test_a_strip_of_few_long_stretches_stays_exact() -> None:
    strip = [Stretch(0, 4000, "done"), Stretch(4000, 26, "failed"), Stretch(4026, 5974, "left")]
    assert coarse(strip) == strip
    assert coarse([]) == []


async def test_a_job_of_ten_thousand_scattered_frames_is_a_small_page(
    farm: Farm, viewer: Person
) -> None:
    job = await farm.job("0-9999", plan="split")
    await farm.look.execute(
        "UPDATE render.frame_jobs SET done = frames * (SELECT range_agg(int4range(n, n + 1))"
        " FROM generate_series(0, 9998, 2) n) WHERE job_id = $1",
        job,
    )
    answer = await viewer.get(f"{JOBS}/{job}")
    assert answer.code == 200
    assert len(answer.body) < 100_000
    assert "5,000" in answer.body.decode()


async def test_the_buttons_follow_the_state_of_the_render(api: Api, farm: Farm) -> None:
    operator = await signed_in(api, "operator")
    job = await farm.job("0-9")
    waiting = (await operator.get(f"{JOBS}/{job}?part=acts")).body.decode()
    assert 'value="cancel"' in waiting
    assert 'data-live="jobs"' in waiting
    node = await farm.node()
    (grant,) = await node.claim()
    await node.render(grant)
    done = (await operator.get(f"{JOBS}/{job}?part=acts")).body.decode()
    assert 'value="cancel"' not in done
    assert "/again" in done
    assert "data-live" not in done
