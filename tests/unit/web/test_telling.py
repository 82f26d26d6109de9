"""What the server and its agents say in English is said in Persian too."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import node_agent
import orchestrator
from node_agent.core import conditions, faults, verdict
from node_agent.runner.scripts import bind
from orchestrator.core.templates.scanning.expressions.rules import EXPRESSION_RULES
from orchestrator.web.catalogues import texts
from orchestrator.web.telling import MOST, Pattern, _families, plain, read, tell
from orchestrator.wire.waiting import ObstacleCode, WaitCode

ROOT = Path(orchestrator.__file__).parents[1]
AGENT = Path(node_agent.__file__).parent
ERRORS = frozenset(
    {
        "FarmError",
        "BadRequest",
        "Invalid",
        "Unauthorized",
        "Forbidden",
        "Conflict",
        "TooLarge",
        "TooMany",
        "Unavailable",
        "ChoiceNeeded",
    }
)
FAULTS = frozenset(
    {
        "broken",
        "_failure",
        "_failed",
        "_fault",
        "_broken",
        "Failure",
        "ScanFailure",
        "SnapshotFailure",
        "problem",
        "_problem",
        "FieldProblem",
        "_say",
        "say",
        "BadBundle",
        "_bad",
    }
)
PLACES = frozenset(
    {
        "bind",
        "comp",
        "default_value",
        "export",
        "frames",
        "name",
        "project_id",
        "sound",
        "url",
    }
)
"""Stages and places that stand beside codes which only the running program knows."""
NOT_FOR_PAGES = frozenset({"cli", "client", "preview", "__pycache__"})
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_HOLE = re.compile(r"\{[a-z_]+\}")


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Parse what the server and the agent are made of."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for folder in ("orchestrator", "node_agent")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not NOT_FOR_PAGES & set(path.parts)
    )


def calls(names: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Give where something of these names is made of a code, and the codes that it may be."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
                given = [*node.args, *(one.value for one in node.keywords)]
                texts_given = (one.value for one in given if isinstance(one, ast.Constant))
                codes = [one for one in texts_given if isinstance(one, str) and one not in PLACES]
                codes = [one for one in codes if _CODE.fullmatch(one)]
                if codes:
                    yield f"{file}:{node.lineno}", codes


@cache
def said() -> str:
    """Put every text of the sources together, each whole however it is written."""
    found = []
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = (getattr(one, "value", "") for one in node.values)
                found.append("".join(one if isinstance(one, str) else "\0" for one in parts))
    scripts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "jsx").rglob("*.jsx"))]
    joined = re.sub(r'"\s*\+\s*"', "", "\n".join(scripts)).replace('\\"', '"')
    return "\0".join([*found, joined])


def patterns() -> list[Pattern]:
    """Give every sentence that is read back."""
    return [one for each in _families().values() for one in each]


def test_every_failure_and_problem_that_is_made_is_told_in_both_languages() -> None:
    found = list(calls(FAULTS))
    assert len(found) > 100
    both = {key for key in texts("en") if key in texts("fa")}
    errors = {key.replace("error.", "fault.") for key in texts("fa") if key.startswith("error.")}
    missing = [
        (place, codes)
        for place, codes in found
        if not any(f"fault.{code}" in both | errors for code in codes)
    ]
    assert missing == []


def test_every_code_of_a_table_is_told_in_both_languages() -> None:
    codes = {
        *(f"fault.{rule.code}" for rule in EXPRESSION_RULES),
        *(f"fault.{code}" for code in bind._CLASSES),
        *(f"fault.{code}" for _, code, _ in verdict._HANGS.values()),
        *(f"fault.{one.code}" for one in faults.FAULTS),
        *(f"wait.{code}" for code in get_args(WaitCode)),
        *(f"obstacle.{code}" for code in get_args(ObstacleCode)),
    }
    nothing = conditions.Room(0, 0)
    all_of_them = conditions.conditions(
        nothing, conditions.Room(1, 1), has_engine=False, recovering=True
    )
    codes |= {f"condition.{name}" for name in all_of_them}
    assert codes - set(texts("en")) == set()
    assert codes - set(texts("fa")) == set()


def test_every_error_that_is_raised_is_told_in_persian() -> None:
    known = texts("fa")
    missing = [
        (place, codes)
        for place, codes in calls(ERRORS)
        if not any(f"error.{code}" in known for code in codes)
    ]
    assert missing == []


def test_every_sentence_that_is_read_back_is_one_that_is_said() -> None:
    """A sentence that is changed in the sources changes its pattern in the catalogue too."""
    strange = [
        (one.key, literal)
        for one in patterns()
        for literal in map(str.strip, one.literals)
        if len(literal) > 5 and not _is_said(literal)
    ]
    assert strange == []


def _is_said(literal: str, pieces: int = 3) -> bool:
    """Look for a piece of a sentence, which may be put together of so many of ours."""
    if literal.strip(" .;") in said():
        return True
    words = literal.split(" ")
    return pieces > 1 and any(
        " ".join(words[:at]).strip(" .;") in said() and _is_said(" ".join(words[at:]), pieces - 1)
        for at in range(len(words) - 1, 0, -1)
    )


def test_every_pattern_reads_what_it_writes() -> None:
    for one in patterns():
        values = {name: f"<{place}>" for place, name in enumerate(one.names)}
        told = texts("en")[one.key].format(**values)
        assert read(one, told) == values, one.key
        assert read(one, told + " x") is None or one.literals[-1] == "", one.key
        shown = tell("fa", one.key.split(".")[0], None, told).text
        assert shown is not None, one.key
        assert "{" not in shown, one.key
        assert "<0>" not in shown, one.key


def test_no_two_holes_touch_and_no_persian_text_asks_for_more_than_was_said() -> None:
    for one in patterns():
        assert all(one.literals[1:-1]), one.key
        asked = set(_HOLE.findall(texts("fa")[one.key]))
        assert asked <= {f"{{{name}}}" for name in one.names}, one.key


def test_english_stays_as_it_was_said() -> None:
    assert tell("en", "fault", "disk_full", "The disk <x> is full.").text == (
        "The disk &lt;x&gt; is full."
    )
    assert tell("en", "fault", "disk_full").text == texts("en")["fault.disk_full"]


def test_a_sentence_is_told_with_its_numbers_and_names() -> None:
    told = tell("fa", "fault", "wrong_frame_count", "The video has 1234 frames; 60 were ordered.")
    assert told == ("ویدیو ۱٬۲۳۴ فریم دارد و ۶۰ فریم سفارش شده بود.", None)
    told = tell(
        "fa", "fault", "disk_full", "The disk that holds D:\\<b> is full. Free space on this node."
    )
    assert '<bdi class="name">D:\\&lt;b&gt;</bdi>' in str(told.text)


def test_a_sentence_that_is_not_known_is_told_by_its_code_with_the_original_beside_it() -> None:
    told = tell("fa", "fault", "engine_crashed", "It went up in smoke.")
    assert told == (texts("fa")["fault.engine_crashed"], "It went up in smoke.")
    assert tell("fa", "fault", "never_heard", "It is so.") == (None, "It is so.")
    assert tell("fa", "fault", None, "It is so.") == (None, "It is so.")


def test_a_sentence_in_a_sentence_is_told_too() -> None:
    why = "The engine ended with exit code 3 after 24 frames."
    message = (
        f"The frames task 7 rests for 30 s before its next attempt. The last one failed: {why}"
    )
    told = str(tell("fa", "wait", "resting", message).text)
    assert "موتور پس از ۲۴ فریم" in told
    assert "۳۰ ثانیه" in told
    later = str(tell("fa", "wait", "resting", message.replace("30 s", "3600 s")).text)
    assert "۱ ساعت صبر" in later
    counts = "No node is online (3 offline, 1 quarantined). Start an agent "
    counts += "(flatrender-agent run), or trust it again (flatrender nodes resume NODE)."
    assert "۳ خاموش، ۱ در قرنطینه" in str(tell("fa", "wait", None, counts).text)


@pytest.mark.parametrize("piece", ["; ", " (", "The disk that holds ", ", ", "a"])
def test_hostile_sentences_are_looked_through_once(piece: str) -> None:
    """Nested sentences and holes that end everywhere take no more than a moment."""
    told = tell("fa", "fault wait part", None, (piece * MOST)[:MOST])
    assert told.text is None or piece in str(told.text)
    assert tell("fa", "fault", None, "x" * (MOST + 1)) == (None, "x" * (MOST + 1))


def test_english_pages_speak_of_buttons_and_not_of_commands() -> None:
    message = "<b> is draining; resume it (flatrender nodes resume NODE)."
    assert tell("en", "obstacle", "state", message) == (
        "Is draining; resume it to let it take work.",
        None,
    )
    counts = "No node is online (3 offline, 1 quarantined). Start an agent "
    counts += "(flatrender-agent run), or trust it again (flatrender nodes resume NODE)."
    told = "No node is online (3 offline, 1 quarantined). Start an agent, or resume a node."
    assert tell("en", "wait", None, counts).text == told
    rests = "The bind task 7 rests for 3600 s before its next attempt. The last one failed: A & B."
    told = "Bind task 7 rests for 1 h before its next attempt. The last one failed: A &amp; B."
    assert tell("en", "wait", "resting", rests).text == told
    assert not [
        key for key in texts("en") if key.endswith(".page") and "flatrender" in texts("en")[key]
    ]


def test_every_text_of_a_page_asks_only_for_what_was_said() -> None:
    for one in patterns():
        page = texts("en").get(f"{one.key}.page", "")
        assert set(_HOLE.findall(page)) <= {f"{{{name}}}" for name in one.names}, one.key


def test_a_hostile_code_leads_to_no_pattern() -> None:
    assert tell("fa", "fault", "engine_crashed.1") == (None, None)
    assert tell("fa", "fault", "engine_crashed.1", "x") == (None, "x")
    assert tell("en", "fault", "engine_crashed.1", "<x>").text == "&lt;x&gt;"


def test_errors_are_told_whole_and_keep_only_what_the_server_alone_knows() -> None:
    assert plain("fa", "error", "wrong_code", "x") == texts("fa")["error.wrong_code"]
    assert plain("fa", "error", "bad_request", "So it is.").endswith(" So it is.")
    assert plain("fa", "error", "nobody_knows", "As it is.") == "As it is."
    assert plain("en", "error", "wrong_code", "The server's own.") == "The server's own."
    told = plain("fa", "error", "conflict", "Node <b> is retired; it cannot drain now.")
    assert "<b>" in told.replace("&lt;", "<").replace("&gt;", ">")
    assert "bdi" not in told
