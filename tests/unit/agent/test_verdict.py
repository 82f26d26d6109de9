"""The verdict over engine behaviours seen in the field: only verified outputs count."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.core.enginelog import EngineLog, Facts
from node_agent.core.verdict import Ending, Outputs, judge

FRAMES = range(100)
HEAD = (
    "aerender version 26.0x67\n"
    "PROGRESS: Launching After Effects...\n"
    "PROGRESS: ...After Effects successfully launched\n"
    "INFO:After Effects: this project must be converted from version 24.4.1 (Windows 64).\n"
    'PROGRESS:  11/14/2026 10:21:37 AM: Starting composition "frfinal".\n'
    "PROGRESS:  Start: 0:00:00:00\n"
    "PROGRESS:  Duration: 0:00:04:00\n"
)
TAIL = (
    'PROGRESS:  4/7/26 3:01:44 AM EDT: Finished composition "frfinal".\n'
    "PROGRESS:  Total Time Elapsed: 1 Min, 28 Sec\n"
)


def frames(count: int = 100) -> str:
    return "".join(
        f"PROGRESS:  0:00:{n // 25:02d}:{n % 25:02d} ({n + 1}): 0 Seconds\n" for n in range(count)
    )


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    code: str | None
    kind: str = ""
    exit_code: int | None = 0
    verified: range = FRAMES
    bad: dict[int, str] = field(default_factory=dict)
    ending: Ending | None = None
    strict_fonts: bool = True


CASES = [
    Case("ok", HEAD + frames() + TAIL, None),
    Case(
        "crash at 50 %",
        HEAD
        + frames(50)
        + "aerender ERROR An existing connection was forcibly closed by the remote host.\n"
        " : Unable to receive at line 463\n",
        "engine_crashed", "transient", exit_code=1, verified=range(50),
    ),
    Case(
        "exporting error, exit 0",
        HEAD
        + frames()
        + "aerender Error: After Effects error: An unexpected error occurred while exporting a "
        "composition.\n" + TAIL,
        "engine_error", "unknown",
    ),
    Case(
        "output module failed",
        HEAD + frames() + TAIL
        + "WARNING:After Effects warning: logged one error\n"
        'error: Rendering error while writing to file "C:\\x". An output module failed. The file '
        "may be damaged or corrupted.\n",
        "output_failed", "node",
    ),
    Case(
        "file not found",
        HEAD + frames() + TAIL
        + "WARNING:After Effects warning: logged one error  error: Unable to Render: File Not "
        "Found C:\\a.mov\n",
        "footage_missing", "asset",
    ),
    Case(
        "missing fonts",
        HEAD + "WARNING:After Effects warning: Project has missing fonts.\n" + frames() + TAIL,
        "fonts_missing", "asset",
    ),
    Case(
        "a missing font by its name, exit 0",
        HEAD + frames()
        + "WARNING:After Effects warning: logged one warning {Grouped_Message_{some layers have "
        "missing dependencies}}Text Layer: Font family: Brand, Font style: Bold\n" + TAIL,
        "fonts_missing", "asset",
    ),
    Case(
        "missing fonts in the approximate engine",
        HEAD + "WARNING:After Effects warning: Project has missing fonts.\n" + frames() + TAIL,
        None, strict_fonts=False,
    ),
    Case(
        "GPU failure, exit 0",
        HEAD + frames() + "failure (code: 19969) related to GPU-enabled effects\n" + TAIL,
        "gpu", "node",
    ),
    Case(
        "an output of 0 bytes", HEAD + frames() + TAIL, "frames_bad", "unknown",
        verified=range(99), bad={99: "the file is empty"},
    ),
    Case(
        "40 of 100 frames, exit 0", HEAD + frames(40) + TAIL, "frames_missing", "unknown",
        verified=range(40),
    ),
    Case(
        "a sequence with missing and empty frames", HEAD + frames() + TAIL, "frames_bad",
        "unknown", verified=range(3, 100), bad={2: "the file is empty"},
    ),
    Case("no file at all", HEAD + frames() + TAIL, "no_output", "unknown", verified=range(0)),
    Case(
        "apple event refused",
        "PROGRESS: Launching After Effects...\n"
        "aerender ERROR -1701: AEGetParamPt failed at line 894\n",
        "apple_event", "node", exit_code=1, verified=range(0),
    ),
    Case(
        "no comp of that name",
        HEAD + "aerender ERROR: No comp was found with the given name.\n",
        "comp_missing", "template", exit_code=7, verified=range(0),
    ),
    Case("silent exit 0", "", "launch_failed", "node", verified=range(0)),
    Case(
        "hang in the middle", HEAD + frames(50), "frame_hang", "unknown", exit_code=None,
        verified=range(50), ending=Ending(None, "watchdog", "frames"),
    ),
    Case(
        "hang at launch", "PROGRESS: Launching After Effects...\n", "launch_hang", "node",
        exit_code=None, verified=range(0), ending=Ending(None, "watchdog", "launch"),
    ),
    Case(
        "complete but never ends", HEAD + frames() + TAIL, None, exit_code=None,
        ending=Ending(None, "grace"),
    ),
    Case("killed by a signal", HEAD + frames(3), "engine_crashed", "transient", exit_code=-11),
    Case("no finished line", HEAD + frames(), "not_finished", "unknown"),
    Case(
        "licence",
        "aerender ERROR: Unable to obtain a license for this feature.\n",
        "licence", "licence", exit_code=1, verified=range(0),
    ),
    Case(
        "a newer project",
        'aerender ERROR: After Effects error: file "x.aep" was created with After Effects version '
        "27.0 and cannot be opened with this version.\n",
        "project_too_new", "template", exit_code=9, verified=range(0),
    ),
    Case(
        "noise that is no error",
        HEAD + "*** GPU Warning: GPU3 failed (previous) sanity test ***\n"
        "GL_VERS: 32Prog Error: 1280\nNVAPI error 5\n" + frames() + TAIL,
        None,
    ),
]  # fmt: skip


def facts_of(text: str) -> Facts:
    log = EngineLog()
    log.feed(text.encode())
    log.close()
    return log.facts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_engine_run_is_judged_by_its_outputs_and_its_words(case: Case) -> None:
    failure = judge(
        facts_of(case.text),
        Outputs(FRAMES, case.verified, case.bad),
        case.ending or Ending(case.exit_code),
        strict_fonts=case.strict_fonts,
    )
    if case.code is None:
        assert failure is None, failure
        return
    assert failure is not None
    assert (failure.code, failure.failure_class) == (case.code, case.kind)
    assert failure.message


def test_a_failure_shows_the_line_and_the_missing_frames() -> None:
    failure = judge(facts_of(HEAD + frames(40) + TAIL), Outputs(FRAMES, range(40), {}), Ending(0))
    assert failure is not None
    assert "60 of 100 frames are missing: 40-99" in failure.message
    assert failure.frame == 40
    assert failure.line is not None
    assert "Total Time Elapsed" in failure.line


@given(st.data())
def test_facts_are_the_same_however_the_output_is_cut_into_chunks(data: st.DataObject) -> None:
    raw = (HEAD + frames(20) + "WARNING:x\n" + TAIL).replace("\n", "\r\n").encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=40)))
    log = EngineLog()
    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        log.feed(raw[begin:end])
    log.close()
    whole = facts_of(HEAD + frames(20) + "WARNING:x\n" + TAIL)
    assert log.facts == whole


@given(st.binary(max_size=5000))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    log = EngineLog()
    log.feed(raw)
    log.close()


def test_a_line_without_end_is_kept_within_bounds() -> None:
    log = EngineLog()
    for _ in range(100):
        log.feed(b"x" * 65536)
    assert max(len(line) for line in log.close()) <= 16_384


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("PROGRESS:  0:00:00:00 (1): 1 Seconds", 1),
        ("PROGRESS:  1;34;40;09 (21280): 1 Seconds", 21280),
        ("PROGRESS:  00012 (13): 0 Seconds", 13),
        ("PROGRESS:  0:00:00:04 (5U): 0 segundos", 5),
        ("PROGRESS:  Duration: 0:00:06:16", None),
        ("PROGRESS:  Start: 0:00:00:00", None),
        ("PROGRESS:  Frame Rate: 25,00 (comp)", None),
    ],
)
def test_frames_are_told_from_other_times_in_any_display_and_language(
    line: str, frame: int | None
) -> None:
    assert facts_of(line + "\n").frames == ({frame} if frame is not None else set())


def test_frames_out_of_order_and_repeated_are_counted_once() -> None:
    text = "".join(f"PROGRESS:  0:00:00:0{n} ({n}): 0 Seconds\n" for n in (3, 1, 2, 3, 1))
    assert facts_of(text).frames == {1, 2, 3}


def test_words_of_other_languages_tell_the_end_too() -> None:
    assert facts_of("PROGRESS:  4.7.26: Komposition „x“ wurde beendet.\n").finished
    assert facts_of("PROGRESS:  04/07/26: fin de la composition « x ».\n").finished


def test_output_in_an_old_code_page_is_still_read() -> None:
    log = EngineLog()
    assert log.feed("Größe\n".encode("cp850")) == ["Größe"]
