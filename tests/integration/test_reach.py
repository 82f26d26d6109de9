"""How far callers reach: tenants' keys not into the farm, nobody's calls beyond their bounds."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from orchestrator.api.route import KeyScope, Route
from orchestrator.api.table import ROUTES
from orchestrator.errors import TooMany
from orchestrator.usecases.events import follow
from orchestrator.usecases.events.follow import Followers
from orchestrator.usecases.imports import preview
from orchestrator.usecases.imports.preview import MOST_SCANS, Comparisons
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from orchestrator.usecases.nodes.moves import move_node
from orchestrator.usecases.scans import kept
from orchestrator.usecases.scans.kept import Scans, size_of
from orchestrator.web import cookies
from orchestrator.wire.scan import ScanResult
from tests.fakes.rifx import CompSpec, comps
from tests.support.farm import open_farm
from tests.support.people import Person
from tests.support.server import Api, another_tenant, running

OF_THE_FARM = tuple(
    r for r in ROUTES if isinstance(r.auth, KeyScope) and r.auth.scopes == ("operator",)
)


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


def path_of(route: Route) -> str:
    return re.sub(r"\{[^}]+\}", str(uuid4()), route.plain_path)


async def test_an_admins_key_of_a_tenant_does_not_reach_the_farms_nodes(api: Api) -> None:
    _, theirs = await another_tenant(api)
    assert {"create_enrolment", "retire_node", "get_metrics"} <= {r.name for r in OF_THE_FARM}
    for route in OF_THE_FARM:
        answer = await theirs.call(route.method, path_of(route), json={"reason": "x"})
        assert (route.name, answer.code) == (route.name, 403)
        assert (await api.call(route.method, path_of(route), json={"reason": "x"})).code != 403


async def test_a_tenant_cannot_give_itself_the_scope_of_the_farm(api: Api) -> None:
    _, theirs = await another_tenant(api)
    wanted = {"name": "k", "scopes": ["render", "operator"]}
    assert (await theirs.call("POST", "/v1/api-keys", json=wanted)).code == 403
    assert (
        await theirs.call("POST", "/v1/api-keys", json={**wanted, "scopes": ["admin"]})
    ).code == 201
    assert (await api.call("POST", "/v1/api-keys", json=wanted)).code == 201


async def test_a_key_to_which_the_farm_gave_the_scope_has_it(api: Api) -> None:
    tenant, theirs = await another_tenant(api)
    made = await make_key(api.deps.db, tenant, "ours", ("operator",))
    assert (await theirs.with_key(made.secret).call("GET", "/v1/nodes")).code == 200


async def test_a_tenants_streams_are_bounded_and_all_of_them_share_the_looks(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, tenant = api.deps.shared(Followers), uuid4()
    monkeypatch.setattr(follow, "OF_A_TENANT", 2)
    monkeypatch.setattr(follow, "LOOKS_PER_S", 0.5)
    with shared.following(tenant), shared.following(tenant):
        assert shared.pause_s == 4
        with pytest.raises(TooMany), shared.following(tenant):
            raise AssertionError
        with shared.following(uuid4()):
            assert shared.pause_s == 6
    assert shared.pause_s == follow.LOOK_EVERY_S
    with shared.following(tenant):
        assert shared.pause_s == 2


async def test_who_follows_too_much_is_told_before_a_stream_begins(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await api.call("POST", "/v1/projects", json={"name": "p"})
    monkeypatch.setattr(follow, "IN_ALL", 0)
    path = f"/v1/renders/{made.json['id']}/events"
    assert (await api.call("GET", path)).code == 404
    monkeypatch.setattr("orchestrator.api.clients.events.must_exist", _exists)
    answer = await api.call("GET", path)
    assert (answer.code, answer.json["code"]) == (429, "too_many_streams")


async def _exists(*_: object) -> None:
    """Find every render."""


async def test_a_quarantine_without_a_reason_is_one(database: str, tmp_path: Path) -> None:
    async with open_farm(database, tmp_path) as farm:
        node = await farm.node()
        moved = await move_node(farm.deps.db, node.node_id, "quarantine", None)
        assert (moved.state, moved.state_reason) == ("quarantined", "A person quarantined it.")


@pytest.mark.parametrize("path", ["/admin/sign-in", "/admin/link"])
async def test_a_neighbour_puts_no_notice_before_the_door(api: Api, path: str) -> None:
    holder = cast("Any", SimpleNamespace(set_cookie=lambda _, value, **__: sealed.append(value)))
    sealed: list[str] = []
    undo = cookies.Undo("/admin/sign-in", (("email", "me"),))
    cookies.set_notice(holder, "", "bad", "Your password must be given here.", undo)
    page = await Person(api, notice=sealed[0]).get(
        path, headers={"Cookie": f"{cookies.NOTICE}={sealed[0]}"}
    )
    assert page.code == 200
    assert b"must be given here" not in page.body


async def test_scans_that_change_nothing_are_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scan = ScanResult(mode="fix", mode_detected="fix", mode_reason="", ae_version="24")
    nothing = cast(
        "Any", SimpleNamespace(diff=SimpleNamespace(changes=()), source=SimpleNamespace(scan=scan))
    )
    found = Comparisons(cast("Any", None))
    for number in range(MOST_SCANS + 3):
        found.put((number,), nothing)
    assert found.get((2,)) is None
    assert found.get((3,)) is not None
    monkeypatch.setattr(preview, "BYTES_KEPT", 2 * size_of(scan))
    found.put(("new",), nothing)
    assert [n for n in range(MOST_SCANS + 3) if found.get((n,))] == [3]


async def test_large_scans_without_a_field_are_not_all_kept(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await scanned(api) for _ in range(2)]
    tenant, reads = DEFAULT_TENANT, api.deps.shared(Scans)
    scan = await reads.read(api.deps.db.session(), tenant, first)
    assert scan is not None
    monkeypatch.setattr(kept, "BYTES_KEPT", size_of(scan) * 3 // 2)
    for project in (second, first):
        again = await reads.read(api.deps.db.session(), tenant, project)
        assert again == scan
        assert await reads.read(api.deps.db.session(), tenant, project) is again
    assert await reads.read(api.deps.db.session(), tenant, first) is not scan


async def scanned(api: Api) -> UUID:
    """Make a template of one comp without a field."""
    made = await api.call("POST", "/v1/projects", json={"name": "p"})
    project = made.json["id"]
    file = io.BytesIO(comps(CompSpec("frfinal")))
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", file)).code == 201
    assert (await api.call("POST", f"/v1/template-scans/{project}/quick")).code == 200
    return UUID(project)


async def test_who_sends_many_large_ones_keeps_nobody_else_waiting_for_them(api: Api) -> None:
    many, other = uuid4(), uuid4()
    came: list[UUID] = []

    async def work(tenant: UUID) -> None:
        async with api.deps.heavy_turn(tenant):
            came.append(tenant)

    taken = 0
    while not api.deps.turns.locked():
        await api.deps.turns.acquire()
        taken += 1
    waiting = []
    for tenant in (many, many, many, many, other):
        waiting.append(asyncio.create_task(work(tenant)))
        for _ in range(5):
            await asyncio.sleep(0)
    api.deps.turns.release()
    await asyncio.gather(*waiting)
    assert came == [many, other, many, many, many]
    for _ in range(taken - 1):
        api.deps.turns.release()
