"""What `flatrender render --again` says of the two renders' frames."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.cli.jobs.again import tell
from orchestrator.cli.problems import CliError
from orchestrator.core.frames.compare import compare
from orchestrator.wire.media.manifest import Comparison

JOB = UUID(int=1)


def frames(text: str) -> bytes:
    return b"".join(letter.encode() * 32 for letter in text)


def compared(before: str, now: str) -> Comparison:
    found = compare(frames(before), frames(now), 100)
    return Comparison(
        job_id=JOB, same=found.different == 0, frames=found.frames,
        frames_different=found.different, different=found.first,
    )  # fmt: skip


def test_equal_frames_are_said_to_be_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    tell(UUID(int=2), compared("abc", "abc"), Path("x.mp4"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["comparison"]["same"]) == (True, True)


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [
        ("abc", "abd", "102"),
        ("abcd", "xbxd", "100,102"),
        ("ab", "abcd", "102-103"),
        ("ab", "a", "101"),
    ],
)
def test_frames_that_differ_are_a_failure_that_names_them(
    before: str, now: str, named: str
) -> None:
    with pytest.raises(CliError) as refused:
        tell(UUID(int=2), compared(before, now), Path("x.mp4"), as_json=False)
    assert refused.value.code == "frames_differ"
    assert f": {named}. " in refused.value.message


def test_only_the_first_hundred_are_named() -> None:
    found = compared("a" * 300, "b" * 300)
    assert (found.frames_different, found.different) == (300, "100-199")


def test_without_hashes_nothing_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    tell(UUID(int=2), None, Path("x.mp4"), as_json=False)
    assert "nothing can be compared" in capsys.readouterr().out
