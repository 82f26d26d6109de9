"""What ffmpeg is asked for, and what is read from its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node_agent.core.export.command import steps
from node_agent.core.export.film import Film, Sound, mixed_as, samples
from node_agent.core.export.probe import read_probe, read_progress
from node_agent.core.export.sound import mix, read_loudness
from node_agent.runner.exporting.pictures import candidates
from orchestrator.wire.base import Fps
from orchestrator.wire.media.output import FORMATS, OutputSpec, even
from orchestrator.wire.media.sound import Track


def film(**given: Any) -> Film:
    values: dict[str, Any] = {
        "pattern": Path("f/%05d.png"), "first": 0, "count": 150, "fps": Fps(num=25),
        "source": (1280, 720), "width": 1280, "height": 720, "output": OutputSpec(),
        "target": Path("o/video.mp4"),
    }  # fmt: skip
    return Film(**{**values, **given})


def only(made: Film) -> list[str]:
    (step,) = steps(["ffmpeg"], made)
    return step.argv


def test_sound_lasts_exactly_as_long_as_the_frames() -> None:
    assert samples(150, Fps(num=25)) == 288_000
    assert samples(1001, Fps(num=30000, den=1001)) == 1_603_202
    assert samples(1, Fps(num=30000, den=1001)) == 1602
    told = mix(film(first=50, sounds=(Sound(Path("m.wav"), 0.5),)), 1)
    assert "atrim=start_sample=96000:end_sample=384000" in told
    assert "apad=whole_len=288000,atrim=end_sample=288000" in told


def test_silent_tracks_are_left_out_and_without_any_there_is_no_audio_track() -> None:
    line = only(film(sounds=(Sound(Path("m.wav"), 0.0),)))
    assert "file:m.wav" not in line
    assert "aac" not in line
    named = only(film(sounds=(Sound(Path("m.aif"), 1.0, "aiff"),)))
    at = named.index("file:m.aif")
    assert named[at - 5 : at] == ["-protocol_whitelist", "file", "-f", "aiff", "-i"]
    both = only(film(sounds=(Sound(Path("a"), 1.0), Sound(Path("b"), 2.0))))
    assert "amix=inputs=2:normalize=0" in both[both.index("-filter_complex") + 1]


def test_the_picture_is_converted_and_tagged_as_bt709_with_even_sides() -> None:
    line = only(film(source=(1281, 721)))
    graph = line[line.index("-filter_complex") + 1]
    assert "crop=1280:720:0:0:exact=1" in graph
    assert "out_color_matrix=bt709" in graph
    for flag in ("-color_primaries", "-color_trc", "-colorspace"):
        assert line[line.index(flag) + 1] == "bt709"
    assert line[line.index("-movflags") + 1] == "+faststart"
    assert [even(side) for side in (1, 2, 3, 1080)] == [2, 2, 2, 1080]


@pytest.mark.parametrize("container", FORMATS)
def test_every_input_may_read_files_alone_and_has_its_format_named(container: str) -> None:
    output = OutputSpec.model_validate({"container": container})
    made = film(output=output, source=(64, 64), sounds=(Sound(Path("m.wav"), 1.0, loop=True),))
    for step in steps(["ffmpeg"], made):
        places = [at for at, word in enumerate(step.argv) if word == "-i"]
        begins = [0, *(place + 2 for place in places)]
        for begin, place in zip(begins, places, strict=False):
            own = step.argv[begin:place]
            assert own[own.index("-protocol_whitelist") + 1] == "file"
            assert own[own.index("-f") + 1] in {"image2", "wav"}
        assert all("http" not in word for word in step.argv)


def test_what_an_order_leaves_open_is_mixed_as_its_kind() -> None:
    def seen(name: str, film_s: float = 10, **given: Any) -> tuple[float, float, bool]:
        track = Track(path="media/a.wav", **given)
        sound = mixed_as(name, track, Path("a.wav"), "wav", film_s=film_s, own_s=3)
        return sound.fade_in_s, sound.fade_out_s, sound.loop

    assert seen("music") == (0, 2, True)
    assert seen("music", film_s=4) == (0, 1, True)
    assert seen("voiceover") == seen("sfx") == (0, 0, False)
    assert seen("music", fade_out_s=0.0, loop=False, fade_in_s=1.5) == (1.5, 0, False)
    assert seen("sfx", fade_out_s=0.5, loop=True) == (0, 0.5, True)


def test_a_track_that_ends_before_the_video_fades_at_its_own_end() -> None:
    short = Sound(Path("a.wav"), 1.0, fade_out_s=1.0, seconds=3.0)
    assert f"afade=t=out:ss={2 * 48_000}:ns=48000" in mix(film(sounds=(short,)), 1)
    late = film(first=25, sounds=(short,))
    assert f"afade=t=out:ss={1 * 48_000}:ns=48000" in mix(late, 1)
    over = film(first=100, sounds=(short,))
    assert "afade" not in mix(over, 1)


def test_a_probe_reads_frames_size_rate_sound_alpha_colours_and_length() -> None:
    text = (
        "  Duration: 00:01:06.04, start: 0.000000, bitrate: 543 kb/s\n"
        "  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, "
        "progressive), 1280x720 [SAR 1:1 DAR 16:9], 342 kb/s, 29.97 fps, 29.97 tbr (default)\n"
        "  Stream #0:1[0x2](und): Audio: aac (LC), 48000 Hz, stereo\n"
        "frame=3\nprogress=continue\nframe=1980\nprogress=end\n"
        "[out#0/null @ 0x1] video:850KiB audio:12382KiB subtitle:0KiB other streams:0KiB\n"
    )
    probe = read_probe(text)
    assert probe is not None
    assert (probe.frames, probe.width, probe.height, probe.fps) == (1980, 1280, 720, 29.97)
    assert probe.has_audio
    assert (probe.duration_s, round(probe.audio_s, 2)) == (66.04, 66.04)
    assert (probe.alpha, probe.bt709) == (False, True)
    clear = read_probe(text.replace("yuv420p(tv, bt709, progressive)", "yuva444p10le(tv)"))
    assert clear is not None
    assert (clear.alpha, clear.bt709) == (True, False)
    assert read_probe("moov atom not found\n") is None
    assert read_progress("frame=7\n") == 7
    assert read_progress("speed=1x\n") is None


def test_loudness_is_read_from_the_summary_and_silence_has_none() -> None:
    assert read_loudness("  Integrated loudness:\n    I:         -23.1 LUFS\n") == -23.1
    assert read_loudness("    I:         -70.0 LUFS\n") is None
    assert read_loudness("    I:          -inf LUFS\n") is None
    assert read_loudness("nothing") is None


def test_the_poster_is_sought_from_the_middle_out() -> None:
    frames = [Path(str(number)) for number in range(12)]
    assert [int(path.name) for path in candidates(frames)] == [6, 8, 4, 10, 2, 11, 0]
    assert list(candidates(frames[:1])) == [frames[0]] * 7
