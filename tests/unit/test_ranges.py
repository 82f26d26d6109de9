"""Frame ranges as PostgreSQL writes them."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.store import ranges
from orchestrator.wire.frames import from_frames


def test_both_ends_included_becomes_half_open() -> None:
    assert ranges.to_sql([(0, 11), (40, 40)]) == "{[0,12),[40,41)}"
    assert ranges.from_sql("{}") == ()


@given(st.sets(st.integers(0, 9_999_999), max_size=30))
def test_any_frames_survive_the_round_trip(frames: set[int]) -> None:
    spans = from_frames(frames)
    assert ranges.from_sql(ranges.to_sql(spans)) == spans
