"""Watchdog, slot machine, cache plan, command lines: the agent's other pure decisions."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.core.arguments import Launch, aerender, afterfx
from node_agent.core.cache_plan import Entry, evictions
from node_agent.core.conditions import Room, conditions
from node_agent.core.encode import (
    Film,
    Sound,
    encode,
    even,
    mix,
    read_probe,
    read_progress,
    samples,
)
from node_agent.core.slot import TABLE, Event, Illegal, State, move
from node_agent.core.watchdog import Limits, Times, overdue, phase_of
from node_agent.errors import Refused, RetryLater
from node_agent.runner.inputs import missing
from orchestrator.wire.base import Fps

LIMITS = Limits(launch_s=10, open_s=100, first_frame_s=50, frame_s=20, finish_s=5)


def test_each_phase_has_its_own_limit() -> None:
    times = Times(began=0)
    assert overdue(times, LIMITS, 10) is None
    assert overdue(times, LIMITS, 10.1) == "launch"
    times.launched = 5
    assert overdue(times, LIMITS, 105) is None
    assert overdue(times, LIMITS, 105.1) == "open"
    times.started = 90
    assert overdue(times, LIMITS, 140.1) == "first_frame"
    times.frame(130)
    assert overdue(times, LIMITS, 150.1) == "frames"
    times.complete = 150
    assert phase_of(times) == "finish"
    assert overdue(times, LIMITS, 155.1) == "finish"


def test_a_project_that_opens_in_silence_lives_by_its_cpu() -> None:
    times = Times(began=0, launched=1, active=500)
    assert overdue(times, LIMITS, 590) is None
    assert overdue(times, LIMITS, 601) == "open"


def test_the_frame_limit_follows_the_slowest_recent_frame() -> None:
    times = Times(began=0, started=0)
    for at in (0.0, 30.0, 60.0):
        times.frame(at)
    assert overdue(times, LIMITS, 60 + 299) is None
    assert overdue(times, LIMITS, 60 + 301) == "frames"


def test_the_slot_machine_refuses_what_its_table_lacks_and_can_always_stop() -> None:
    with pytest.raises(Illegal, match="idle knows no granted"):
        move("idle", "granted")
    for state in get_args(State):
        assert state == "stopped" or move(state, "stop") == "stopped"
    assert {event for _, event in TABLE} == set(get_args(Event))


def test_every_reason_to_take_no_work_is_named() -> None:
    needed = Room(disk_bytes=10, memory_bytes=20)
    assert conditions(Room(10, 20), needed, has_engine=True) == ()
    assert conditions(Room(9, 20), needed, has_engine=True) == ("disk_pressure",)
    assert conditions(Room(10, 19), needed, has_engine=True) == ("memory_pressure",)
    everything = ("disk_pressure", "memory_pressure", "engine_missing")
    assert conditions(Room(0, 0), needed, has_engine=False) == everything


def test_the_longest_unused_bundles_leave_first_and_pinned_ones_never() -> None:
    entries = [Entry("a", 40, 1), Entry("b", 40, 2, pinned=True), Entry("c", 40, 3)]
    assert evictions(entries, 120) == []
    assert evictions(entries, 100) == ["a"]
    assert evictions(entries, 100, 30) == ["a", "c"]
    assert evictions(entries, 0) == ["a", "c"]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.floats(0, 9), st.booleans()), max_size=12),
    st.integers(0, 500),
    st.integers(0, 100),
)
def test_what_stays_fits_or_is_pinned(
    rows: list[tuple[int, float, bool]], limit: int, incoming: int
) -> None:
    entries = [Entry(str(n), size, used, pin) for n, (size, used, pin) in enumerate(rows)]
    gone = set(evictions(entries, limit, incoming))
    stays = [entry for entry in entries if entry.md5 not in gone]
    assert not any(entry.pinned for entry in entries if entry.md5 in gone)
    fits = sum(entry.size_bytes for entry in stays) + incoming <= limit
    assert fits or all(entry.pinned for entry in stays)


def test_a_hostile_name_stays_one_argument() -> None:
    launch = Launch(Path("/j/a; rm -rf & calc.aep"), 1, Path("/j/-o [#####].png"), "FR RGB", (0, 9))
    line = aerender(["aerender"], launch)
    assert line[1:5] == ["-project", "/j/a; rm -rf & calc.aep", "-rqindex", "1"]
    assert line[-12:] == [
        "-OMtemplate", "FR RGB", "-s", "0", "-e", "9", "-v", "ERRORS_AND_PROGRESS",
        "-close", "DO_NOT_SAVE_CHANGES", "-sound", "OFF",
    ]  # fmt: skip
    assert "-s" not in aerender(["aerender"], Launch(Path("a"), 2, Path("o"), sound=True))


def test_macos_runs_scripts_by_its_bridge_with_the_path_quoted() -> None:
    app = ["/Applications/Adobe After Effects 2026/Adobe After Effects 2026.app"]
    line = afterfx(app, Path('/j/a"b.jsx'), "macos")
    assert line[:2] == ["osascript", "-e"]
    assert line[2] == ('tell application "Adobe After Effects 2026" to DoScriptFile "/j/a\\"b.jsx"')
    assert afterfx(["AfterFX.com"], Path("s.jsx"), "windows")[1:] == ["-m", "-noui", "-r", "s.jsx"]


def film(**given: object) -> Film:
    values = {
        "pattern": Path("f/%05d.png"), "first": 0, "count": 150, "fps": Fps(num=25),
        "width": 1280, "height": 720, "quality": "standard", "output": Path("o/video.mp4"),
    }  # fmt: skip
    return Film(**{**values, **given})  # type: ignore[arg-type]


def test_sound_lasts_exactly_as_long_as_the_frames() -> None:
    assert samples(150, Fps(num=25)) == 288_000
    assert samples(1001, Fps(num=30000, den=1001)) == 1_603_202
    assert samples(1, Fps(num=30000, den=1001)) == 1602
    told = mix(film(first=50), [Sound(Path("m.wav"), 0.5)])
    assert "atrim=start_sample=96000" in told
    assert "apad=whole_len=288000,atrim=end_sample=288000" in told


def test_silent_tracks_are_left_out_and_without_any_there_is_no_audio_track() -> None:
    line = encode(["ffmpeg"], film(sounds=(Sound(Path("m.wav"), 0.0),)))
    assert "m.wav" not in line
    assert "aac" not in line
    assert "-format_whitelist" in encode(["ffmpeg"], film(sounds=(Sound(Path("m.mp3"), 1.0),)))
    named = encode(["ffmpeg"], film(sounds=(Sound(Path("m.wav"), 1.0),)))
    assert named[named.index("m.wav") - 3 : named.index("m.wav")] == ["-f", "wav", "-i"]
    both = encode(["ffmpeg"], film(sounds=(Sound(Path("a"), 1.0), Sound(Path("b"), 2.0))))
    assert "amix=inputs=2:normalize=0" in both[both.index("-filter_complex") + 1]


def test_the_picture_is_converted_and_tagged_as_bt709_with_even_sides() -> None:
    line = encode(["ffmpeg"], film(width=1281, height=721))
    graph = line[line.index("-filter_complex") + 1]
    assert "scale=1280:720" in graph
    assert "out_color_matrix=bt709" in graph
    for flag in ("-color_primaries", "-color_trc", "-colorspace"):
        assert line[line.index(flag) + 1] == "bt709"
    assert line[line.index("-movflags") + 1] == "+faststart"
    assert [even(side) for side in (1, 2, 3, 1080)] == [2, 2, 2, 1080]


def test_a_probe_reads_frames_size_rate_sound_and_length() -> None:
    text = (
        "  Duration: 00:01:06.04, start: 0.000000, bitrate: 543 kb/s\n"
        "  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709), "
        "1280x720 [SAR 1:1 DAR 16:9], 342 kb/s, 29.97 fps, 29.97 tbr, 12800 tbn (default)\n"
        "  Stream #0:1[0x2](und): Audio: aac (LC), 48000 Hz, stereo\n"
        "frame=3\nprogress=continue\nframe=1980\nprogress=end\n"
    )
    probe = read_probe(text)
    assert probe is not None
    assert (probe.frames, probe.width, probe.height, probe.fps) == (1980, 1280, 720, 29.97)
    assert probe.has_audio
    assert probe.duration_s == 66.04
    assert read_probe("moov atom not found\n") is None
    assert read_progress("frame=7\n") == 7
    assert read_progress("speed=1x\n") is None


def test_an_input_that_is_gone_is_told_apart_from_one_that_is_late() -> None:
    gone = missing("The input a.png", Refused(404, "download_refused", "HTTP 404"))
    assert "a.png is not in the farm's storage any more" in gone.failure.message
    assert "Upload it again" in gone.failure.message
    late = missing("The input a.png", RetryLater("the server is away"))
    assert late.failure.message == "The input a.png does not come: the server is away"
