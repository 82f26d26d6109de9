"""Add up what tests measured, for the lines that the run prints at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

PREFIX = "figure:"


def figure(topic: str, name: str) -> str:
    """Name a property that `record_property` takes; equal names of a run are added up."""
    return f"{PREFIX}{topic}:{name}"


def lines(reports: Iterable[Any]) -> list[str]:
    """Write one line per topic: `lease model: 136,412 states, 32 mutants caught, 9.8 seconds`."""
    topics: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(int))
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(PREFIX):
                topic, what = name.removeprefix(PREFIX).split(":", 1)
                topics[topic][what] += value
    return [
        f"{topic}: " + ", ".join(f"{_number(value)} {what}" for what, value in sums.items())
        for topic, sums in sorted(topics.items())
    ]


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"
