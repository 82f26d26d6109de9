"""What waits is matched with who waits: best first, cached bundles first, others first."""

from uuid import UUID

from orchestrator.core.scheduling.matching import Asking, Ready, match

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def test_the_best_task_goes_to_who_has_waited_longest() -> None:
    ready = [Ready(1, None, 50, 9), Ready(2, None, 50, 3), Ready(3, None, 90, 99)]
    assert match([Asking(2), Asking(1)], ready, 500) == [(0, 3), (0, 2), (1, 1)]


def test_a_cached_bundle_goes_to_its_node_and_may_jump_ahead_a_little() -> None:
    ready = [Ready(1, 7, 50, 0), Ready(2, 8, 50, 400), Ready(3, 8, 50, 900)]
    assert match([Asking(1), Asking(1, frozenset({8}))], ready, 500) == [(1, 2), (0, 1)]


def test_a_task_goes_to_no_node_that_it_is_shy_of() -> None:
    ready = [Ready(1, None, 50, 0, [ONE]), Ready(2, None, 50, 1)]
    asking = [Asking(1, node_id=ONE), Asking(1, node_id=TWO)]
    assert match(asking, ready, 500) == [(1, 1), (0, 2)]


def test_a_task_that_is_shy_of_every_node_here_stays_and_holds_nobody_up() -> None:
    ready = [Ready(1, 7, 90, 0, [ONE, TWO]), Ready(2, None, 50, 1)]
    asking = [Asking(1, frozenset({7}), ONE), Asking(1, frozenset({7}), TWO)]
    assert match(asking, ready, 500) == [(0, 2)]


def test_a_cached_bundle_is_no_reason_to_go_back_to_a_node_that_lost_it() -> None:
    ready = [Ready(1, 7, 50, 0, [ONE])]
    asking = [Asking(1, frozenset({7}), ONE), Asking(1, node_id=THREE)]
    assert match(asking, ready, 500) == [(1, 1)]
