"""Which recorded frames are faults, and who makes bad ones again beside which neighbours."""

from uuid import UUID

import pytest

from orchestrator.core.frames.repair import Source, gave_up, is_suspect, neighbours, parts
from orchestrator.core.frames.validate import faults
from orchestrator.wire.frames import parse

NODE, OTHER = UUID(int=1), UUID(int=2)


def test_frames_that_are_all_there_once_are_no_faults() -> None:
    assert faults(((0, 3),), [(n, "k") for n in (3, 1, 0, 2)]).frames == ()


def test_holes_doubles_and_frames_kept_nowhere_are_faults() -> None:
    found = faults(((0, 5),), [(0, "k"), (1, "k"), (1, "k"), (2, None), (5, "k"), (9, "k")])
    assert (found.missing, found.doubled, found.unkept) == (((3, 4),), ((1, 1),), ((2, 2),))
    assert found.frames == ((1, 4),)


@pytest.mark.parametrize(
    ("first", "last", "good", "expected"),
    [
        (5, 5, "0-4,6-9", "4,6"),
        (0, 2, "3-9", "3-4"),
        (8, 9, "0-7", "6-7"),
        (4, 6, "0-3,5,7-9", "3,7"),
        (0, 8, "9", "9"),
        (0, 9, "", ""),
        (3, 3, "1,9", "1,9"),
    ],
)
def test_the_neighbours_are_the_good_frames_nearest(
    first: int, last: int, good: str, expected: str
) -> None:
    assert neighbours(first, last, parse(good)) == parse(expected)


def test_bad_frames_are_put_together_by_chunk_and_node() -> None:
    sources = [Source(7, 1, NODE), Source(2, 1, NODE), Source(3, 1, OTHER), Source(12, 2, NODE)]
    found = parts(sources, parse("0-1,4-6,8-11,13-19"))
    assert [(one.frame_job_id, one.suspect, one.frames) for one in found] == [
        (1, NODE, ((2, 2), (7, 7))),
        (1, OTHER, ((3, 3),)),
        (2, NODE, ((12, 12),)),
    ]
    assert found[0].neighbours == ((1, 1), (8, 8))


def test_a_node_is_doubted_for_damaged_frames_and_not_for_lost_ones() -> None:
    assert [is_suspect(one) for one in ("corrupt", "suspect", "missing", "asked")] == [
        True,
        True,
        False,
        False,
    ]


def test_giving_up_names_the_frames() -> None:
    failure = gave_up(((3, 4), (9, 9)))
    assert failure.frames == "3-4,9"
    assert "3-4,9" in failure.message
