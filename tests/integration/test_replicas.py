"""Two orchestrators, each with its own data folder, serve one farm."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec
from tests.support.server import running


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
        sent_on = await other.call("GET", f"/v1/projects/{project}/bundle/content")
        for api in (one, other):
            got = await api.with_key(None).call("GET", sent_on.headers["Location"])
            assert (got.code, got.body) == (200, content)
    assert not (tmp_path / "a" / "objects").exists()
    assert not (tmp_path / "b" / "server.key").exists()
