"""Write frame ranges as PostgreSQL multiranges and read them back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestrator.wire.frames import merge

Spans = tuple[tuple[int, int], ...]
_SPAN = re.compile(r"\[(\d+),(\d+)\)")


def to_sql(spans: Iterable[tuple[int, int]]) -> str:
    """Write spans with both ends included as int4multirange text: 0-11 becomes `{[0,12)}`."""
    return "{" + ",".join(f"[{first},{last + 1})" for first, last in merge(spans)) + "}"


def from_sql(text: str) -> Spans:
    """Read int4multirange text, which PostgreSQL writes in the form `[first,past)`."""
    return tuple((int(first), int(past) - 1) for first, past in _SPAN.findall(text))
