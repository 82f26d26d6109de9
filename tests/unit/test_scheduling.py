"""Decisions of the queue: classes, plans, fair share, blame, expiry."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.scheduling import blame, expiry, fairness, plans
from orchestrator.core.scheduling.classes import Requirements, from_document, major_of, serves
from orchestrator.wire.agent import Capabilities, EngineInfo
from orchestrator.wire.failures import FINAL, NODE_BLAMED, FailureClass
from orchestrator.wire.frames import count, each, from_frames

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TTL_S = 30.0
AE = EngineInfo(kind="aftereffects", version="24.1", major=24)


def _able(**more: object) -> Capabilities:
    given_ = {"engines": (AE,), "cores": 8, "memory_bytes": 2**34, **more}
    return Capabilities.model_validate(given_)


def test_equal_requirements_share_a_class_whatever_the_order_of_tags() -> None:
    one = Requirements("frames", "aftereffects", tags=("b", "a", "a"))
    two = Requirements("frames", "aftereffects", tags=("a", "b"))
    assert one.digest() == two.digest()
    assert one.digest() != Requirements("frames", "preview", tags=("a", "b")).digest()


def test_requirements_survive_being_kept_as_a_document() -> None:
    wanted = Requirements("bind", "aftereffects", 24, "windows", ("gpu",), 2**33)
    assert from_document(wanted.document()) == wanted


@pytest.mark.parametrize(
    ("version", "major"),
    [("26.0x67", 26), ("24", 24), ("1.0", 1), ("0.1", None), ("12345.1", None), ("", None),
     ("v26", None), (None, None)],
)  # fmt: skip
def test_the_major_version_is_the_number_in_front(version: str | None, major: int | None) -> None:
    assert major_of(version) == major


@pytest.mark.parametrize(
    ("wanted", "able"),
    [
        (Requirements("render", "aftereffects"), True),
        (Requirements("render", "preview"), False),
        (Requirements("export", "preview"), True),
        (Requirements("render", "aftereffects", 24), True),
        (Requirements("render", "aftereffects", 25), False),
        (Requirements("render", "aftereffects", platform="windows"), True),
        (Requirements("render", "aftereffects", platform="macos"), False),
        (Requirements("render", "aftereffects", tags=("fast",)), True),
        (Requirements("render", "aftereffects", tags=("fast", "gpu")), False),
        (Requirements("render", "aftereffects", memory_bytes=2**34 + 1), False),
    ],
)
def test_a_node_serves_what_it_has_everything_for(wanted: Requirements, able: bool) -> None:
    assert serves(_able(tags=("fast",)), "windows", wanted) is able


def test_a_node_that_names_kinds_takes_no_other() -> None:
    node = _able(kinds=("export",))
    assert not serves(node, "linux", Requirements("render", "aftereffects"))
    assert serves(node, "linux", Requirements("export", "aftereffects"))


@given(st.sets(st.integers(0, 5000), min_size=1, max_size=400), st.integers(1, 60))
def test_chunks_hold_every_frame_once_and_are_of_nearly_equal_size(
    frames: set[int], size: int
) -> None:
    pieces = plans.chunks(from_frames(frames), size)
    assert [frame for piece in pieces for frame in each(piece)] == sorted(frames)
    sizes = [count(piece) for piece in pieces]
    assert max(sizes) - min(sizes) <= 1
    assert len(pieces) <= plans.CHUNKS_MAX


@given(st.integers(0, 200))
def test_the_first_middle_and_last_chunk_go_first(pieces: int) -> None:
    order = plans.first_looks(pieces)
    assert sorted(order) == list(range(pieces))
    if pieces > 2:
        assert order[:3] == (0, pieces // 2, pieces - 1)


def test_an_idle_tenant_starts_at_the_queues_head_and_a_busy_one_behind_itself() -> None:
    assert fairness.tag(head=5000, last_finish=1000, cost=10) == fairness.Tags(5000, 5010)
    assert fairness.tag(head=5000, last_finish=9000, cost=10) == fairness.Tags(9000, 9010)
    assert fairness.tag(head=5000, last_finish=9000, cost=10, weight=2).finish == 9005


@given(st.lists(st.integers(0, 3), min_size=40, max_size=120))
def test_busy_tenants_are_served_alike_however_the_orders_arrive(arrivals: list[int]) -> None:
    """With equal costs nobody is ever two tasks ahead of another tenant that waits."""
    finish = dict.fromkeys(range(4), 0)
    queue: list[tuple[int, int, int]] = []
    for number, tenant in enumerate(arrivals):
        tags = fairness.tag(0, finish[tenant], 10)
        finish[tenant] = tags.finish
        queue.append((tags.start, number, tenant))
    served = dict.fromkeys(range(4), 0)
    left = [tenant for _, _, tenant in sorted(queue)]
    while left:
        tenant = left.pop(0)
        served[tenant] += 1
        for other in set(left):
            assert served[tenant] <= served[other] + 1


def test_the_sooner_work_is_due_the_earlier_it_starts_and_never_without_bounds() -> None:
    hours = [None, 9.0, 6.0, 3.0, 1.0, 0.0, -5.0]
    gains = [fairness.deadline_credit(None if one is None else one * 3600) for one in hours]
    assert gains == [0, 0, 0, 1000, 1667, 2000, 2000]
    late = fairness.tag(head=500, last_finish=9000, cost=10, credit=2000)
    assert late == fairness.Tags(7000, 9010)
    assert fairness.tag(head=0, last_finish=0, cost=10, credit=2000) == fairness.Tags(0, 2010)


@given(st.integers(1, 400), st.integers(0, 2000), st.integers(10, 60))
def test_deadlines_for_everything_put_a_tenant_ahead_once_and_no_further(
    cost: int, credit: int, orders: int
) -> None:
    """Its frames served while the other waits never exceed its fair part by more than a credit."""
    finish = {"hurried": 5000, "patient": 5000}
    queue = []
    for number in range(orders):
        for tenant, gain in (("patient", 0), ("hurried", credit)):
            tags = fairness.tag(5000, finish[tenant], cost, credit=gain)
            finish[tenant] = tags.finish
            queue.append((tags.start, number, tenant))
    ahead = 0
    for *_, tenant in sorted(queue):
        ahead += cost if tenant == "hurried" else -cost
        assert -cost <= ahead <= credit + cost


def test_a_priority_is_kept_within_the_tenants_ceiling() -> None:
    assert [fairness.clamp_priority(wanted, 60) for wanted in (-5, 50, 99)] == [0, 50, 60]
    assert fairness.clamp_priority(99, None) == 99


@pytest.mark.parametrize("failure_class", sorted(FINAL))
def test_what_another_try_cannot_mend_fails_at_once(failure_class: FailureClass) -> None:
    history = blame.History(failures=1, nodes=1, setbacks=0)
    assert blame.after_failure(failure_class, history, 3).event == "fail"


@given(
    st.sampled_from(sorted(set(FailureClass) - FINAL)),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(1, 20),
)
def test_a_task_is_tried_again_only_within_every_limit(
    failure_class: FailureClass, failures: int, nodes: int, setbacks: int, most: int
) -> None:
    history = blame.History(failures, nodes, setbacks)
    verdict = blame.after_failure(failure_class, history, most)
    within = failures < most and nodes < 3 and setbacks < blame.PATIENCE * most
    assert (verdict.event == "requeue") == within
    assert 0 <= verdict.rest_s <= blame.BACKOFF_LAST_S
    if nodes >= 3:
        assert verdict.event == "quarantine"


def test_failures_by_the_nodes_fault_do_not_count_against_the_task() -> None:
    blamed = {one for one in FailureClass if not blame.counts_against_task(one)}
    assert blamed == NODE_BLAMED


def test_the_last_capable_node_keeps_our_trust() -> None:
    assert blame.node_is_distrusted(3, other_capable_nodes=1)
    assert not blame.node_is_distrusted(2, other_capable_nodes=1)
    assert not blame.node_is_distrusted(9, other_capable_nodes=0)


def _rule(last: expiry.Sweep, census: expiry.Census, now: datetime = NOW) -> expiry.Ruling:
    return expiry.rule(now, last, census, TTL_S)


FEW = expiry.Census(leases=3, nodes=3, overdue_leases=3)
MASS = expiry.Census(leases=10, nodes=5, overdue_leases=6)
RECENT = expiry.Sweep(at=NOW - timedelta(seconds=2))


def test_overdue_leases_expire_when_the_last_sweep_was_just_now() -> None:
    assert _rule(RECENT, FEW) == expiry.Ruling(
        "expire", 3, alarm=False, memory=expiry.Sweep(NOW, None, None)
    )


@pytest.mark.parametrize("last_at", [None, NOW - timedelta(seconds=16)])
def test_after_an_outage_nothing_expires_for_a_whole_ttl(last_at: datetime | None) -> None:
    first = _rule(expiry.Sweep(at=last_at), FEW)
    assert (first.action, first.limit) == ("grace", 0)
    later = NOW + timedelta(seconds=14)
    assert _rule(first.memory, FEW, later).action == "grace"
    kept_up = expiry.Sweep(NOW + timedelta(seconds=29), first.memory.grace_until)
    assert _rule(kept_up, FEW, NOW + timedelta(seconds=30)).action == "expire"


def test_the_brake_holds_once_then_goes_in_slices() -> None:
    held = _rule(RECENT, MASS)
    assert (held.action, held.limit, held.alarm) == ("hold", 0, True)
    again = _rule(held.memory, MASS, NOW + timedelta(seconds=2))
    assert (again.action, again.alarm) == ("hold", False)
    over = expiry.Sweep(NOW + timedelta(seconds=29), None, held.memory.hold_until)
    sliced = _rule(over, MASS, NOW + timedelta(seconds=30))
    assert (sliced.action, sliced.limit, sliced.alarm) == ("expire", expiry.SLICE, True)


@pytest.mark.parametrize(
    "census",
    [expiry.Census(9, 5, 9), expiry.Census(20, 4, 20), expiry.Census(10, 5, 5)],
)
def test_the_brake_leaves_small_or_partial_losses_alone(census: expiry.Census) -> None:
    assert _rule(RECENT, census).limit == census.overdue_leases
