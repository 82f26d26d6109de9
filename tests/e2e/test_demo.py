"""The demo, whole, as a newcomer runs it: from nothing to a video, and nothing left behind."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import numpy as np
import psutil
import pytest

from orchestrator.embedded.pidfile import read_pidfile
from tests.support.commands import (
    Command,
    Ran,
    assert_nobody_left,
    assert_nothing_left,
    flatrender,
    processes_of,
)
from tests.support.videos import colour_at, read_video

KEYS = {
    "ok", "output", "frames", "width", "height", "fps", "duration_s", "seconds", "job_id",
    "unsupported", "problems",
}  # fmt: skip
BACKGROUND = (0x0B, 0x3A, 0x42)


@dataclass
class Place:
    """Be a person's folder, a temporary folder of its own beside it, and a free port."""

    home: Path
    temp: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {"TMPDIR": str(self.temp), "TEMP": str(self.temp), "TMP": str(self.temp)}

    def start(self, *words: str | Path) -> Command:
        return Command("demo", *words, "--port", str(self.port), cwd=self.home, env=self.env)

    def run(self, *words: str | Path, **env: str) -> Ran:
        here = ("--port", str(self.port))
        return flatrender("demo", *words, *here, cwd=self.home, env={**self.env, **env})


@pytest.fixture
def place(tmp_path: Path, port: int) -> Iterator[Place]:
    """Lend folders with spaces and Persian letters in their names."""
    made = Place(tmp_path / "خانه من", tmp_path / "پوشه temp", port)
    made.home.mkdir()
    made.temp.mkdir()
    yield made
    for process in processes_of(made.temp):
        process.kill()


def test_the_demo_makes_the_announced_video_with_sound_and_leaves_nothing_behind(
    place: Place,
) -> None:
    ran = place.run("--json", "--out", "ویدیو/demo 1.mp4")
    assert ran.code == 0, ran.err
    told = ran.json
    assert set(told) == KEYS
    assert (told["ok"], told["problems"], told["unsupported"]) == (True, [], {})
    assert told["output"] == "ویدیو/demo 1.mp4"
    assert (told["frames"], told["width"], told["height"]) == (150, 1280, 720)
    # How long it will take is told when it takes long enough to be foretold.
    assert [line.split()[0] for line in ran.err.splitlines() if not line.startswith("left ")] == [
        "install", "job", "bind", "frames", "export"
    ]  # fmt: skip
    assert_nothing_left(place.temp)
    video = read_video(place.home / "ویدیو" / "demo 1.mp4")
    assert len(video.frames) == told["frames"]
    assert video.size == (told["width"], told["height"])
    assert video.fps == told["fps"]
    assert told["duration_s"] == pytest.approx(len(video.frames) / float(video.fps))
    assert video.samples is not None
    assert abs(video.audio_s - told["duration_s"]) <= 1 / float(video.fps)
    assert np.abs(video.samples.astype(int)).max() > 1000
    assert colour_at(video, 20, 0.02, 0.02) == pytest.approx(BACKGROUND, abs=40)


def signed_in_by(page: str, token: str) -> str | None:
    """Follow a one-time link as its page's form does; give where it led, None to the door."""
    browser = build_opener(HTTPCookieProcessor())
    assert browser.open(page, timeout=60).status == 200
    form = urlencode({"token": token}).encode()
    with suppress(HTTPError), browser.open(page, form, timeout=60) as came:
        assert b'action="/admin/sign-out"' in came.read()
        return str(urlsplit(came.url).path)
    return None


def kill_the_database_of(data: Path) -> None:
    """Kill -9 the demo's PostgreSQL and wait until another takes its place."""
    pgdata = data / "pg" / "pgdata"
    killed = read_pidfile(pgdata)
    assert killed is not None
    psutil.Process(killed.pid).kill()
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found = read_pidfile(pgdata)
        if found is not None and found.pid != killed.pid and found.ready:
            return
        time.sleep(0.05)
    raise AssertionError("the database was not started again")


def test_kept_alive_the_demo_tells_its_addresses_and_ends_with_ctrl_c(place: Place) -> None:
    data = place.home / "داده data"
    command = place.start("--keep", "--data", data, "--frames", "0-3", "--out", "a.mp4")
    said = {
        name: command.line_with(name).removeprefix(name).strip()
        for name in ("Admin", "API ", "API key", "Data")
    }
    command.line_with("Running until Ctrl-C")
    host, port = said["API "].split()[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60):
        pass
    assert Path(said["API key"]).read_text().startswith("fr_")
    page, token = said["Admin"].split()[0].split("#")
    assert page == f"http://{host}:{port}/admin/link"
    assert signed_in_by(page, token) == "/admin"
    assert signed_in_by(page, token) is None
    assert Path(said["Data"]) == data
    jobs = ("jobs", "--server", f"http://{host}:{port}", "--key-file", said["API key"])
    assert "done" in flatrender(*jobs, cwd=place.home).out
    kill_the_database_of(data)
    assert "done" in flatrender(*jobs, cwd=place.home).out
    again = flatrender("serve", "--data", data, cwd=place.home)
    assert again.code == 3
    assert "already" in again.err
    command.interrupt(group=True)
    assert command.end().code == 130
    assert_nobody_left(data)
    assert read_video(place.home / "a.mp4").frames.shape[0] == 4


@pytest.mark.parametrize(
    ("how", "sign"), [("ctrl-c", "bind"), ("kill -INT", "install  6/6"), ("kill", "job ")]
)
def test_a_stopped_demo_takes_everything_with_it(place: Place, how: str, sign: str) -> None:
    command = place.start("--out", "a.mp4")
    command.line_with(sign)
    if how == "kill":
        command.process.send_signal(signal.SIGTERM)
    else:
        command.interrupt(group=how == "ctrl-c")
    ran = command.end()
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert_nothing_left(place.temp)
    assert list(place.home.iterdir()) == []


def test_a_demo_stopped_while_its_database_is_made_leaves_nothing(place: Place) -> None:
    command = place.start("--out", "a.mp4")
    ends = time.monotonic() + 60
    while not list(place.temp.rglob("pgdata.new")) and time.monotonic() < ends:
        time.sleep(0.02)
    command.process.send_signal(signal.SIGTERM)
    assert command.end().code == 130
    assert_nothing_left(place.temp)
