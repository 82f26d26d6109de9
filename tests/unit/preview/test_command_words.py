"""The stand-in reads aerender's words, writes its lines and names its files as Adobe's does."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from node_agent.preview.aerender.arguments import SyntaxProblem, parse
from node_agent.preview.aerender.lines import clock, elapsed, timecode, version_line
from node_agent.preview.aerender.outputs import output
from node_agent.preview.aerender.png import encode
from node_agent.preview.templates_store import OutputTemplate


def test_the_whole_command_line_of_a_render_is_understood() -> None:
    words = (
        "-project p.aep -rqindex 2 -output o/[#####].png -OMtemplate X -RStemplate Y -s 5 -e 9 -i 2"
        " -v ERRORS_AND_PROGRESS -close DO_NOT_SAVE_CHANGES -sound OFF -mfr ON 100"
        " -mem_usage 50 80 -log l.txt -continueOnMissingFootage -reuse"
    )
    arguments = parse(words.split())
    assert (arguments.project, arguments.rqindex, arguments.comp) == ("p.aep", 2, None)
    assert (arguments.start, arguments.end, arguments.increment) == (5, 9, 2)
    assert (arguments.om_template, arguments.rs_template) == ("X", "Y")
    assert arguments.progress
    assert arguments.continue_on_missing


def test_flags_match_whatever_their_case() -> None:
    assert parse(["-PROJECT", "p", "-omTEMPLATE", "T"]).om_template == "T"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-r", "script.jsx"], "Illegal argument flag: -r"),
        (["-project"], "no value given for flag: -project"),
        (["-mem_usage", "50"], "no value given for flag: -mem_usage"),
        (["-output", ""], "no value given for flag: -output"),
        (["-s", "ten"], "illegal value for flag -s: ten"),
        (["-i", "0"], "illegal value for flag -i: 0"),
        (["-v", "LOUD"], "illegal value for flag -v: LOUD"),
        (["-close", "MAYBE"], "illegal value for flag -close: MAYBE"),
        (["-mfr", "YES", "50"], "illegal value for flag -mfr: YES"),
    ],
)
def test_a_wrong_word_is_named(words: list[str], message: str) -> None:
    with pytest.raises(SyntaxProblem) as problem:
        parse(words)
    assert str(problem.value) == message


def test_the_version_line_never_claims_to_be_adobes() -> None:
    line = version_line(26)
    assert line == "aerender version 26.0x0 (FlatRender preview engine, not After Effects)"


@pytest.mark.parametrize(
    ("frame", "fps", "drop", "expected"),
    [
        (0, 25.0, False, "0:00:00:00"),
        (59, 25.0, False, "0:00:02:09"),
        (90_000, 25.0, False, "1:00:00:00"),
        (1800, 29.97, True, "0;01;00;02"),
        (17982, 29.97, True, "0;10;00;00"),
        (1800, 29.97, False, "0:01:00:00"),
        (-3, 25.0, False, "-0:00:00:03"),
        (119, 120.0, False, "0:00:00:119"),
    ],
)
def test_timecodes_are_after_effects(frame: int, fps: float, drop: bool, expected: str) -> None:
    assert timecode(frame, fps, drop=drop) == expected


def test_times_are_told_as_after_effects_tells_them() -> None:
    told = [elapsed(s) for s in (17.9, 88, 94_500)]
    assert told == ["17 Seconds", "1 Min, 28 Sec", "26 Hr, 15 Min"]
    assert clock(datetime(2026, 11, 22, 0, 5, 9)) == "11/22/2026 12:05:09 AM"  # noqa: DTZ001
    assert clock(datetime(2026, 1, 2, 15, 0, 0)) == "1/2/2026 3:00:00 PM"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("format_name", "given", "expected"),
    [
        ("png", "o/[#####].png", "o/00012.png"),
        ("png", "o/f_[##].jpg", "o/f_12.png"),
        ("png", "o/f_[###]", "o/f_012.png"),
        ("tiff", "o/[####].png", "o/0012.tif"),
        ("png", "o/name.mov", "o/name_00012.png"),
        ("mp4", "o/name.mov", "o/name.mp4"),
        ("wav", "o/name", "o/name.wav"),
        ("png", "o/a.b.[#].png", "o/a.b.12.png"),
    ],
)
def test_the_extension_is_the_formats_and_the_number_has_the_asked_width(
    format_name: str, given: str, expected: str
) -> None:
    assert output(OutputTemplate(format_name), given).frame_path(12) == Path(expected)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]), st.integers(0, 2**32 - 1))
def test_our_png_is_read_back_exactly(width: int, height: int, channels: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 256, (height, width, channels), dtype=np.uint8)
    with Image.open(BytesIO(encode(pixels))) as image:
        assert image.mode == {3: "RGB", 4: "RGBA"}[channels]
        assert np.array_equal(np.asarray(image), pixels)
