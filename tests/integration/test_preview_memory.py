"""A hostile project cannot take the machine's memory: the stand-in has a limit and says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from node_agent.core import faults
from node_agent.preview.config import HOME_ENV, MEMORY_BYTES, MEMORY_ENV, preview_memory
from node_agent.preview.templates_store import add_templates
from tests.support.films import GREEN, film, project_of, solid

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's address space")
def test_a_comp_that_wants_more_memory_than_allowed_ends_by_the_engines_own_words(
    tmp_path: Path,
) -> None:
    add_templates(tmp_path / "home")
    comp = film(8_000, 8_000)
    solid(comp, GREEN, 100, 100)
    project_of(comp).save(tmp_path / "p.aep")
    (tmp_path / "out").mkdir()
    words = ["-project", str(tmp_path / "p.aep"), "-output", str(tmp_path / "out" / "[#].png")]
    frame = ["-comp", "main", "-OMtemplate", "FR RGB", "-s", "0", "-e", "0"]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "node_agent.preview.aerender", *words, *frame],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            HOME_ENV: str(tmp_path / "home"),
            MEMORY_ENV: str(2**30),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 9, ended
    found = [faults.find(line) for line in ended.stdout.splitlines()]
    assert [fault.code for fault in found if fault is not None] == ["out_of_memory"]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("named", "size"), [("", MEMORY_BYTES), ("1000", 1000), ("x", MEMORY_BYTES)]
)
def test_the_limit_can_be_set_and_never_be_nothing(named: str, size: int) -> None:
    assert preview_memory({MEMORY_ENV: named}) == size
