"""The link that signs a person in leads to where the server of that data folder listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.admin.people import address_of
from orchestrator.settings import load


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ("", "http://127.0.0.1:8420"),
        ("port = 18420\n", "http://127.0.0.1:18420"),
        ('host = "0.0.0.0"\n', "http://127.0.0.1:8420"),
        ('host = "10.0.0.5"\n', "http://10.0.0.5:8420"),
        ('host = "fd00::5"\n', "http://[fd00::5]:8420"),
        ('public_url = "https://farm.example.com"\n', "https://farm.example.com"),
    ],
)
def test_a_link_begins_with_the_address_of_the_settings(
    tmp_path: Path, lines: str, address: str
) -> None:
    (tmp_path / "flatrender.toml").write_text(lines, encoding="utf-8")
    assert address_of(load(tmp_path)) == address
