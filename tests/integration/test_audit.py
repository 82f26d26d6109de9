"""Who did what to which thing: written with the change, and found again on the audit page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.core.audit import ACTIONS
from orchestrator.embedded import Cluster
from orchestrator.store import statements
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import TENANT, Farm
from tests.support.forms import form_in
from tests.support.people import PASSWORD, Person, person, signed_in
from tests.support.server import Api, serving

TEMPLATE = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"),)))
_ROW = re.compile(r"<tr><td>(.*?)</tr>", re.DOTALL)
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="module")
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


@pytest.fixture
async def look(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Lend a connection to the audit log's table, which begins empty."""
    connection = await asyncpg.connect(api.dsn)
    await connection.execute("TRUNCATE render.audit_log")
    yield connection
    await connection.close()


async def noted(look: asyncpg.Connection[Any]) -> list[str]:
    """Give the actions of the log in their order."""
    return [
        r["action"] for r in await look.fetch("SELECT action FROM render.audit_log ORDER BY id")
    ]


async def farm_of(api: Api, look: asyncpg.Connection[Any]) -> Farm:
    """Give a farm beside the server, with a bundle of its own."""
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (md5($1), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id",
        str(uuid4()),
    )
    return Farm(api.deps, look, bundle)


async def test_what_a_person_does_to_renders_is_noted_with_everything(
    api: Api, admin: Person, look: asyncpg.Connection[Any]
) -> None:
    farm = await farm_of(api, look)
    job = str(await farm.job())
    await admin.post("/admin/jobs/change", {"wish": "priority", "priority": "60", "job": job})
    await admin.post("/admin/jobs/change", {"wish": "cancel", "job": job})
    # What is so already, and what is refused, is no change.
    await admin.post("/admin/jobs/change", {"wish": "cancel", "job": job})
    await admin.post("/admin/jobs/change", {"wish": "retry", "job": job})
    rows = await look.fetch("SELECT * FROM render.audit_log ORDER BY id")
    assert [row["action"] for row in rows] == ["render.change", "render.cancel"]
    email = await look.fetchval("SELECT id FROM identity.users WHERE email = 'admin@example.com'")
    for row in rows:
        assert (row["actor_kind"], row["actor_id"]) == ("user", str(email))
        assert (row["target_kind"], row["target_id"]) == ("render", job)
        assert row["tenant_id"] == TENANT
        assert str(row["address"]) == "127.0.0.1"
        assert row["request_id"]


async def test_a_key_that_does_the_same_is_noted_as_the_key(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    farm = await farm_of(api, look)
    job = await farm.job()
    await api.call("POST", f"/v1/renders/{job}/cancel")
    (row,) = await look.fetch("SELECT * FROM render.audit_log")
    assert (row["action"], row["actor_kind"]) == ("render.cancel", "api_key")
    known = await look.fetchval(
        "SELECT count(*) FROM identity.tenant_api_keys WHERE id = $1", UUID(row["actor_id"])
    )
    assert known == 1


async def test_a_template_tells_its_whole_life(
    api: Api, admin: Person, look: asyncpg.Connection[Any]
) -> None:
    made = await admin.post("/admin/projects", {"name": "x", "tenant": str(TENANT)})
    path = made.headers["Location"]
    project = path.rpartition("/")[2]
    await api.upload(f"/v1/projects/{project}/bundle", "t.aep", TEMPLATE)
    await admin.post(f"{path}/scan", {"engine": "quick"})
    review = (await admin.get(f"{path}/review")).body.decode()
    await admin.post(f"{path}/review", form_in(review, f"{path}/review"))
    await admin.post(f"{path}/edit", {"name": "y", "state": "published"})
    found = [one for one in await noted(look) if one != "scan.order"]
    wanted = ["project.make", "project.upload", "project.scan", "project.merge", "project.edit"]
    assert found == wanted
    targets = {r["target_id"] for r in await look.fetch("SELECT target_id FROM render.audit_log")}
    assert targets == {project}


async def test_the_editors_rows_are_noted_with_what_of_them_changed(
    api: Api, admin: Person, look: asyncpg.Connection[Any]
) -> None:
    project = (await api.call("POST", "/v1/projects", json={"name": "x"})).json["id"]
    colors = f"/v1/projects/{project}/shared-colors"
    color = await api.call("POST", colors, json={"key": "a", "value": "#ff0000"})
    assert color.code == 201, color.body
    row = f"/admin/projects/{project}/rows/shared_color/{color.json['id']}"
    await look.execute("TRUNCATE render.audit_log")
    await api.call("PATCH", f"/v1/shared-colors/{color.json['id']}", json={"value": "#00ff00"})
    await admin.post(f"{row}/delete")
    await admin.post(f"{row}/restore")
    await admin.post(f"{row}/restore")
    rows = await look.fetch("SELECT action, detail FROM render.audit_log ORDER BY id")
    assert [r["action"] for r in rows] == ["row.edit", "row.delete", "row.restore"]
    assert '"fields":"value"' in rows[0]["detail"].replace(" ", "")


async def test_who_comes_to_the_door_is_noted_also_when_refused(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    email = f"{uuid4().hex}@example.com"
    user_id = await person(api, "viewer", email)
    await look.execute("TRUNCATE render.audit_log")
    guest = Person(api)
    await guest.post("/admin/sign-in", {"email": email, "password": "wrong"})
    await guest.post("/admin/sign-in", {"email": email, "password": PASSWORD})
    await guest.post("/admin/sign-out")
    rows = await look.fetch("SELECT * FROM render.audit_log ORDER BY id")
    told = [(row["action"], row["actor_kind"], row["actor_id"]) for row in rows]
    assert told == [
        ("user.sign_in_refused", "nobody", None),
        ("user.sign_in", "user", str(user_id)),
        ("user.sign_out", "user", str(user_id)),
    ]
    assert {row["target_id"] for row in rows} == {str(user_id)}


async def test_what_admins_do_with_tenants_people_and_machines_is_noted(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    admin = await signed_in(api, "admin", f"{uuid4().hex}@example.com")
    await look.execute("TRUNCATE render.audit_log")
    made = await admin.post("/admin/tenants", {"slug": f"t{uuid4().hex[:8]}", "name": "Noor"})
    tenant = made.headers["Location"]
    limits = {"share": "3", "priority_max": "70", "active_max": "5"}
    await admin.post(f"{tenant}/limits", limits)
    await admin.post(f"{tenant}/suspend")
    await admin.post(f"{tenant}/resume")
    await admin.post(f"{tenant}/keys", {"name": "k", "scope": "render"})
    tenant_id = UUID(tenant.rpartition("/")[2])
    key = await look.fetchval("SELECT id FROM identity.tenant_api_keys WHERE tenant_id = $1",
                              tenant_id)  # fmt: skip
    await admin.post(f"{tenant}/keys/{key}/revoke")
    await admin.post(f"{tenant}/webhooks", {"url": "https://example.com/h", "event": "*"})
    hook = await look.fetchval("SELECT id FROM identity.tenant_webhooks WHERE tenant_id = $1",
                               tenant_id)  # fmt: skip
    for wish in ("pause", "resume", "secret", "test", "delete"):
        await admin.post(f"{tenant}/webhooks/{hook}/{wish}")
    email = f"{uuid4().hex}@example.com"
    await admin.post("/admin/people", {"email": email, "password": PASSWORD, "role": "viewer"})
    person_id = await look.fetchval("SELECT id FROM identity.users WHERE email = $1", email)
    await admin.post(f"/admin/people/{person_id}/role", {"role": "operator"})
    await admin.post(f"/admin/people/{person_id}/suspend")
    await admin.post(f"/admin/people/{person_id}/resume")
    await admin.post("/admin/nodes/enrol")
    await admin.post(f"/admin/account/sessions/{uuid4()}/end")  # there is no such session
    assert await noted(look) == [
        "tenant.make", "tenant.limit", "tenant.suspend", "tenant.resume", "key.make", "key.revoke",
        "webhook.make", "webhook.change", "webhook.change", "webhook.rotate", "webhook.test",
        "webhook.delete", "user.make", "user.role", "user.suspend", "user.resume",
        "node.enrol_token",
    ]  # fmt: skip
    whose = await look.fetch(
        "SELECT DISTINCT tenant_id, actor_kind FROM render.audit_log"
        " WHERE action LIKE 'tenant.%' OR action LIKE 'key.%' OR action LIKE 'webhook.%'"
    )
    assert [tuple(row) for row in whose] == [(tenant_id, "user")]


async def test_a_change_that_breaks_off_leaves_no_note(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    farm = await farm_of(api, look)
    job = await farm.job()
    await look.execute(
        "ALTER TABLE render.audit_log ADD CONSTRAINT full_up CHECK (action <> 'render.cancel')"
    )
    try:
        answer = await api.call("POST", f"/v1/renders/{job}/cancel")
        assert answer.code >= 500
        assert await farm.job_state(job) == "queued"
    finally:
        await look.execute("ALTER TABLE render.audit_log DROP CONSTRAINT full_up")
    assert await noted(look) == []


async def fill(look: asyncpg.Connection[Any], many: int, **given: Any) -> None:
    """Write notes, one a minute back from now."""
    await look.execute(
        "INSERT INTO render.audit_log (at, actor_kind, actor_id, action, target_kind, target_id,"
        " tenant_id) SELECT now() - make_interval(mins => n), $2, $3, $4, 'render', $5, $6"
        " FROM generate_series(1, $1) AS n",
        many,
        given.get("kind", "system"),
        given.get("actor"),
        given.get("action", "render.cancel"),
        given.get("target", str(uuid4())),
        given.get("tenant"),
    )


async def listed(admin: Person, query: str = "") -> list[str]:
    """Give the rows of every page of the list."""
    path, rows = f"/admin/audit{query}", []
    for _ in range(20):
        page = (await admin.get(path)).body.decode()
        rows += _ROW.findall(page)
        more = _NEXT.search(page)
        if more is None:
            return rows
        path = unescape(more[1])
    raise AssertionError("the list has no end")


async def test_pages_of_the_list_hold_every_note_once(
    admin: Person, look: asyncpg.Connection[Any]
) -> None:
    await fill(look, 120)
    await fill(look, 7, action="render.retry")
    assert len(await listed(admin)) == 127
    assert len(await listed(admin, "?action=render.retry")) == 7


async def test_each_filter_finds_its_own(
    api: Api, admin: Person, look: asyncpg.Connection[Any]
) -> None:
    user, thing = uuid4(), uuid4()
    await fill(look, 3, kind="user", actor=str(user), tenant=TENANT, target=str(thing))
    await fill(look, 2, kind="cli", action="user.make")
    assert len(await listed(admin, f"?who=user:{user}")) == 3
    assert len(await listed(admin, "?who=cli")) == 2
    assert len(await listed(admin, f"?thing=render:{thing}")) == 3
    assert len(await listed(admin, f"?tenant={TENANT}")) == 3
    assert len(await listed(admin, f"?tenant={TENANT}&who=cli")) == 0
    assert len(await listed(admin, "?who=nobody-known&action=none&thing=x&tenant=y")) == 5


async def test_a_day_is_that_of_the_person(admin: Person, look: asyncpg.Connection[Any]) -> None:
    for hour in (1, 12, 22):
        await look.execute(
            "INSERT INTO render.audit_log (at, actor_kind, action)"
            " VALUES ($1, 'system', 'render.cancel')",
            datetime(2026, 11, 23, hour, tzinfo=UTC),
        )
    assert len(await listed(admin, "?day=2026-11-23")) == 3
    # Tehran is three and a half hours ahead: there its evening is the next day.
    assert len(await listed(admin, "?day=2026-11-23&zone=210")) == 2
    assert len(await listed(admin, "?day=%DB%B1%DB%B4%DB%B0%DB%B5/9/3&zone=210")) == 1
    wrong = (await admin.get("/admin/audit?day=yesterday")).body.decode()
    assert "Write the day as" in wrong


async def test_the_list_leads_to_the_thing_and_names_it(
    api: Api, admin: Person, look: asyncpg.Connection[Any]
) -> None:
    project = (await api.call("POST", "/v1/projects", json={"name": "Nowruz"})).json["id"]
    (row,) = await listed(admin)
    assert f'href="/admin/projects/{project}"' in row
    assert "Nowruz" in row
    assert "Made a template" in row


async def test_a_hundred_thousand_notes_are_read_by_an_index_each(
    look: asyncpg.Connection[Any],
) -> None:
    statement = statements.load()["audit_page"]
    await look.execute(
        "INSERT INTO render.audit_log (at, actor_kind, actor_id, action, target_kind, target_id,"
        " tenant_id) SELECT now() - make_interval(secs => n), 'user', md5((n % 500)::text),"
        " ($1::text[])[1 + n % cardinality($1)], 'render', md5((n % 900)::text), NULL"
        " FROM generate_series(1, 100000) AS n",
        list(ACTIONS),
    )
    await look.execute("ANALYZE render.audit_log")
    none: list[Any] = [None] * 10
    begin = datetime.now(UTC) - timedelta(hours=20)
    cases: dict[str, dict[int, Any]] = {
        "audit_log_newest": {},
        "audit_log_of_actor": {2: "user", 3: "c4ca4238a0b923820dcc509a6f75849b"},
        "audit_log_of_action": {4: "render.cancel"},
        "audit_log_of_target": {5: "render", 6: "c4ca4238a0b923820dcc509a6f75849b"},
        "audit_log_of_tenant": {7: uuid4()},
    }
    for index, given in cases.items():
        args = [given.get(place, one) for place, one in enumerate(none)]
        plan = "\n".join(
            row[0] for row in await look.fetch(f"EXPLAIN ANALYZE {statement}", *args, 51)
        )
        assert index in plan, plan
        assert "Sort" not in plan
    args = [begin if place == 8 else one for place, one in enumerate(none)]
    args[9] = begin + timedelta(hours=1)
    plan = "\n".join(r[0] for r in await look.fetch(f"EXPLAIN ANALYZE {statement}", *args, 51))
    assert "audit_log_newest" in plan
    assert "Sort" not in plan
