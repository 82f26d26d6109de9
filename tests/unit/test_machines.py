"""The machines as tables: what holds for every one of them, and the page made from them."""

from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.core.machines.job import FORWARD, JOB, STAGE_STATE, path
from orchestrator.core.machines.machine import Illegal, Machine
from orchestrator.core.machines.node import NODE
from orchestrator.core.machines.page import states_page
from orchestrator.core.machines.task import TASK
from orchestrator.core.machines.webhook import DELIVERY, WEBHOOK

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
ALL = (JOB, TASK, NODE, WEBHOOK, DELIVERY)
MACHINES = pytest.mark.parametrize("machine", ALL, ids=lambda m: str(m.name))


@MACHINES
def test_every_event_stands_once_and_every_state_is_reached(machine: Machine) -> None:
    events = [move.event for move in machine.moves]
    assert len(events) == len(set(events))
    reached = {machine.start} | {move.target for move in machine.moves}
    assert reached == set(machine.states)


@MACHINES
def test_every_pair_is_either_in_the_table_or_illegal(machine: Machine) -> None:
    for state in machine.states:
        for move in machine.moves:
            if state in move.sources:
                assert machine.after(state, move.event) == move.target
            else:
                with pytest.raises(Illegal, match=f"{machine.name} that is {state} cannot"):
                    machine.after(state, move.event)


def test_terminal_states_are_left_only_by_a_person() -> None:
    asked = {"retry", "revive", "revive_blocked", "reopen", "replay"}
    for machine in ALL:
        leaving = {m.event for m in machine.moves if set(m.sources) & set(machine.terminal)}
        assert leaving <= asked


def test_attempts_lead_a_job_forward_and_never_back() -> None:
    order = ["queued", *(JOB.target(event) for event in FORWARD)]
    assert path("queued", "done") == FORWARD
    assert path("rendering", "exporting") == ("validate", "export")
    for earlier, later in pairwise(order):
        assert path(later, earlier) == ()
    assert path("failed", "done") == ()
    assert set(STAGE_STATE.values()) <= set(order)


def test_the_page_of_states_is_the_tables(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden", default=False):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(states_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == states_page()
