"""What done jobs teach of their template, and the plans that come of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.core.picture import Picture
from orchestrator.core.scheduling.pace import p90, work_s
from orchestrator.store.render import waiting
from orchestrator.store.render.plans import pace
from orchestrator.usecases.renders.planning import Planned, idle_alike, plan_of
from orchestrator.usecases.tasks import result
from orchestrator.wire.base import Fps
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.tasks import Grant, ResultReport
from tests.support.farm import ABLE, NO_FRAME, TENANT, Agent, Farm, open_farm

TIMES = {"bind": 40.0, "launch": 30.0, "open": 60.0, "first_frame": 5.0, "frame": 4.0,
         "frame_slowest": 9.0, "export": 1.0, "upload": 0.01}  # fmt: skip


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def render(node: Agent, grant: Grant, times: dict[str, float]) -> None:
    """Do a whole job, with the times that its node tells."""
    report = ResultReport(
        token=grant.token,
        outcome="succeeded",
        outputs=(await node.upload(grant, "video", "video.mp4", 10),),
        frames_done="0-9",
        frames_sha256=NO_FRAME,
        timings_s=times,
    )
    await result.result(node.farm.deps, node.claimed(grant), report)


async def project_of(farm: Farm, job: UUID) -> UUID:
    found: UUID = await farm.look.fetchval(
        "SELECT project_id FROM render.render_jobs WHERE id = $1", job
    )
    return found


def order(project: UUID, plan: str | None = None) -> RenderOrder:
    return RenderOrder(project_id=project, engine="preview", plan=plan)  # type: ignore[arg-type]


def picture(frames: int) -> Picture:
    return Picture(0, frames - 1, Fps(num=25), 1920, 1080)


async def test_a_done_job_teaches_how_fast_its_template_goes(farm: Farm) -> None:
    node = await farm.node()
    job = await farm.job("0-9")
    (grant,) = await node.claim()
    await render(node, grant, TIMES)
    known = await pace.read(farm.deps.db.session(), TENANT, await project_of(farm, job), "preview")
    assert known is not None
    assert (known.samples, known.bind_s, known.launch_s, known.open_s) == (1, 40, 30, 60)
    assert (known.first_frame_s, known.frame_s, known.frame_slowest_s) == (5, 4, 9)
    assert known.export_frame_s == pytest.approx(0.1)
    assert known.link_bytes_s == pytest.approx(len("video.mp4") / 0.01)


async def test_a_node_that_tells_little_teaches_nothing(farm: Farm) -> None:
    node = await farm.node()
    for times in ({}, {"bind": 1.0}):
        job = await farm.job("0-9")
        (grant,) = await node.claim()
        await render(node, grant, times)
        assert await farm.job_state(job) == "done"
    assert await farm.look.fetchval("SELECT count(*) FROM render.template_pace") == 0


@pytest.mark.parametrize(
    "lie",
    [
        TIMES | {"upload": 1e-300},
        TIMES | {"export": 5e-324},
        dict.fromkeys(TIMES, 1e-300),
        dict.fromkeys(TIMES, 1e7),
        {"launch": 1.0, "frame": 1.0, "export": 1.0},
    ],
    ids=["upload", "export", "tiny", "huge", "few"],
)
async def test_no_time_that_a_node_makes_up_keeps_a_job_from_its_end(
    farm: Farm, lie: dict[str, float]
) -> None:
    node = await farm.node()
    for times in (TIMES, lie, lie, TIMES):
        job = await farm.job("0-9")
        (grant,) = await node.claim()
        await render(node, grant, times)
        assert await farm.job_state(job) == "done"
    known = await pace.read(farm.deps.db.session(), TENANT, await project_of(farm, job), "preview")
    assert known is not None
    assert p90(work_s(known, 10), known) < 1e12


async def test_a_known_template_is_split_over_idle_nodes_where_that_pays(farm: Farm) -> None:
    nodes = [await farm.node() for _ in range(4)]
    job = await farm.job("0-9")
    (grant,) = await nodes[0].claim()
    await render(nodes[0], grant, TIMES)
    project = await project_of(farm, job)
    await farm.look.execute("UPDATE render.template_pace SET link_bytes_s = 1e8")
    deps = farm.deps
    assert await plan_of(deps, TENANT, order(project), picture(1000)) == Planned("split", 95)
    assert await plan_of(deps, TENANT, order(project), picture(5)) == Planned("single", 95)
    assert (await plan_of(deps, TENANT, order(project, "single"), picture(1000))).plan == "single"
    assert (await plan_of(deps, TENANT, order(project, "split"), picture(5))).plan == "split"
    stranger = await plan_of(deps, UUID(int=5), order(project), picture(1000))
    assert stranger == Planned("single")


async def test_only_idle_nodes_of_one_build_count_for_a_split(farm: Farm) -> None:
    engine = ABLE.engines[0]
    other = ABLE.model_copy(update={"engines": (engine.model_copy(update={"version": "1.1"}),)})
    alike = [await farm.node() for _ in range(3)]
    await farm.node(able=other)
    session = farm.deps.db.session()
    assert idle_alike(await waiting.nodes(session), "preview") == 3
    await farm.job("0-9")
    await alike[0].claim()
    assert idle_alike(await waiting.nodes(session), "preview") == 2
    assert idle_alike(await waiting.nodes(session), "aftereffects") == 0
