"""The run adds up what its tests measured."""

from types import SimpleNamespace

from tests.support.figures import figure, lines


def test_equal_figures_are_added_up_and_other_properties_are_left_alone() -> None:
    first = SimpleNamespace(
        user_properties=[(figure("model", "states"), 1200), (figure("model", "seconds"), 0.25)]
    )
    second = SimpleNamespace(user_properties=[(figure("model", "states"), 34), ("other", "text")])
    assert lines([first, second, SimpleNamespace()]) == ["model: 1,234 states, 0.2 seconds"]
