"""What a benchmark reports, and how runs are alternated so that a noisy machine harms both."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field

import psutil


class CannotMeasure(Exception):
    """Say what a benchmark lacks on this machine and where to put it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Say how much is to be measured."""

    is_quick: bool = False
    nodes: int | None = None
    seconds: float | None = None
    only: frozenset[str] = frozenset()

    def wants(self, part: str) -> bool:
        """Tell whether a part of the benchmark is to run."""
        return not self.only or part in self.only


@dataclass(frozen=True, slots=True)
class Bar:
    """Be one promise: a value and the bar that it must reach, or stay below."""

    name: str
    value: float
    bar: float
    ok: bool


@dataclass(slots=True)
class Report:
    """Gather what one benchmark measured; rates are per second, times as their names say."""

    bench: str
    figures: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=list)
    raw: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def figure(self, name: str, values: list[float]) -> float:
        """Keep the raw values, and their median as a figure; give the median."""
        self.raw[name] = [rounded(value) for value in values]
        self.figures[name] = rounded(statistics.median(values))
        return self.figures[name]

    def ratio(
        self, name: str, value: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Keep a ratio; it becomes a bar when it must be at least, or at most, something."""
        self.ratios[name] = rounded(value)
        self.hold(name, value, least=least, most=most)

    def hold(
        self, name: str, value: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Hold a value to a bar."""
        if least is not None:
            self.bars.append(Bar(name, rounded(value), least, value >= least))
        if most is not None:
            self.bars.append(Bar(name, rounded(value), most, value <= most))

    def document(self, *, raw: bool) -> dict[str, object]:
        """Give the report as it is printed."""
        found: dict[str, object] = {
            "bench": self.bench,
            "machine": machine(),
            "figures": self.figures,
            "ratios": self.ratios,
            "bars": [asdict(bar) for bar in self.bars],
            "ok": all(bar.ok for bar in self.bars),
        }
        if self.notes:
            found["notes"] = self.notes
        return found | ({"raw": self.raw} if raw else {})


async def alternated(
    contestants: Mapping[str, Callable[[], Awaitable[float]]], rounds: int
) -> dict[str, list[float]]:
    """Let contestants take turns, `rounds` times, the order reversed each time."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds):
        names = list(contestants)[:: -1 if turn % 2 else 1]
        for name in names:
            found[name].append(await contestants[name]())
            tell(f"round {turn + 1} of {rounds}: {name} {rounded(found[name][-1])}")
    return found


def percentile(values: list[float], percent: float) -> float:
    """Give the smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def machine() -> dict[str, object]:
    """Describe this machine, without a name of it."""
    return {
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "load_1m": round(psutil.getloadavg()[0], 2),
    }


def rounded(value: float) -> float:
    """Round to four digits that matter."""
    return float(f"{value:.4g}")


def tell(words: str) -> None:
    """Tell the person who waits how far it is."""
    sys.stderr.write(f"bench: {words}\n")
    sys.stderr.flush()
