"""A farm whose server key is lost says so instead of making another that shuts all nodes out."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestrator.cli.problems import CliError
from orchestrator.cli.serve import require_key
from orchestrator.secrets import KEY_FILE
from orchestrator.settings import Settings
from tests.support.farm import open_farm


async def test_no_new_key_is_made_while_nodes_trust_the_old_one(
    database: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    settings = Settings(data_dir=data, database_url=SecretStr(database))
    await require_key(settings)
    async with open_farm(database, tmp_path / "farm") as farm:
        await farm.node()
    with pytest.raises(CliError) as caught:
        await require_key(settings)
    assert str(data / KEY_FILE) in caught.value.message
    assert "1 enrolled node" in caught.value.message
    await require_key(settings.model_copy(update={"server_key": SecretStr("0" * 64)}))
    (data / KEY_FILE).write_text("0" * 64)
    await require_key(settings)
