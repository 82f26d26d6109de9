"""Which engine works on a project, how it is started, what its dialogs are answered."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from node_agent.core.arguments import Share, tuning
from node_agent.core.dialogs import CLOSE, answer
from node_agent.core.watchdog import Limits, Times, overdue, pressed
from node_agent.engines.aftereffects import Engine, choose
from node_agent.engines.english import MARKER, force_english, make_marker
from node_agent.engines.ffmpeg import find_ffmpeg, missing_ffmpeg
from node_agent.engines.scripting import probe
from node_agent.home import Home
from node_agent.host import macos, this_host, windows
from node_agent.process import Spawner
from node_agent.runner.dispatch import KINDS, able
from node_agent.settings import Settings
from orchestrator.aep import saved_by
from tests.support.agents import aep, scripted

GIB = 2**30
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "aep"


def engine(major: int, **more: object) -> Engine:
    made = Engine("aftereffects", f"{major}.0", major, ("aerender",), ("AfterFX",))
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("major", "saved", "chosen"),
    [
        (None, None, 26),
        (None, 24, 24),
        (None, 23, 24),
        (None, 25, 26),
        (None, 27, 26),
        (24, 23, 24),
        (24, 26, 24),
        (25, 24, None),
    ],
)
def test_a_project_goes_to_its_version_or_the_next_and_after_bind_to_the_binders(
    major: int | None, saved: int | None, chosen: int | None
) -> None:
    found = choose([engine(24), engine(26), engine(22)], "aftereffects", major, saved)
    assert (found.major if found else None) == chosen
    assert choose([engine(24)], "preview", None, None) is None


def test_of_two_alike_the_first_is_taken() -> None:
    release, beta = engine(26), engine(26, aerender=("Beta/aerender",))
    assert choose([release, beta], "aftereffects", None, 26) is release


def test_scripting_and_rendering_are_separate_abilities() -> None:
    mute = engine(26, scripts=False)
    assert able([engine(26)], ffmpeg=True) == KINDS
    assert able([mute], ffmpeg=True) == ("frames", "export")
    assert able([mute], ffmpeg=False) == ("frames",)
    assert able([engine(26), mute], ffmpeg=False) == ("bind", "frames", "scan", "snapshot")
    assert able([], ffmpeg=True) == ()


@pytest.mark.parametrize(
    ("major", "share", "words"),
    [
        (21, Share(64 * GIB, 16), ("-mem_usage", "40", "80")),
        (22, Share(64 * GIB, 16), ("-mem_usage", "40", "80", "-mfr", "ON", "100")),
        (26, Share(16 * GIB, 16), ("-mem_usage", "40", "80", "-mfr", "ON", "50")),
        (26, Share(6 * GIB, 4), ("-mem_usage", "40", "80", "-mfr", "OFF", "75")),
        (26, Share(64 * GIB, 16, 4), ("-mem_usage", "10", "20", "-mfr", "ON", "12")),
        (26, Share(1, 999, 64), ("-mem_usage", "5", "10", "-mfr", "OFF", "1")),
    ],
)
def test_an_engine_gets_its_share_of_memory_and_cores_by_what_its_version_knows(
    major: int, share: Share, words: tuple[str, ...]
) -> None:
    assert tuning(major, share) == words


@pytest.mark.parametrize(
    ("title", "texts", "buttons", "pressed_button"),
    [
        ("", ["After Effects crashed.", "Start in Safe Mode"],
         ["Continue", "Start in Safe Mode", "Manage Plugins"], "Continue"),
        ("Crash Repair Options", ["repair"], ["&Continue", "Safe"], "&Continue"),
        ("Adobe After Effects", ["Before quitting you have one chance to save your project."],
         ["OK"], "OK"),
        ("Adobe After Effects", ["Save changes to x.aep?"], ["Yes", "&No", "Cancel"], "&No"),
        ("After Effects Debug Event", [], ["Debug", "Continue"], "Continue"),
        ("AfterFX.exe - Application Error", ["0xC0000005"], ["OK"], "OK"),
        ("", [], [], CLOSE),
        ("A form of somebody else", ["Delete all?"], ["OK"], None),
    ],
)  # fmt: skip
def test_known_dialogs_have_an_answer_and_strange_ones_none(
    title: str, texts: list[str], buttons: list[str], pressed_button: str | None
) -> None:
    assert answer(title, texts, buttons) == pressed_button


def test_the_whole_run_its_memory_and_its_disk_have_limits_and_doom_is_waited_for_shortly() -> None:
    limits = Limits(10, 100, 50, 20, 5, total_s=300, memory_bytes=100, disk_bytes=10)
    times = Times(began=0, started=0)
    times.frame(290)
    assert overdue(times, limits, 300.1) == "total"
    times.doomed = 291
    assert overdue(times, limits, 296) is None
    assert overdue(times, limits, 296.1) == "finish"
    assert pressed(limits, used_bytes=100, free_bytes=10) is None
    assert pressed(limits, used_bytes=101, free_bytes=0) == "memory"
    assert pressed(limits, used_bytes=0, free_bytes=9) == "disk"


def test_every_installation_is_found_the_beta_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Adobe After Effects 2026", "Adobe After Effects (Beta)", "Adobe Premiere"):
        folder = tmp_path / "mac" / name
        (folder / f"{name}.app").mkdir(parents=True)
        (folder / "aerender").touch()
        support = tmp_path / "win" / name / "Support Files"
        support.mkdir(parents=True)
        for program in ("aerender.exe", "AfterFX.exe", "AfterFX.com"):
            (support / program).touch()
    monkeypatch.setattr(macos, "_APPLICATIONS", tmp_path / "mac")
    monkeypatch.setattr(windows, "_ADOBE", tmp_path / "win")
    mac = macos.MacHost().installations()
    assert [item.afterfx[0].name for item in mac] == [
        "Adobe After Effects 2026.app", "Adobe After Effects (Beta).app",
    ]  # fmt: skip
    win = windows.WindowsHost().installations()
    assert [[path.name for path in item.afterfx] for item in win] == [
        ["AfterFX.com", "AfterFX.exe"]
    ] * 2


class _Documents:
    """Be a host with a documents folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def documents(self) -> Path:
        return self._folder


def test_english_is_asked_for_once_and_a_person_may_take_it_away(tmp_path: Path) -> None:
    host, home = _Documents(tmp_path / "Documents"), Home(tmp_path / "home")
    home.root.mkdir()
    marker = tmp_path / "Documents" / MARKER
    assert force_english(host, home)  # type: ignore[arg-type]
    assert marker.is_file()
    marker.unlink()
    assert not force_english(host, home)  # type: ignore[arg-type]
    assert not marker.exists()
    marker.write_text("a person's own")
    make_marker(marker)
    assert force_english(host, home)  # type: ignore[arg-type]
    assert marker.read_text() == "a person's own"


def test_the_version_of_a_project_is_read_from_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.aep"
    path.write_bytes(aep())
    assert saved_by(path) is None
    head = b"head" + (22).to_bytes(4, "big") + (0x60).to_bytes(2, "big") + b"\0\0"
    word = (3 << 26 | 2 << 19 | 1 << 15 | 7).to_bytes(4, "big")
    path.write_bytes(b"RIFX" + (40).to_bytes(4, "big") + b"Egg!" + head + word)
    assert str(saved_by(path)) == "26.1x7"
    path.write_bytes(b"RIFX" + (40).to_bytes(4, "big") + b"Egg!" + head)
    assert saved_by(path) is None
    path.write_bytes(b"")
    assert saved_by(path) is None


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside the repository")
def test_the_samples_say_the_same_version_at_their_head_as_when_read_whole() -> None:
    from orchestrator.aep import read

    paths = sorted(SAMPLES.glob("*.aep"))[:5]
    assert [saved_by(path) for path in paths] == [read(path).version for path in paths]


@pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")
async def test_the_program_that_runs_scripts_here_is_found_by_a_probe(tmp_path: Path) -> None:
    host = this_host()
    spawner = Spawner(host, tmp_path / "marks", f"probe{id(tmp_path)}")
    mute = scripted(tmp_path / "mute", probe_fault="silent")["FLATRENDER_AGENT_AFTERFX"]
    well = scripted(tmp_path / "well")["FLATRENDER_AGENT_AFTERFX"]
    both = engine(26, afterfx=(mute,), others=((well,),))
    told = await probe(both, spawner, host, tmp_path, 20)
    assert told.problem is None
    assert (told.engine.afterfx, told.engine.others) == ((well,), ((mute,),))
    assert told.engine.forced is both.forced
    gone = await probe(engine(26, afterfx=("/no/such/program",)), spawner, host, tmp_path, 20)
    assert gone.code == "engine_not_started"


@pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "script_no_result"),
        ("not_allowed", "scripts_may_not_write"),
        ("empty", "scripts_may_not_write"),
        ("hang", "probe_hang"),
    ],
)
async def test_a_probe_without_the_right_answer_says_why(
    tmp_path: Path, fault: str, code: str
) -> None:
    host = this_host()
    spawner = Spawner(host, tmp_path / "marks", f"probe{id(tmp_path)}")
    program = scripted(tmp_path / "engine", probe_fault=fault)["FLATRENDER_AGENT_AFTERFX"]
    tried = engine(26, afterfx=(program,))
    told = await probe(tried, spawner, host, tmp_path, 1 if fault == "hang" else 20)
    assert (told.code, told.engine.scripts) == (code, False)
    assert told.problem
    assert tried.forced.pending == 0


def test_a_node_without_ffmpeg_says_whether_it_was_told_of_a_wrong_one(tmp_path: Path) -> None:
    assert "Install the extra [encode]" in missing_ffmpeg(Settings())
    wrong = Settings(ffmpeg=tmp_path / "none")
    assert find_ffmpeg(wrong) is None
    assert f"names {tmp_path / 'none'}, which is no file" in missing_ffmpeg(wrong)
