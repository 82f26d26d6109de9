"""What a node's crashes call for, row by row."""

import pytest

from orchestrator.core.scheduling.recovery import RULES, Crashes, decide


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        (Crashes(1, 1, 0, has_stand_in=True), "requeue"),
        (Crashes(2, 2, 0, has_stand_in=True), "requeue"),
        (Crashes(9, 1, 0, has_stand_in=True), "requeue"),
        (Crashes(3, 2, 0, has_stand_in=True), "recycle"),
        (Crashes(9, 2, 0, has_stand_in=True), "recycle"),
        (Crashes(5, 3, 0, has_stand_in=True), "quarantine"),
        (Crashes(5, 3, 1, has_stand_in=True), "quarantine"),
        (Crashes(5, 3, 2, has_stand_in=True), "person"),
        (Crashes(99, 99, 9, has_stand_in=False), "recycle"),
    ],
)
def test_crashes_call_for_more_the_more_there_are_and_never_take_the_last_node(
    seen: Crashes, action: str
) -> None:
    assert decide(seen) == action


def test_every_action_stands_once_and_the_last_rule_always_holds() -> None:
    assert len({rule.action for rule in RULES}) == len(RULES) == 4
    assert decide(Crashes(0, 0, 0, has_stand_in=False)) == "requeue"
