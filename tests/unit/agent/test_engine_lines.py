"""The catalogue of engines' lines: each leads to its class and code, noise to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.core.enginelog import LINE_BYTES, EngineLog, Facts, decode
from node_agent.core.verdict import Ending, Outputs, judge, was_forced

GOLDEN = Path(__file__).parents[2] / "golden" / "aerender_lines.txt"
FRAMES = range(4)
HEAD = "PROGRESS: Launching After Effects...\nPROGRESS: ...After Effects successfully launched\n"
SEEN = "".join(f"PROGRESS:  0:00:00:0{n} ({n + 1}): 0 Seconds\n" for n in FRAMES)
TAIL = (
    'PROGRESS:  4/7/26 3:01:44 AM EDT: Finished composition "x".\n'
    "PROGRESS:  Total Time Elapsed: 1 Seconds\naerender version 26.0x67"
)


def corpus() -> list[tuple[str, str]]:
    rows = GOLDEN.read_text("utf-8").splitlines()
    told = [row.split(" | ", 1) for row in rows if row and not row.startswith("#")]
    return [(expected, line.replace("\\n", "\n")) for expected, line in told]


def read(raw: bytes, *cuts: int) -> Facts:
    log = EngineLog()
    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        log.feed(raw[begin:end])
    log.close()
    return log.facts


def verdict(line: str, *, newline: str = "\n", before_frames: bool = True) -> str:
    middle = line + "\n" + SEEN if before_frames else SEEN + line + "\n"
    facts = read((HEAD + middle + TAIL).replace("\n", newline).encode())
    assert facts.version == "26.0x67"
    failure = judge(facts, Outputs(FRAMES, FRAMES, {}), Ending(0))
    return "noise -" if failure is None else f"{failure.failure_class} {failure.code}"


@pytest.mark.parametrize(("expected", "line"), corpus(), ids=lambda text: text[:60])
def test_a_line_leads_to_its_class_and_code_wherever_it_stands(expected: str, line: str) -> None:
    assert verdict(line) == expected
    assert verdict(line, newline="\r\n", before_frames=False) == expected


def test_the_catalogue_is_whole_and_no_line_stands_in_it_twice() -> None:
    lines = [line for _, line in corpus()]
    assert len(lines) == len(set(lines))
    assert len(lines) >= 60


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_an_error_that_nobody_has_seen_is_never_a_success_and_is_shown(words: str) -> None:
    raw = f"{HEAD}{SEEN}aerender ERROR: {words}\n{TAIL}".encode()
    failure = judge(read(raw), Outputs(FRAMES, FRAMES, {}), Ending(0), strict_fonts=True)
    told = words.lower()
    if failure is None:
        assert "save" in told or "saving" in told
    else:
        assert failure.line is None or words.strip() in failure.line


def test_a_detail_on_the_next_line_is_shown_with_the_failure() -> None:
    text = "WARNING:After Effects warning: logged one error\nthe flux is gone\n"
    failure = judge(read((HEAD + SEEN + text + TAIL).encode()), Outputs(FRAMES, FRAMES, {}),
                    Ending(0))  # fmt: skip
    assert failure is not None
    assert failure.line is not None
    assert failure.line.endswith("logged one error the flux is gone")


LOG = (
    HEAD
    + "INFO:After Effects: größer, 大きい\r\n"
    + 'PROGRESS:  Starting composition "Finished composition".\n'
    + "PROGRESS:  0;00;00;07 (8): 1 Seconds\r\nPROGRESS:  00012 (13U): 0 segundos\n"
    + "PROGRESS:  0000+05 (6L): 0 Sekunden\nWARNING:x\nerror: boom\n"
    + TAIL
).encode()


@given(st.lists(st.integers(0, len(LOG)), max_size=60))
def test_every_cutting_of_a_log_gives_the_same_facts(cuts: list[int]) -> None:
    assert read(LOG, *sorted(cuts)) == read(LOG)


def test_a_log_that_comes_byte_by_byte_gives_the_same_facts() -> None:
    facts = read(LOG, *range(1, len(LOG)))
    assert facts == read(LOG)
    assert facts.frames == {8, 13, 6}


@pytest.mark.parametrize("piece", [LINE_BYTES - 1, 65_536, 10_000_000])
def test_a_line_of_ten_megabytes_keeps_its_head_alone_however_it_comes(piece: int) -> None:
    raw = b"aerender ERROR: " + "é".encode() * 5_000_000 + b"\nPROGRESS:  0:00:00:00 (1): 0 s\n"
    facts = read(raw, *range(piece, len(raw), piece))
    assert facts.frames == {1}
    assert facts.fatal[0][1].startswith("aerender ERROR: éé")
    assert max(map(len, facts.last)) <= LINE_BYTES
    assert "�" not in facts.last[0][:-1]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("cp850", 'PROGRESS:  4.7.26: Komposition "Größe" wurde beendet.'),
        ("cp850", 'PROGRESS:  04/07/26: fin de la composition "château bâtiment".'),
        ("cp932", 'PROGRESS:  2026/04/07 : コンポジション "最終" を終了しました。'),
        ("euc_kr", "aerender ERROR: 지정한 파일을 찾을 수 없습니다"),
        ("utf-8", "PROGRESS:  04/07/26: fin de la composition « été »."),
    ],
)
def test_old_code_pages_are_read_as_they_were_written(page: str, text: str) -> None:
    assert decode(text.encode(page)) == text
    facts = read(text.encode(page))
    assert facts.finished or facts.fatal


@pytest.mark.parametrize(
    "line",
    [
        'PROGRESS:  4/7/26: Starting composition "Finished composition".',
        "PROGRESS:  4/7/26: Starting composition Finished composition.",
        'PROGRESS:  4.7.26: Komposition "Komposition x beendet" wird gerendert.',
        "PROGRESS:  Output To: C:\\Finished composition\\x.png",
        "WARNING: Finished composition",
        "Finished composition",
    ],
)
def test_a_name_that_sounds_like_the_end_is_not_the_end(line: str) -> None:
    assert not read(line.encode()).finished


def test_noise_before_the_start_does_not_count_as_the_start() -> None:
    text = b'PROGRESS: Launching After Effects...\nNVAPI error 5\nLoadLibrary "n" failed!\n'
    assert not read(text).launched
    assert read(text + b"INFO:After Effects: x\n").launched


@pytest.mark.parametrize(
    ("ending", "text", "forced"),
    [
        (Ending(0), "", False),
        (Ending(7), "aerender ERROR: No comp was found with the given name.", False),
        (Ending(-11), "", True),
        (Ending(0xC0000005), "", True),
        (Ending(None, "watchdog", "frames"), "", True),
        (Ending(None, "grace"), "", True),
        (Ending(9), ": Unable to receive at line 316", True),
    ],
)
def test_an_engine_that_did_not_end_by_itself_is_to_be_recovered_from(
    ending: Ending, text: str, forced: bool
) -> None:
    assert was_forced(read(text.encode()), ending) is forced


def test_a_hang_without_cpu_is_suspected_to_be_a_dialog_and_windows_codes_are_readable() -> None:
    outputs = Outputs(FRAMES, (), {})
    facts = read(HEAD.encode())
    hang = judge(facts, outputs, Ending(None, "watchdog", "open", idle_s=40))
    assert hang is not None
    assert "no CPU and printed nothing in its last 40 s: a dialog" in hang.message
    crash = judge(facts, outputs, Ending(0xC0000005))
    assert crash is not None
    assert "0xC0000005" in crash.message
    for phase, code in (
        ("memory", "out_of_memory"),
        ("disk", "disk_full"),
        ("total", "total_limit"),
    ):
        told = judge(facts, outputs, Ending(None, "watchdog", phase))  # type: ignore[arg-type]
        assert told is not None
        assert told.code == code
