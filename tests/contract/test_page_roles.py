"""Every page against every role, made from the pages' own table."""

from typing import Any
from uuid import uuid4

import pytest

from orchestrator.api.route import KeyScope, Route
from orchestrator.api.table import ROUTES
from orchestrator.core.accounts import ROLES, may
from orchestrator.web.page import Page
from orchestrator.web.table import PAGES
from tests.support.people import Person, signed_in
from tests.support.server import Answer, Api

OPEN = {"show_sign_in", "give_password", "show_link", "follow_link"}
OWN = "/admin/account"
"""What changes only the caller's own account is open to viewers."""


@pytest.fixture(scope="module")
async def people(api: Api) -> dict[str, Person]:
    """Give a signed-in person of each role."""
    return {role: await signed_in(api, role) for role in ROLES}


def named(pages: tuple[Page, ...]) -> list[Any]:
    """Make a test of each page, named by its view."""
    return [pytest.param(one, id=one.view.__name__) for one in pages]  # type: ignore[attr-defined]


def filled(one: Page) -> str:
    """Give the page's path with ids that name nothing."""
    path = one.path
    while "{" in path:
        begin, _, rest = path.partition("{")
        path = begin + str(uuid4()) + rest.partition("}")[2]
    return path


async def visit(who: Person, one: Page) -> Answer:
    """Load a page or send an empty form."""
    return await (who.get(filled(one)) if one.method == "GET" else who.post(filled(one)))


CLOSED = tuple(one for one in PAGES if one.needs != "nobody" and one.path != "/admin/live")


def test_only_the_door_is_open() -> None:
    names = {one.view.__name__ for one in PAGES if one.needs == "nobody"}  # type: ignore[attr-defined]
    assert names == OPEN


@pytest.mark.parametrize("one", named(CLOSED))
async def test_who_is_not_signed_in_is_sent_to_the_door(api: Api, one: Page) -> None:
    answer = await visit(Person(api), one)
    assert answer.code == 303
    assert answer.headers["Location"].startswith("/admin/sign-in")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "one", named(tuple(p for p in CLOSED if p.needs in ROLES and p.path != "/admin/sign-out"))
)
async def test_a_role_sees_and_does_what_it_may(
    api: Api, people: dict[str, Person], one: Page, role: Any
) -> None:
    answer = await visit(people[role], one)
    if may(role, one.needs):  # type: ignore[arg-type]
        assert answer.code != 403, answer.body[-400:]
        assert answer.code < 500
    else:
        assert answer.code == 403


def test_a_viewer_changes_nothing_but_the_own_account() -> None:
    changing = {p.path for p in PAGES if p.method == "POST" and p.needs == "viewer"}
    assert {path for path in changing if not path.startswith(OWN)} == set()


KEYED = tuple(r for r in ROUTES if isinstance(r.auth, KeyScope))


@pytest.mark.parametrize("route", [pytest.param(r, id=r.name) for r in KEYED if r.method != "GET"])
async def test_a_viewer_changes_nothing_by_the_api(
    api: Api, people: dict[str, Person], route: Route
) -> None:
    who = people["viewer"]
    path = route.plain_path
    for name, kind in route.parameters.items():
        path = path.replace(f"{{{name}}}", {"uuid": str(uuid4()), "int": "1"}.get(kind, "video"))
    headers = {"Cookie": f"fr_session={who.token}", "X-CSRF-Token": who.csrf}
    answer = await api.with_key(None).call(route.method, path, json={}, headers=headers)
    assert (answer.code, answer.json["code"]) == (403, "forbidden")
