"""Lend end-to-end tests one running farm, and the means to be somebody else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator.embedded import Cluster
from tests.support.machine import Needs
from tests.support.postgres import fresh_database
from tests.support.whole_farm import WholeFarm, whole_farm


@pytest.fixture(scope="session")
async def started_farm(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WholeFarm]:
    """Start the farm once."""
    async with (
        fresh_database(postgres, template) as dsn,
        whole_farm(dsn, tmp_path_factory.mktemp("whole farm")) as farm,
    ):
        yield farm


@pytest.fixture
async def whole(started_farm: WholeFarm) -> WholeFarm:
    """Lend the farm, made whole again whatever the test before did to it."""
    await started_farm.heal()
    return started_farm


@pytest.fixture
def ordinary(needs: Needs) -> tuple[str, ...]:
    """Lend the words that run a command as an ordinary user; none when we are one."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return ()
    setpriv = needs.program("setpriv", "apt-get install util-linux")
    return (str(setpriv), "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")


@pytest.fixture
def open_python(ordinary: tuple[str, ...], needs: Needs) -> str:
    """Lend a Python 3.11 or newer that the ordinary user may run, with venv."""
    code = "import ensurepip, os, sys; assert sys.version_info >= (3, 11) and "
    code += "os.access(os.path.realpath(sys.executable), os.X_OK)"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        trial = [*ordinary, python, "-c", code]
        if subprocess.run(trial, capture_output=True, timeout=30, check=False).returncode == 0:
            return python
    needs("a Python that everybody may run", False, "apt-get install python3-venv")
    raise AssertionError


@pytest.fixture
def open_folder(ordinary: tuple[str, ...]) -> Iterator[Path]:
    """Lend a folder that an ordinary user may enter (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="e2e ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
