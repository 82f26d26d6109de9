"""Full scans as jobs: asked for over HTTP, done by a node, never believed too late."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from orchestrator.deps import Deps
from orchestrator.embedded import Cluster
from orchestrator.errors import LeaseLost
from orchestrator.usecases.scans import kept
from orchestrator.usecases.scans.order import MOST_UNFINISHED
from orchestrator.usecases.tasks.fence import object_prefix
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.scan import ScanResult
from orchestrator.wire.tasks import Grant, Output
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import Agent, Farm
from tests.support.scan_job import facts_of
from tests.support.server import Answer, Api, another_tenant, serving

DEMO = Path(__file__).parents[2] / "demo" / "template.zip"
OTHER = comps(CompSpec("other", layers=(LayerSpec("words", kind=3, text="x"),)))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give what the engine sees of the demo's template."""
    folder = tmp_path_factory.mktemp("demo")
    with zipfile.ZipFile(DEMO) as bundle:
        bundle.extractall(folder)
    (project,) = folder.rglob("*.aep")
    return facts_of(project).model_dump_json().encode()


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    yield Farm(api.deps, look)
    await look.execute("UPDATE render.nodes SET state = 'offline' WHERE state = 'online'")
    await look.close()


async def project_of(api: Api, content: bytes | None = None) -> str:
    """Make a project with the demo's template, or another one."""
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    project = str(made.json["id"])
    sent = await api.upload(
        f"/v1/projects/{project}/bundle",
        "t.zip" if content is None else "t.aep",
        content or DEMO.read_bytes(),
    )
    assert sent.code == 201, sent.json
    return project


async def scan_of(api: Api, project: str) -> Answer:
    """Ask for a full scan by the preview engine."""
    body = {"project_id": project, "engine": "preview"}
    return await api.call("POST", "/v1/template-scans", json=body)


async def look_at(api: Api, scan: Answer) -> Answer:
    return await api.call("GET", f"/v1/template-scans/{scan.json['id']}")


async def upload(farm: Farm, agent: Agent, grant: Grant, content: bytes) -> Output:
    """Put a file of facts where an attempt's uploads go."""

    async def blocks() -> AsyncIterator[bytes]:
        yield content

    key = object_prefix(None, agent.claimed(grant)) + "facts.json"
    stored = await farm.deps.objects.put(key, blocks(), max_bytes=len(content))
    return Output(
        kind="facts",
        key=key,
        content_type="application/json",
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
    )


async def test_a_full_scan_of_the_demo_is_its_quick_scan_and_more(
    api: Api, farm: Farm, facts: bytes
) -> None:
    project = await project_of(api)
    quick = await api.call("POST", f"/v1/template-scans/{project}/quick")
    asked = await scan_of(api, project)
    assert (asked.code, asked.json["state"], asked.json["phase"]) == (201, "queued", "waiting")
    assert "No node is enrolled" in asked.json["waits_for"]
    agent = await farm.node()
    (grant,) = await agent.claim()
    assert (grant.spec.kind, grant.job_id, grant.engine) == ("scan", None, "preview")
    assert grant.bundle is not None
    assert (await look_at(api, asked)).json["phase"] == "launching"
    await agent.progress(grant, "open", 3, 100)
    opening = (await look_at(api, asked)).json
    assert (opening["state"], opening["phase"], opening["attempt"]) == ("running", "opening", 1)
    assert opening["elapsed_s"] > 0
    answer = await agent.succeed(grant, await upload(farm, agent, grant, facts))
    assert answer.task_state == "succeeded"
    done = (await look_at(api, asked)).json
    assert (done["state"], done["phase"], done["failure"]) == ("succeeded", "ended", None)
    assert done["node_name"] == f"node-{agent.node_id}"
    full = ScanResult.model_validate(done["result"], strict=False)
    expected = ScanResult.model_validate(quick.json, strict=False)
    assert full.full is not None
    assert full.scenes == expected.scenes
    assert full.comps == expected.comps
    assert full.shared_colors == expected.shared_colors
    kept = await farm.look.fetchval(
        "SELECT scan_engine FROM content.projects WHERE id = $1::uuid", project
    )
    assert kept == "full"
    listed = await api.call("GET", f"/v1/template-scans?project_id={project}")
    assert [one["id"] for one in listed.json["data"]] == [done["id"]]
    assert listed.json["data"][0]["result"] is None
    events = await farm.look.fetchval("SELECT count(*) FROM render.task_queue")
    assert events == 0


async def test_a_late_result_never_un_cancels_a_scan(api: Api, farm: Farm, facts: bytes) -> None:
    asked = await scan_of(api, await project_of(api))
    agent = await farm.node()
    (grant,) = await agent.claim()
    output = await upload(farm, agent, grant, facts)
    cancelled = await api.call("POST", f"/v1/template-scans/{asked.json['id']}/cancel")
    assert (cancelled.code, cancelled.json["state"]) == (200, "cancelled")
    with pytest.raises(LeaseLost):
        await agent.progress(grant, "open", 1, 2)
    with pytest.raises(LeaseLost):
        await agent.succeed(grant, output)
    seen = (await look_at(api, asked)).json
    assert (seen["state"], seen["result"], seen["failure"]) == ("cancelled", None, None)
    heard = await agent.beat(grant)
    told = [one.task_id for one in (*heard.lost, *heard.cancelled)]
    assert told == [grant.task_id]
    again = await api.call("POST", f"/v1/template-scans/{asked.json['id']}/cancel")
    assert (again.code, again.json["state"]) == (200, "cancelled")


async def test_cancelling_beside_the_result_ends_in_one_of_the_two(
    api: Api, farm: Farm, facts: bytes
) -> None:
    asked = await scan_of(api, await project_of(api))
    agent = await farm.node()
    (grant,) = await agent.claim()
    output = await upload(farm, agent, grant, facts)
    answers = await asyncio.gather(
        agent.succeed(grant, output),
        api.call("POST", f"/v1/template-scans/{asked.json['id']}/cancel"),
        return_exceptions=True,
    )
    seen = (await look_at(api, asked)).json
    cancel = answers[1]
    assert isinstance(cancel, Answer)
    if seen["state"] == "cancelled":
        assert isinstance(answers[0], LeaseLost)
        assert (cancel.code, seen["result"]) == (200, None)
    else:
        assert (seen["state"], cancel.code) == ("succeeded", 409)


async def test_a_project_without_a_template_fails_at_once(api: Api) -> None:
    made = await api.call("POST", "/v1/projects", json={"name": "empty"})
    answer = await scan_of(api, made.json["id"])
    assert (answer.code, answer.json["code"]) == (409, "no_bundle")
    listed = await api.call("GET", f"/v1/template-scans?project_id={made.json['id']}")
    assert listed.json["data"] == []


async def test_facts_that_are_none_fail_the_attempt_and_another_node_gets_it(
    api: Api, farm: Farm, facts: bytes
) -> None:
    asked = await scan_of(api, await project_of(api))
    agent = await farm.node()
    (grant,) = await agent.claim()
    answer = await agent.succeed(grant, await upload(farm, agent, grant, b'{"version": 1}'))
    assert answer.task_state == "queued"
    answer = await agent.succeed(grant, await upload(farm, agent, grant, b'{"version": 1}'))
    assert answer.task_state == "queued"
    assert (await look_at(api, asked)).json["state"] == "queued"
    # Its rest is over at some moment: no other test's node may be given it then.
    await api.call("POST", f"/v1/template-scans/{asked.json['id']}/cancel")


async def test_a_scan_that_cannot_be_done_ends_with_its_reason(api: Api, farm: Farm) -> None:
    await farm.look.execute("DELETE FROM render.task_queue")
    asked = await scan_of(api, await project_of(api))
    agent = await farm.node()
    (grant,) = await agent.claim()
    with capture_logs() as logs:
        assert (await agent.fail(grant, FailureClass.TEMPLATE)).task_state == "failed"
    (told,) = [line for line in logs if line["event"] == "scan_ended"]
    assert (told["scan"], told["task"]) == (asked.json["id"], grant.task_id)
    assert (told["state"], told["code"], told["message"]) == ("failed", "broken", "It broke.")
    seen = (await look_at(api, asked)).json
    assert (seen["state"], seen["failure"]) == (
        "failed",
        {"code": "broken", "message": "It broke."},
    )
    gone = await api.call("POST", f"/v1/template-scans/{asked.json['id']}/cancel")
    assert (gone.code, gone.json["code"]) == (409, "conflict")


async def test_a_template_replaced_meanwhile_keeps_its_own_scan(
    api: Api, farm: Farm, facts: bytes
) -> None:
    project = await project_of(api)
    asked = await scan_of(api, project)
    agent = await farm.node()
    (grant,) = await agent.claim()
    await api.upload(f"/v1/projects/{project}/bundle", "t.aep", OTHER)
    await agent.succeed(grant, await upload(farm, agent, grant, facts))
    assert (await look_at(api, asked)).json["state"] == "succeeded"
    md5 = await farm.look.fetchval(
        "SELECT scan_bundle_md5 FROM content.projects WHERE id = $1::uuid", project
    )
    assert md5 != asked.json["bundle_md5"]


async def test_the_same_key_orders_one_scan(api: Api) -> None:
    project = await project_of(api)
    body = {"project_id": project, "engine": "preview"}
    headers = {"Idempotency-Key": str(uuid4())}
    first, second = [
        await api.call("POST", "/v1/template-scans", json=body, headers=headers) for _ in range(2)
    ]
    assert first.json["id"] == second.json["id"]
    listed = await api.call("GET", f"/v1/template-scans?project_id={project}")
    assert len(listed.json["data"]) == 1


async def test_another_tenant_sees_no_scan(api: Api) -> None:
    asked = await scan_of(api, await project_of(api))
    _, other = await another_tenant(api)
    path = f"/v1/template-scans/{asked.json['id']}"
    assert (await other.call("GET", path)).code == 404
    assert (await other.call("POST", path + "/cancel")).code == 404
    assert (await scan_of(other, asked.json["project_id"])).code == 404
    assert (await other.call("GET", "/v1/template-scans")).json["data"] == []


async def test_one_tenant_cannot_fill_the_queue_with_scans_nor_pass_its_priority(
    api: Api, farm: Farm
) -> None:
    tenant, other = await another_tenant(api)
    await farm.look.execute("UPDATE identity.tenants SET priority_max = 30 WHERE id = $1", tenant)
    project = await project_of(other)
    asked = [await scan_of(other, project) for _ in range(MOST_UNFINISHED + 1)]
    assert {one.code for one in asked[:-1]} == {201}
    assert (asked[-1].code, asked[-1].json["code"]) == (429, "quota_scans")
    priorities = await farm.look.fetch(
        "SELECT DISTINCT priority FROM render.tasks WHERE tenant_id = $1", tenant
    )
    assert [row["priority"] for row in priorities] == [30]
    gone = await other.call("POST", f"/v1/template-scans/{asked[0].json['id']}/cancel")
    assert gone.json["state"] == "cancelled"
    assert (await scan_of(other, project)).code == 201


async def test_a_bundle_cannot_reach_a_node_behind_the_scan_of_another(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await project_of(api)
    scan = kept.kept_or_new_scan
    swapped = iter((OTHER, DEMO.read_bytes()))

    async def replaced(deps: Deps, tenant_id: UUID, project_id: UUID) -> ScanResult:
        await api.upload(f"/v1/projects/{project}/bundle", "t", next(swapped))
        return await scan(deps, tenant_id, project_id)

    monkeypatch.setattr(kept, "kept_or_new_scan", replaced)
    answer = await scan_of(api, project)
    assert (answer.code, answer.json["code"]) == (409, "bundle_replaced")
    body = {"project_id": project, "engine": "preview"}
    answer = await api.call("POST", "/v1/renders", json=body)
    assert (answer.code, answer.json["code"]) == (409, "bundle_replaced")
