"""The lease protocol holds in every state of small farms, and every broken variant is told."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import pytest

from tests.model.configs import FLOORS, HAPPENS, LARGE, LIMITS, SMALL
from tests.model.mutants import MUTANTS, NAMED
from tests.model.rules import Mutant, Rules
from tests.model.search import Report, Search, stories
from tests.model.state import Config
from tests.support.figures import figure

Record = Callable[[str, float], None]
MUTANTS_AT_LEAST = 32
LONG_STATES = 600_000
"""Per configuration of the long run."""
LONG_STATES_AT_LEAST = 2_000_000


def _explore(record: Record, config: Config, rules: Rules, limit: int) -> Report:
    report = Search(config, rules).run(limit)
    record(figure("lease model", "states"), report.states)
    record(figure("lease model", "steps"), report.steps)
    record(figure("lease model", "seconds"), report.seconds)
    return report


def _must_hold(report: Report) -> None:
    if report.violation is not None:
        pytest.fail("\n".join(stories(report.violation)), pytrace=False)


@pytest.mark.parametrize("name", SMALL)
def test_the_protocol_holds_in_every_state_of_a_small_farm(
    name: str, record_property: Record
) -> None:
    limit = LIMITS.get(name, 10**9)
    report = _explore(record_property, SMALL[name], Rules(), limit)
    _must_hold(report)
    assert report.complete == (name not in LIMITS)
    assert report.states >= FLOORS[name]
    assert HAPPENS[name] <= report.names


def test_the_small_farms_have_at_least_fifty_thousand_states() -> None:
    assert sum(FLOORS.values()) >= 50_000


def test_every_mutant_has_a_name_of_its_own_and_there_are_enough() -> None:
    names = {mutant.name for mutant in MUTANTS}
    assert len(names) == len(MUTANTS)
    assert len(NAMED) >= MUTANTS_AT_LEAST
    assert all(mutant.rules != Rules() for mutant in MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_protocol_is_told(mutant: Mutant, record_property: Record) -> None:
    limit = LIMITS.get(mutant.caught_in, 10**9)
    report = _explore(record_property, SMALL[mutant.caught_in], mutant.rules, limit)
    assert report.violation is not None, f"nothing tells the mutant: {mutant.name}"
    assert report.violation.invariant.startswith(mutant.expected)
    record_property(figure("lease model", f"of {len(MUTANTS)} mutants caught"), 1)


@pytest.mark.timeout(1800)
def test_the_protocol_holds_in_larger_farms(long_run: bool, record_property: Record) -> None:
    if not long_run:
        pytest.skip("the large farms of the model are explored with --long")
    states = 0
    for config in LARGE:
        report = _explore(record_property, config, Rules(), LONG_STATES)
        _must_hold(report)
        states += report.states
        size = psutil.Process(os.getpid()).memory_info().rss
        topic = f"lease model, {config.name}"
        record_property(figure(topic, "states"), report.states)
        record_property(figure(topic, "seconds"), report.seconds)
        record_property(figure(topic, "MiB"), size // 2**20)
    assert states >= LONG_STATES_AT_LEAST
