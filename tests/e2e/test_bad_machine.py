"""What the machine lacks is told in one clear sentence, and nothing is left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import (
    assert_nobody_left,
    assert_nothing_left,
    flatrender,
    processes_of,
)
from tests.support.films import RED, film, project_of, solid
from tests.support.machine import Needs
from tests.support.whole_farm import WholeFarm


@pytest.fixture
def temp(tmp_path: Path) -> Iterator[Path]:
    """Lend the demo a temporary folder of its own."""
    folder = tmp_path / "temp"
    folder.mkdir()
    yield folder
    for process in processes_of(folder):
        process.kill()


@pytest.fixture
def small_disk(tmp_path: Path, needs: Needs) -> Iterator[Path]:
    """Lend a file system of 64 KB."""
    there = sys.platform == "linux" and os.geteuid() == 0
    needs("the root account", there, "run the tests as root too", installable=False)
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, check=False, timeout=60).returncode == 0
    needs("mounting", mounted, "run the tests where root may mount", installable=False)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


def test_a_port_that_is_taken_is_named_before_anything_starts(temp: Path, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = flatrender("demo", "--port", str(port), cwd=tmp_path, env={"TMPDIR": str(temp)})
    assert ran.code == 2
    assert f"Port {port} is taken" in ran.err
    assert "--port" in ran.err
    assert_nothing_left(temp)


@pytest.mark.parametrize("option", ["--out", "--data"])
def test_a_place_without_write_permission_is_named(
    temp: Path, open_folder: Path, ordinary: tuple[str, ...], option: str
) -> None:
    for name, mode in (("temp", 0o777), ("closed", 0o555)):
        (open_folder / name).mkdir()
        (open_folder / name).chmod(mode)
    env = {"TMPDIR": str(open_folder / "temp"), "HOME": "/nonexistent"}
    place = open_folder / "closed" / "a.mp4"
    others = () if option == "--out" else ("--out", open_folder / "temp" / "b.mp4")
    ran = flatrender(
        "demo", "--json", option, place, *others, cwd=open_folder, env=env, prefix=ordinary
    )
    assert ran.code == 1
    assert "closed" in ran.json["error"]
    assert "Permission denied" in ran.json["error"]
    assert option in ran.json["error"]
    assert list((open_folder / "closed").iterdir()) == []
    assert_nothing_left(open_folder / "temp")


def test_a_full_disk_for_the_data_is_told_before_the_work(
    temp: Path, small_disk: Path, tmp_path: Path
) -> None:
    ran = flatrender("demo", "--data", small_disk / "d", cwd=tmp_path, env={"TMPDIR": str(temp)})
    assert ran.code == 1
    assert str(small_disk) in ran.err
    assert "is full" in ran.err
    assert "--data" in ran.err
    assert_nobody_left(small_disk)


def test_a_disk_that_fills_up_under_the_video_leaves_no_half_of_it(
    whole: WholeFarm, small_disk: Path, tmp_path: Path
) -> None:
    comp = film(160, 90)
    solid(comp, RED, 160, 90)
    project_of(comp).save(tmp_path / "a.aep")
    (small_disk / "full").write_bytes(bytes(64 * 1024))
    out = small_disk / "a.mp4"
    ran = whole.render("--aep", tmp_path / "a.aep", "--out", out, cwd=tmp_path)
    assert ran.code == 1
    assert f"{out} cannot be written: No space left on device" in ran.json["error"]
    assert [path.name for path in small_disk.iterdir()] == ["full"]


def test_a_node_without_ffmpeg_is_told_at_once(temp: Path, tmp_path: Path) -> None:
    env = {"TMPDIR": str(temp), "FLATRENDER_AGENT_FFMPEG": str(tmp_path / "none")}
    ran = flatrender("demo", "--out", "a.mp4", cwd=tmp_path, env=env)
    assert ran.code == 1
    assert f"FLATRENDER_AGENT_FFMPEG names {tmp_path / 'none'}" in ran.err
    assert "FLATRENDER_AGENT_FFMPEG" in ran.err
    assert not (tmp_path / "a.mp4").exists()
    assert_nothing_left(temp)
