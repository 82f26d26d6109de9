"""Frames kept for the next attempt: only whole ones, only for the same work, not for ever."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

import pytest

from node_agent.errors import Fatal
from node_agent.home import AlreadyRunning, Home
from node_agent.host import this_host
from node_agent.runner.folder import JobFolder
from node_agent.runner.salvage import Journal, Salvage, key_of
from node_agent.runner.verify import Frame
from orchestrator.wire.tasks import Grant
from tests.support.agents import grant, render_spec


def attempt(root: Path, key: str, frames: int) -> JobFolder:
    folder = JobFolder(root)
    folder.make()
    journal = Journal(folder, key)
    for number in range(frames):
        path = folder.frames / f"{number:05d}.png"
        path.write_bytes(b"frame %d" % number)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        journal.add(Frame(number, path, 7, sha256, (0, 0)))
    return folder


def target(tmp_path: Path) -> Path:
    folder = tmp_path / "next"
    folder.mkdir()
    return folder


def test_kept_frames_are_taken_once_and_a_changed_one_is_left_out(tmp_path: Path) -> None:
    salvage = Salvage(tmp_path / "salvage")
    folder = attempt(tmp_path / "1-1", "k" * 32, 3)
    assert salvage.keep(folder.root) == 3
    (tmp_path / "salvage" / ("k" * 32) / "frames" / "00001.png").write_bytes(b"frame X")
    found = salvage.take("k" * 32, target(tmp_path))
    assert sorted(found) == [0, 2]
    assert found[2].path.read_bytes() == b"frame 2"
    assert list((tmp_path / "salvage").iterdir()) == []


def test_a_journal_that_a_kill_cut_short_still_gives_its_whole_lines(tmp_path: Path) -> None:
    salvage = Salvage(tmp_path / "salvage")
    folder = attempt(tmp_path / "1-1", "k" * 32, 3)
    journal = folder.root / "frames.journal"
    journal.write_bytes(journal.read_bytes()[:-9])
    salvage.keep(folder.root)
    assert sorted(salvage.take("k" * 32, target(tmp_path))) == [0, 1]


def test_a_journal_cannot_point_out_of_its_folder(tmp_path: Path) -> None:
    salvage = Salvage(tmp_path / "salvage")
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    folder = attempt(tmp_path / "1-1", "k" * 32, 1)
    line = '{"frame": 5, "name": "../../../secret", "sha256": "%s"}\n'
    with (folder.root / "frames.journal").open("a") as out:
        out.write(line % hashlib.sha256(b"s").hexdigest())
    salvage.keep(folder.root)
    assert sorted(salvage.take("k" * 32, target(tmp_path))) == [0]
    assert secret.exists()


def test_the_key_changes_with_whatever_makes_a_picture() -> None:
    def one(**given: object) -> Grant:
        return grant(None, render_spec(**given))

    same = key_of(one(), "26.0")
    assert key_of(one(), "26.0") == same
    assert key_of(one(frames="0-8"), "26.0") != same
    assert key_of(one(), "26.1") != same
    assert key_of(grant(None, render_spec(), task_id=2), "26.0") != same
    assert key_of(grant(None, render_spec(), attempt=2), "26.0") == same


def test_old_frames_and_all_but_the_newest_few_are_dropped(tmp_path: Path) -> None:
    salvage = Salvage(tmp_path / "salvage")
    began = time.time() - 100
    for number in range(6):
        salvage.keep(attempt(tmp_path / f"{number}-1", f"{number}" * 32, 1).root)
        os.utime(tmp_path / "salvage" / (f"{number}" * 32), (began + number, began + number))
    assert len(list((tmp_path / "salvage").iterdir())) == 4
    for place in (tmp_path / "salvage").iterdir():
        os.utime(place, (1000, 1000))
    salvage.keep(attempt(tmp_path / "9-1", "9" * 32, 1).root)
    assert [place.name for place in (tmp_path / "salvage").iterdir()] == ["9" * 32]


def test_a_data_folder_has_one_agent_and_says_when_it_cannot_be_used(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    lock = home.open(this_host())
    with pytest.raises(AlreadyRunning, match="another --data"):
        Home(tmp_path / "data").open(this_host())
    lock.release()
    (tmp_path / "file").write_text("x")
    with pytest.raises(Fatal, match="may write to"):
        Home(tmp_path / "file" / "data").open(this_host())
    spoilt = Home(tmp_path / "spoilt")
    spoilt.root.mkdir(parents=True)
    spoilt.cache.write_bytes(b"")
    with pytest.raises(Fatal, match=re.escape(f"{spoilt.cache}: File exists")):
        spoilt.open(this_host())
