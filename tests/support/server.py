"""Run a real orchestrator on a real database for a test, and call it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import aiohttp
import pytest
from argon2 import PasswordHasher
from multidict import CIMultiDictProxy
from pydantic import SecretStr

from orchestrator import logs
from orchestrator.api.dispatch import DEPS
from orchestrator.app import create_app, listen
from orchestrator.deps import Deps
from orchestrator.embedded import Cluster
from orchestrator.settings import Settings
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from orchestrator.wire.resources import Scope
from tests.support.postgres import fresh_database


@dataclass(frozen=True, slots=True)
class Answer:
    """Be one answer: its code, headers and body."""

    code: int
    headers: CIMultiDictProxy[str]
    body: bytes
    json: Any = field(default=None)


class Api:
    """Call one server with one API key."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, key: str | None, deps: Deps, dsn: str
    ) -> None:
        self.http = http
        self.base = base
        self.key = key
        self.deps = deps
        self.dsn = dsn

    @property
    def data_dir(self) -> Path:
        """Give the server's data folder."""
        return self.deps.settings.data_dir

    def with_key(self, key: str | None) -> Api:
        """Give the same server seen with another key."""
        return Api(self.http, self.base, key, self.deps, self.dsn)

    async def call(self, method: str, path: str, **given: Any) -> Answer:
        """Send one request."""
        headers = dict(given.pop("headers", {}))
        if self.key is not None:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        async with self.http.request(
            method, self.base + path, headers=headers, allow_redirects=False, **given
        ) as reply:
            body = await reply.read()
            parsed = await reply.json(content_type=None) if "json" in reply.content_type else None
            return Answer(reply.status, reply.headers, body, parsed)

    async def upload(self, path: str, name: str, content: bytes | BinaryIO, **given: Any) -> Answer:
        """Send one file as multipart/form-data."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name)
        return await self.call("POST", path, data=form, **given)


@asynccontextmanager
async def running(dsn: str, data_dir: Path, **settings: Any) -> AsyncIterator[Api]:
    """Serve on a free port with an admin key of the default tenant."""
    logs.configure("console", "warning")
    made = Settings(data_dir=data_dir, database_url=SecretStr(dsn), **settings)
    app = create_app(made)
    listener = await listen(app, "127.0.0.1", 0)
    try:
        deps = app[DEPS]
        # What a real hash costs is another test's: here it would be paid by every sign-in.
        deps.shared(Passwords).__dict__["_hasher"] = PasswordHasher(1, 8, 1)
        key = await make_key(deps.db, DEFAULT_TENANT, "first admin", ("admin",))
        base = f"http://127.0.0.1:{listener.port}"
        async with aiohttp.ClientSession() as http:
            yield Api(http, base, key.secret, deps, dsn)
    finally:
        await listener.close()


def left_over(api: Api) -> list[str]:
    """Name what is left in the folders for things under way; nothing should be."""
    folders = (api.data_dir / "incoming", api.data_dir / "objects" / ".incoming")
    return [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]


@asynccontextmanager
async def serving(
    cluster: Cluster, template: str, folders: pytest.TempPathFactory, **settings: Any
) -> AsyncIterator[Api]:
    """Serve a fresh database of its own: for fixtures that a whole module shares."""
    async with (
        fresh_database(cluster, template) as dsn,
        running(dsn, folders.mktemp("server"), **settings) as api,
    ):
        yield api


async def another_tenant(api: Api, *scopes: Scope) -> tuple[UUID, Api]:
    """Make a second tenant with a key, and give the server as it sees it."""
    import asyncpg

    tenant = uuid4()
    connection = await asyncpg.connect(api.dsn)
    try:
        await connection.execute(
            "INSERT INTO identity.tenants (id, slug, name) VALUES ($1, $2, 'Other')",
            tenant,
            f"t-{tenant.hex[:12]}",
        )
    finally:
        await connection.close()
    key = await make_key(api.deps.db, tenant, "other", scopes or ("admin",))
    return tenant, api.with_key(key.secret)
