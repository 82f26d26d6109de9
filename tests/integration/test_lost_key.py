"""A farm whose key or database is lost says so instead of going on as another farm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from orchestrator.cli.database import change_key
from orchestrator.cli.serve import require_farm
from orchestrator.errors import FarmError
from orchestrator.secrets import KEY_FILE, Secrets
from orchestrator.settings import Settings
from orchestrator.usecases.farm.epoch import settle_epoch
from tests.support.farm import open_farm


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    given: dict[str, Any] = {"data_dir": data, "database_url": SecretStr(database)}
    return Settings(**given)


async def refusal(settings: Settings) -> FarmError:
    with pytest.raises(FarmError) as caught:
        await require_farm(settings)
    return caught.value


async def test_no_new_key_is_made_while_nodes_trust_the_old_one(
    database: str, tmp_path: Path, settings: Settings
) -> None:
    async with open_farm(database, tmp_path / "farm") as farm:
        await farm.node()
    refused = await refusal(settings)
    path = settings.data_dir / KEY_FILE
    assert (refused.code, str(path) in refused.message) == ("server_key", True)
    assert "1 enrolled node" in refused.message
    assert not path.exists()
    path.write_text("0" * 64)
    await require_farm(settings)


async def test_a_key_that_is_not_the_farms_is_refused(settings: Settings) -> None:
    await require_farm(settings)
    await require_farm(settings)
    path = settings.data_dir / KEY_FILE
    own = path.read_text()
    path.write_text("a" * 64)
    refused = await refusal(settings)
    assert (refused.code, str(path) in refused.message) == ("server_key", True)
    assert "flatrender rekey" in refused.message
    given = settings.model_copy(update={"server_key": SecretStr("b" * 64)})
    assert "FLATRENDER_SERVER_KEY" in (await refusal(given)).message
    path.unlink()
    assert "is not there" in (await refusal(settings)).message
    assert not path.exists()
    path.write_text(own)
    await require_farm(settings)


async def test_a_person_changes_the_key_and_it_is_written_down_without_the_key(
    database: str, settings: Settings
) -> None:
    await require_farm(settings)
    path = settings.data_dir / KEY_FILE
    old = path.read_text()
    path.unlink()
    assert await change_key(settings) == 0
    assert path.read_text() != old
    await require_farm(settings)
    connection = await asyncpg.connect(database)
    row = await connection.fetchrow("SELECT * FROM render.audit_log")
    check = await connection.fetchval("SELECT key_check FROM render.farm_epoch")
    await connection.close()
    assert row is not None
    assert (row["action"], json.loads(row["detail"])) == ("farm.rekey", {"nodes": 0})
    key = bytes.fromhex(path.read_text())
    assert check == Secrets(key).check
    assert check not in (key, Secrets(key).url_key)


async def test_a_new_database_beside_the_objects_of_a_farm_is_refused(
    database: str, tmp_path: Path, settings: Settings
) -> None:
    async with open_farm(database, tmp_path) as farm:
        await require_farm(settings)
        await settle_epoch(farm.deps)
        await require_farm(settings.model_copy(update={"objects_dir": tmp_path / "objects"}))
        await farm.look.execute("UPDATE render.farm_epoch SET tick = 0, key_check = NULL")
        await require_farm(settings)
        used = settings.model_copy(update={"objects_dir": tmp_path / "objects"})
        refused = await refusal(used)
    assert (refused.code, str(tmp_path / "objects") in refused.message) == ("new_database", True)
    assert "backup" in refused.message
