"""Watchdog, slot machine, cache plan, command lines: the agent's other pure decisions."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.core.arguments import Launch, aerender, afterfx
from node_agent.core.cache_plan import Entry, evictions
from node_agent.core.conditions import Room, conditions
from node_agent.core.slot import TABLE, Event, Illegal, State, move
from node_agent.core.watchdog import Limits, Times, overdue, phase_of
from node_agent.errors import Refused, RetryLater
from node_agent.runner.inputs import missing

LIMITS = Limits(launch_s=10, open_s=100, first_frame_s=50, frame_s=20, finish_s=5)


def test_each_phase_has_its_own_limit() -> None:
    times = Times(began=0)
    assert overdue(times, LIMITS, 10) is None
    assert overdue(times, LIMITS, 10.1) == "launch"
    times.launched = 5
    assert overdue(times, LIMITS, 105) is None
    assert overdue(times, LIMITS, 105.1) == "open"
    times.started = 90
    assert overdue(times, LIMITS, 140.1) == "first_frame"
    times.frame(130)
    assert overdue(times, LIMITS, 150.1) == "frames"
    times.complete = 150
    assert phase_of(times) == "finish"
    assert overdue(times, LIMITS, 155.1) == "finish"


def test_a_project_that_opens_in_silence_lives_by_its_cpu() -> None:
    times = Times(began=0, launched=1, active=500)
    assert overdue(times, LIMITS, 590) is None
    assert overdue(times, LIMITS, 601) == "open"


def test_the_frame_limit_follows_the_slowest_recent_frame() -> None:
    times = Times(began=0, started=0)
    for at in (0.0, 30.0, 60.0):
        times.frame(at)
    assert overdue(times, LIMITS, 60 + 299) is None
    assert overdue(times, LIMITS, 60 + 301) == "frames"


def test_the_slot_machine_refuses_what_its_table_lacks_and_can_always_stop() -> None:
    with pytest.raises(Illegal, match="idle knows no granted"):
        move("idle", "granted")
    for state in get_args(State):
        assert state == "stopped" or move(state, "stop") == "stopped"
    assert {event for _, event in TABLE} == set(get_args(Event))


def test_every_reason_to_take_no_work_is_named() -> None:
    needed = Room(disk_bytes=10, memory_bytes=20)
    assert conditions(Room(10, 20), needed, has_engine=True) == ()
    assert conditions(Room(9, 20), needed, has_engine=True) == ("disk_pressure",)
    assert conditions(Room(10, 19), needed, has_engine=True) == ("memory_pressure",)
    everything = ("disk_pressure", "disk_unwritable", "memory_pressure", "engine_missing")
    assert conditions(Room(0, 0), needed, has_engine=False, can_write=False) == everything


def test_the_longest_unused_bundles_leave_first_and_pinned_ones_never() -> None:
    entries = [Entry("a", 40, 1), Entry("b", 40, 2, pinned=True), Entry("c", 40, 3)]
    assert evictions(entries, 120) == []
    assert evictions(entries, 100) == ["a"]
    assert evictions(entries, 100, 30) == ["a", "c"]
    assert evictions(entries, 0) == ["a", "c"]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.floats(0, 9), st.booleans()), max_size=12),
    st.integers(0, 500),
    st.integers(0, 100),
)
def test_what_stays_fits_or_is_pinned(
    rows: list[tuple[int, float, bool]], limit: int, incoming: int
) -> None:
    entries = [Entry(str(n), size, used, pin) for n, (size, used, pin) in enumerate(rows)]
    gone = set(evictions(entries, limit, incoming))
    stays = [entry for entry in entries if entry.md5 not in gone]
    assert not any(entry.pinned for entry in entries if entry.md5 in gone)
    fits = sum(entry.size_bytes for entry in stays) + incoming <= limit
    assert fits or all(entry.pinned for entry in stays)


def test_a_hostile_name_stays_one_argument() -> None:
    launch = Launch(Path("/j/a; rm -rf & calc.aep"), 1, Path("/j/-o [#####].png"), "FR RGB", (0, 9))
    line = aerender(["aerender"], launch)
    assert line[1:5] == ["-project", "/j/a; rm -rf & calc.aep", "-rqindex", "1"]
    assert line[-12:] == [
        "-OMtemplate", "FR RGB", "-s", "0", "-e", "9", "-v", "ERRORS_AND_PROGRESS",
        "-close", "DO_NOT_SAVE_CHANGES", "-sound", "OFF",
    ]  # fmt: skip
    assert "-s" not in aerender(["aerender"], Launch(Path("a"), 2, Path("o")))


def test_macos_runs_scripts_by_its_bridge_with_the_path_quoted() -> None:
    app = ["/Applications/Adobe After Effects 2026/Adobe After Effects 2026.app"]
    line = afterfx(app, Path('/j/a"b.jsx'), "macos")
    assert line[:2] == ["osascript", "-e"]
    assert line[2] == ('tell application "Adobe After Effects 2026" to DoScriptFile "/j/a\\"b.jsx"')
    assert afterfx(["AfterFX.com"], Path("s.jsx"), "windows")[1:] == ["-m", "-noui", "-r", "s.jsx"]


def test_an_input_that_is_gone_is_told_apart_from_one_that_is_late() -> None:
    gone = missing("The input a.png", Refused(404, "download_refused", "HTTP 404"))
    assert "a.png is not in the farm's storage any more" in gone.failure.message
    assert "Upload it again" in gone.failure.message
    late = missing("The input a.png", RetryLater("the server is away"))
    assert late.failure.message == "The input a.png does not come: the server is away"
