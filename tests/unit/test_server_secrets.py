"""The master key, what is derived from it, and ids."""

import stat
import sys
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.errors import FarmError
from orchestrator.ids import new_id
from orchestrator.secrets import KEY_FILE, load_secrets
from orchestrator.settings import Settings

NODE = UUID(int=7)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    first = load_secrets(settings)
    again = load_secrets(settings)
    assert first.node_secret(NODE, 1) == again.node_secret(NODE, 1)
    path = tmp_path / "new" / KEY_FILE
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == [KEY_FILE]
    assert path.read_text().strip() not in repr(first)


def test_every_purpose_node_and_version_has_a_secret_of_its_own(tmp_path: Path) -> None:
    secrets = load_secrets(Settings(data_dir=tmp_path, server_key="ab" * 32))
    found = {
        secrets.url_key,
        secrets.node_secret(NODE, 1),
        secrets.node_secret(NODE, 2),
        secrets.node_secret(UUID(int=8), 1),
    }
    assert {len(secret) for secret in found} == {32}
    assert len(found) == 4


def test_a_damaged_or_unreadable_key_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("not a key")
    with pytest.raises(FarmError, match="not 64 hexadecimal digits"):
        load_secrets(Settings(data_dir=tmp_path))
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(FarmError, match="cannot be read or made"):
        load_secrets(Settings(data_dir=blocked))


def test_ids_are_version_7_and_grow_with_time() -> None:
    made = [new_id() for _ in range(2000)]
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 2000
    stamps = [one.int >> 80 for one in made]
    assert stamps == sorted(stamps)
