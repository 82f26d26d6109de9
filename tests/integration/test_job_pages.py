"""What a person sees of renders, does with them, and takes back again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.core.scheduling.pace import Pace
from orchestrator.embedded import Cluster
from orchestrator.store.render.plans import pace
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import TENANT, Agent, Farm
from tests.support.people import Person, signed_in
from tests.support.server import Api, serving

JOBS = "/admin/jobs"
TEMPLATE = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"),)))
_UNDO = re.compile(r'<form method="post" action="([^"]+)" class="inline">(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'name="([^"]+)" value="([^"]*)"')
_LINE = re.compile(r'id="job-([0-9a-f-]{36})"')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="module")
async def operator(api: Api) -> Person:
    return await signed_in(api, "operator")


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    """Lend a farm whose nodes and jobs no other test meets."""
    look = await asyncpg.connect(api.dsn)
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (md5($1), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id",
        str(uuid4()),
    )
    yield Farm(api.deps, look, bundle)
    for row in await look.fetch("SELECT id FROM render.render_jobs WHERE finished_at IS NULL"):
        await api.call("POST", f"/v1/renders/{row['id']}/cancel")
    await look.execute("UPDATE render.nodes SET state = 'offline' WHERE state = 'online'")
    await look.close()


async def split_done(farm: Farm, node: Agent) -> UUID:
    """Do a split render of twenty frames, whose frames stay in the storage."""
    job = await farm.job("0-19", plan="split")
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-19", upload=True)
    await node.succeed(chunk, frames_done="0-19")
    (export,) = await node.claim()
    await node.render(export, "0-19")
    assert await farm.job_state(job) == "done"
    return job


async def whole_done(api: Api, node: Agent) -> str:
    """Order a render by the API and do it; its manifest can be repeated."""
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    project = made.json["id"]
    await api.upload(f"/v1/projects/{project}/bundle", "t.aep", TEMPLATE)
    body = {"project_id": project, "engine": "preview", "frames": "0-9"}
    ordered = await api.call("POST", "/v1/renders", json=body)
    (grant,) = await node.claim()
    await node.render(grant)
    return str(ordered.json["id"])


async def shown(who: Person, path: str) -> str:
    answer = await who.get(path)
    assert answer.code == 200, answer.body[-300:]
    return answer.body.decode()


async def take_back(who: Person, path: str) -> str:
    """Load the page that an action led to, and send the way back that its notice offers."""
    found = _UNDO.search((await shown(who, path)).partition('<div class="notice')[2])
    assert found is not None
    fields = {name: unescape(value) for name, value in _FIELD.findall(found[2])}
    answer = await who.post(found[1], fields)
    assert answer.code == 303
    return str(answer.headers["Location"])


async def test_frames_of_a_done_render_are_made_again_in_ones_own_digits(
    api: Api, farm: Farm, operator: Person
) -> None:
    job = await split_done(farm, await farm.node())
    assert f'action="{JOBS}/{job}/repair"' in await shown(operator, f"{JOBS}/{job}")
    wrong = await operator.post(f"{JOBS}/{job}/repair", {"frames": "4 to 5"})
    assert wrong.code == 303
    assert await farm.job_state(job) == "done"
    done = await operator.post(f"{JOBS}/{job}/repair", {"frames": "۴–۵، ۹"})
    assert (done.code, done.headers["Location"]) == (303, f"{JOBS}/{job}")
    assert await farm.job_state(job) == "rendering"
    page = await shown(operator, f"{JOBS}/{job}")
    assert "4-5,9" in page
    assert "/repair" not in page


async def test_a_done_render_shows_its_manifest_and_is_made_again_and_taken_back(
    api: Api, farm: Farm, operator: Person
) -> None:
    job = await whole_done(api, await farm.node())
    assert f"{JOBS}/{job}/manifest.json" in await shown(operator, f"{JOBS}/{job}")
    told = await operator.get(f"{JOBS}/{job}/manifest.json")
    assert "attachment" in told.headers["Content-Disposition"]
    assert told.json["job_id"] == job
    answer = await operator.post(f"{JOBS}/{job}/again")
    made = answer.headers["Location"]
    assert await farm.job_state(UUID(made.rpartition("/")[2])) == "queued"
    await take_back(operator, made)
    assert await farm.job_state(UUID(made.rpartition("/")[2])) == "cancelled"


async def test_the_list_says_how_long_each_render_will_take(
    api: Api, farm: Farm, operator: Person
) -> None:
    known, unknown = await farm.job(), await farm.job()
    project = await farm.look.fetchval(
        "SELECT project_id FROM render.render_jobs WHERE id = $1", known
    )
    average = Pace(5, 20.0, 15.0, 10.0, 5.0, 2.0, 3.0, 0.1, spread=0.25)
    await pace.write(api.deps.db.session(), TENANT, project, "preview", average)
    await farm.node(slots=2)
    api.deps._shared.clear()
    lines = dict(zip(*[iter(_LINE.split(await shown(operator, JOBS))[1:])] * 2, strict=True))
    assert "1 min 11 s" in lines[str(known)]
    assert " s</td>" not in lines[str(unknown)]


async def test_a_new_priority_is_taken_back_where_all_had_the_same(
    api: Api, farm: Farm, operator: Person
) -> None:
    jobs = [await farm.job(priority=50) for _ in range(2)]
    form = {"wish": "priority", "priority": "70", "job": str(jobs[0])}
    await operator.post(f"{JOBS}/change", form)
    assert await _priority(farm, jobs[0]) == 70
    await take_back(operator, JOBS)
    assert await _priority(farm, jobs[0]) == 50


async def _priority(farm: Farm, job: UUID) -> int:
    found = await farm.look.fetchval("SELECT priority FROM render.render_jobs WHERE id = $1", job)
    return int(found)


@pytest.mark.parametrize("wish", ["drain", "quarantine"])
async def test_a_node_that_was_taken_out_comes_back_by_one_button(
    api: Api, farm: Farm, operator: Person, wish: str
) -> None:
    node = await farm.node()
    await operator.post("/admin/nodes/move", {"wish": wish, "node": str(node.node_id)})
    states = "SELECT state FROM render.nodes WHERE id = $1"
    assert await farm.look.fetchval(states, node.node_id) in {"draining", "quarantined"}
    await take_back(operator, "/admin/nodes")
    assert await farm.look.fetchval(states, node.node_id) in {"online", "offline"}
    # Taking back was an action too, and may be taken back.
    await take_back(operator, "/admin/nodes")
    assert await farm.look.fetchval(states, node.node_id) in {"draining", "quarantined"}
    await operator.post("/admin/nodes/move", {"wish": "resume", "node": str(node.node_id)})


async def test_many_at_once_tell_how_many_were_done_and_why_the_others_were_not(
    farm: Farm, operator: Person
) -> None:
    good, ended = str(await farm.job()), str(await farm.job())
    await operator.post(f"{JOBS}/change", {"wish": "cancel", "job": ended})
    form = [("csrf", operator.csrf), ("wish", "priority"), ("priority", "70")]
    headers = {"Cookie": f"fr_session={operator.token}", "Referer": f"{operator.api.base}{JOBS}"}
    answer = await operator.api.with_key(None).call(
        "POST",
        f"{JOBS}/change",
        data=[*form, ("job", good), ("job", ended)],
        headers=headers,
    )
    operator.notice = next(
        line.partition("=")[2].partition(";")[0].strip('"')
        for line in answer.headers.getall("Set-Cookie")
        if line.startswith("fr_notice=")
    )
    told = (await shown(operator, JOBS)).partition("<h1")[0]
    assert 'class="notice warn"' in told
    assert "One could not be done:" in told
    assert f"Render {ended} is cancelled already" in told
    assert await _priority(farm, UUID(good)) == 70
    back = dict(_FIELD.findall(told))
    assert (back["job"], back["priority"]) == (good, "50")


async def test_priorities_that_differed_come_back_each_to_its_own(
    farm: Farm, operator: Person
) -> None:
    jobs = {await farm.job(priority=30): 30, await farm.job(priority=40): 40}
    path = f"{JOBS}/change"
    form: list[tuple[str, str]] = [("csrf", operator.csrf), ("wish", "priority")]
    cookie = {"Cookie": f"fr_session={operator.token}"}
    chosen = [("job", str(one)) for one in jobs]
    caller = operator.api.with_key(None)
    await caller.call("POST", path, data=[*form, ("priority", "70"), *chosen], headers=cookie)
    assert {await _priority(farm, one) for one in jobs} == {70}
    each = [("priority", str(value)) for value in jobs.values()]
    await caller.call("POST", path, data=[*form, *each, *chosen], headers=cookie)
    assert {one: await _priority(farm, one) for one in jobs} == jobs


async def test_a_search_finds_renders_by_the_name_of_their_template(
    api: Api, farm: Farm, operator: Person
) -> None:
    name = f"Nowruz {uuid4()}"
    project = (await api.call("POST", "/v1/projects", json={"name": name})).json["id"]
    mine, other = await farm.job(), await farm.job()
    await farm.look.execute(
        "UPDATE render.render_jobs SET project_id = $2 WHERE id = $1", mine, UUID(project)
    )
    for words in (name.lower(), str(mine)[:13]):
        page = await shown(operator, f"{JOBS}?q={words}")
        assert f'id="job-{mine}"' in page
    assert f'id="job-{other}"' not in await shown(operator, f"{JOBS}?q={name}")
    none = await shown(operator, f"{JOBS}?q=nothing+like+it")
    assert "No template is called so" in none
    assert 'name="job"' not in none
    # The words stay in the field, so the search survives a reload.
    assert 'value="nothing like it"' in none


async def test_a_renders_attempts_lie_on_a_line_of_time(farm: Farm, operator: Person) -> None:
    node = await farm.node()
    job = await farm.job()
    (grant,) = await node.claim()
    page = await shown(operator, f"{JOBS}/{job}")
    assert 'class="bar-running"' in page
    await node.render(grant)
    page = await shown(operator, f"{JOBS}/{job}")
    assert 'class="bar-succeeded"' in page
    assert page.count('<rect class="bar-') == 1


async def test_pages_of_the_list_follow_one_another_and_show_each_render_once(
    api: Api, farm: Farm, operator: Person
) -> None:
    tenant = await farm.look.fetchval(
        "INSERT INTO identity.tenants (id, slug, name) VALUES (gen_random_uuid(), 'many', 'Many')"
        " RETURNING id"
    )
    # All at one moment, as a bulk order makes them: the place in the list is time and id.
    await farm.look.execute(
        "INSERT INTO render.render_jobs (id, tenant_id, project_id, engine, request, state,"
        " finished_at) SELECT gen_random_uuid(), $1, gen_random_uuid(), 'preview', '{}',"
        " 'cancelled', now() FROM generate_series(1, 90)",
        tenant,
    )
    path, seen, sizes = f"{JOBS}?tenant={tenant}", [], []
    while path:
        page = await shown(operator, path)
        here = _LINE.findall(page)
        seen += here
        sizes.append(len(here))
        follows = _NEXT.search(page)
        path = unescape(follows[1]) if follows else ""
    assert sizes == [40, 40, 10]
    assert len(set(seen)) == 90
