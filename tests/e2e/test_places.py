"""The demo runs for anybody, anywhere: root, an ordinary user without a home, odd folder names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import ROOT, assert_nothing_left
from tests.support.machine import Needs
from tests.support.videos import read_video


def clone(place: Path, needs: Needs) -> None:
    """Clone this checkout as it was committed last."""
    git = needs.program("git", "apt-get install git")
    subprocess.run([git, "clone", "-q", ROOT, place], check=True, timeout=60)


def run_demo(place: Path, *prefix: str, **env: str) -> None:
    """Run the one command in a checkout; it makes the whole video."""
    ran = subprocess.run(
        [*prefix, "run.py", "demo", "--json"],
        cwd=place,
        env={**os.environ, **env},
        capture_output=True,
        encoding="utf-8",
        timeout=250,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert len(read_video(place / "out" / "demo.mp4").frames) == told["frames"] == 150


@pytest.mark.timeout(600)
def test_a_fresh_clone_makes_its_video_with_one_command(
    tmp_path: Path, needs: Needs, *, long_run: bool
) -> None:
    if not long_run:
        pytest.skip("runs with --long")
    place = tmp_path / "پوشه من"
    clone(place, needs)
    run_demo(place, sys.executable)
    run_demo(place, sys.executable)
    command = ["git", "status", "--porcelain"]
    changed = subprocess.run(command, cwd=place, capture_output=True, timeout=60, check=True)
    assert changed.stdout == b""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("home", ["none", "another's"])
def test_an_ordinary_user_without_a_home_makes_it_too(
    open_folder: Path,
    tmp_path: Path,
    ordinary: tuple[str, ...],
    open_python: str,
    needs: Needs,
    home: str,
    *,
    long_run: bool,
) -> None:
    if not long_run:
        pytest.skip("runs with --long")
    place, temp = open_folder / "پوشه من", open_folder / "temp"
    clone(place, needs)
    temp.mkdir()
    if ordinary:
        for path in (temp, place, *place.rglob("*")):
            shutil.chown(path, 65534, 65534)
    tmp_path.chmod(0o700)
    folder = str(tmp_path) if home == "another's" else "/nonexistent"
    run_demo(place, *ordinary, open_python, TMPDIR=str(temp), HOME=folder)
    assert_nothing_left(temp)
