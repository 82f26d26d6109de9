"""What pages say when something is missing, forbidden, broken, or away, and that they come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from tests.support.people import Person, signed_in
from tests.support.server import Api, running, serving


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="module")
async def viewer(api: Api) -> Person:
    return await signed_in(api, "viewer")


@pytest.fixture(scope="module")
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


@pytest.fixture
async def alone(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@asynccontextmanager
async def database_away(dsn: str) -> AsyncIterator[None]:
    """Let nobody reach the database in this block."""
    control = await asyncpg.connect(dsn, database="postgres")
    name = dsn.rpartition("/")[2].partition("?")[0]
    await control.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await control.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )
    try:
        yield
    finally:
        await control.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await control.close()


async def test_a_database_that_is_away_gives_a_page_that_comes_back(alone: Api) -> None:
    viewer = await signed_in(alone, "viewer")
    async with database_away(alone.dsn):
        away = await viewer.get("/admin/jobs")
        assert away.code == 503
        text = away.body.decode()
        assert "The server cannot answer just now" in text
        assert 'data-retry="5"' in text
        assert away.headers["Retry-After"]
        assert away.headers["Content-Type"].startswith("text/html")
        assert "Content-Security-Policy" in away.headers
        part = await viewer.get("/admin/jobs?part=table")
        assert (part.code, b"<html" in part.body) == (503, False)
        sent = await viewer.post("/admin/account/language", {"locale": "fa"})
        # What was sent is not sent again by itself.
        assert (sent.code, b"data-retry" in sent.body) == (503, False)
        assert b"Back to the form" in sent.body
    again = [(await viewer.get("/admin/jobs")).code for _ in range(12)]
    assert 200 in again


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/admin/nowhere", 404, "There is no such page"),
        (f"/admin/jobs/{UUID(int=7)}", 404, "There is no such page"),
        ("/admin/people", 403, "You may not do this"),
        ("/admin/jobs?cursor=%ff", 400, "Something went wrong"),
    ],
)
async def test_what_is_not_there_or_not_allowed_is_a_page_with_a_way_on(
    viewer: Person, path: str, code: int, words: str
) -> None:
    answer = await viewer.get(path)
    text = answer.body.decode()
    assert answer.code == code
    assert words in text
    assert 'href="/admin"' in text


async def test_what_breaks_here_is_told_with_its_number_and_without_its_words(
    viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def broken(*_: Any) -> None:
        raise ValueError("secret words")

    monkeypatch.setattr("orchestrator.web.views.overview.look", broken)
    answer = await viewer.get("/admin")
    assert answer.code == 500
    assert b"secret words" not in answer.body
    assert answer.headers["X-Request-Id"].encode() in answer.body
    assert b"The fault is ours" in answer.body


async def test_what_takes_too_long_is_away_and_not_broken(
    viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def slow(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("orchestrator.web.views.overview.look", slow)
    answer = await viewer.get("/admin")
    assert (answer.code, b"This took too long" in answer.body) == (503, True)


EMPTY = (
    ("/admin/nodes", "There is no node yet."),
    ("/admin/jobs", "Nothing was rendered yet."),
    ("/admin/projects", "There is no template yet."),
    ("/admin/nodes?q=nothing-like-it", "Nothing fits these filters."),
    ("/admin/jobs?state=failed", "Nothing fits these filters."),
    ("/admin/projects?q=nothing-like-it", "Nothing fits these filters."),
    ("/admin/audit?action=render.retry", "Nothing fits these filters."),
)


@pytest.mark.parametrize(("path", "words"), EMPTY)
async def test_an_empty_list_says_so_and_what_comes_next(
    admin: Person, path: str, words: str
) -> None:
    text = (await admin.get(path)).body.decode()
    assert words in text
    empty = text.partition('class="empty"')[2].partition("</div>")[0]
    assert "<a " in empty or "<button" in empty, empty
