"""Two orchestrators, each with its own data folder, serve one farm."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from pydantic import SecretStr

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec
from tests.support.server import Api, running


async def test_replicas_with_folders_of_their_own_share_objects_and_signed_addresses(
    database: str, tmp_path: Path
) -> None:
    shared = {"objects_dir": tmp_path / "objects", "server_key": SecretStr("ab" * 32)}
    async with (
        running(database, tmp_path / "a", **shared) as one,
        running(database, tmp_path / "b", **shared) as other,
    ):
        made = await one.call("POST", "/v1/projects", json={"name": "p"})
        project = made.json["id"]
        content = rifx.comps(CompSpec("main"))
        sent = await one.upload(f"/v1/projects/{project}/bundle", "p.aep", content)
        assert sent.code == 201, sent.json
        signed = other.deps.objects.sign_get(await _key(one), 60)
        got = await one.with_key(None).call("GET", signed)
        assert (got.code, got.body) == (200, content)
        got = await other.call("GET", f"/v1/projects/{project}/bundle/content")
        assert (got.code, got.body) == (200, content)
    assert not (tmp_path / "a" / "objects").exists()
    assert not (tmp_path / "b" / "server.key").exists()


async def _key(api: Api) -> str:
    """Give the object key of the one bundle."""
    connection = await asyncpg.connect(api.dsn)
    try:
        return str(await connection.fetchval("SELECT object_key FROM render.bundles"))
    finally:
        await connection.close()
