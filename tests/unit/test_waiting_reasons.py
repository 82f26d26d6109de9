"""Why a task waits: one reason, and what keeps each node from it."""

from uuid import UUID

import pytest

from orchestrator.core.scheduling.classes import Requirements, serves
from orchestrator.core.scheduling.waiting import NodeFacts, Waiting, explain, obstacles
from orchestrator.wire.agent import Capabilities, EngineInfo

AE24 = EngineInfo(kind="aftereffects", version="24.1", major=24)
ABLE = Capabilities(engines=(AE24,), tags=("gpu",), cores=8, memory_bytes=2**34)
WANTED = Requirements(kind="render", engine="aftereffects")


def node(number: int = 1, able: Capabilities | None = ABLE, **given: object) -> NodeFacts:
    facts = {"state": "online", "platform": "windows", "slots": 1, "leases": 0, **given}
    return NodeFacts(UUID(int=number), f"node-{number}", capabilities=able, **facts)  # type: ignore[arg-type]


def waits(**given: object) -> Waiting:
    facts = {"kind": "render", "state": "queued", "wanted": WANTED, **given}
    return Waiting(7, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "nodes", "code", "words"),
    [
        (waits(state="blocked", open_below=3), [node()], "earlier_stage", "3 tasks of an earlier"),
        (waits(rest_s=12.2), [node()], "resting", "12 s"),
        (waits(rest_s=3, last_failure="The GPU failed."), [node()], "resting", "The GPU failed."),
        (waits(), [], "no_node", "enrol"),
        (
            waits(),
            [node(state="offline"), node(2, state="registered")],
            "nobody_online",
            "No node is online (1 offline, 1 registered)",
        ),
        (
            waits(wanted=Requirements(kind="render", engine="preview")),
            [node(), node(2)],
            "no_capable_node",
            "No node here has the engine preview (2 of 2 lack only that)",
        ),
        (
            waits(wanted=Requirements("render", "preview", platform="macos", tags=("x",))),
            [node()],
            "no_capable_node",
            "the nearest of 1 lacks 3 things",
        ),
        (waits(ahead=5), [node(leases=1), node(2, state="draining")], "slots_full", "5 tasks go"),
        (waits(), [node(leases=1)], "slots_full", "The one node that can do it is busy"),
        (
            waits(ahead=1),
            [node(state="draining"), node(2, state="offline")],
            "draining",
            "The one node that can do it is draining. Resume it",
        ),
        (waits(), [node(leases=1), node(2)], "soon", "leased next"),
        (
            waits(shy_of=(UUID(int=1),), shy_s=42.4),
            [node(), node(2, leases=1)],
            "resting",
            (
                "another node than the 1 that lost or failed it, when one is free; these may"
                " have it in 42 s"
            ),
        ),
        (waits(shy_of=(UUID(int=1),), shy_s=42), [node(), node(2)], "soon", "leased next"),
    ],
)
def test_each_reason_is_named_with_what_ends_it(
    task: Waiting, nodes: list[NodeFacts], code: str, words: str
) -> None:
    found = explain(task, nodes, with_nodes=True)
    assert found.code == code
    assert words in found.message
    assert len(found.nodes) == len(nodes)
    assert explain(task, nodes, with_nodes=False).nodes == ()


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Requirements("render", "aftereffects", 24, "windows", ("gpu",), 2**34), []),
        (Requirements("render", "aftereffects", 25), ["engine_version"]),
        (Requirements("render", "preview"), ["engine"]),
        (Requirements("render", "aftereffects", platform="macos"), ["platform"]),
        (Requirements("render", "aftereffects", tags=("gpu", "rtx")), ["tags"]),
        (Requirements("render", "aftereffects", memory_bytes=2**35), ["memory"]),
        (Requirements("export", "preview"), []),
    ],
)
def test_every_mismatch_is_an_obstacle_and_what_has_none_is_served(
    wanted: Requirements, codes: list[str]
) -> None:
    assert [one.code for one in obstacles(node(), wanted)] == codes
    assert serves(ABLE, "windows", wanted) == (not codes)


def test_a_node_that_takes_other_kinds_or_is_full_or_away_says_so() -> None:
    able = ABLE.model_copy(update={"kinds": ("export",)})
    busy = node(1, able, state="quarantined", slots=2, leases=2)
    found = obstacles(busy, WANTED)
    assert [one.code for one in found] == ["state", "kind", "slots"]
    assert "quarantined" in found[0].message
    assert "takes only export tasks" in found[1].message
    assert "2 of 2" in found[2].message


def test_the_nearest_nodes_come_first() -> None:
    nodes = [node(1, state="offline"), node(2, leases=1, state="draining"), node(3)]
    found = explain(waits(), nodes, with_nodes=True).nodes
    assert [one.name for one in found] == ["node-3", "node-1", "node-2"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Requirements("frames", "aftereffects", not_node=str(UUID(int=1))), "the one that made"),
        (Requirements("frames", "aftereffects", 24, gpu=True), "draws with the GPU"),
        (Requirements("frames", "aftereffects", 24, engine_build="24.2"), "version 24.2 of"),
    ],
)
def test_a_lone_node_that_lacks_one_thing_is_told_what(wanted: Requirements, words: str) -> None:
    found = explain(waits(wanted=wanted), [node()], with_nodes=False)
    assert found.code == "no_capable_node"
    assert words in found.message
    assert "1 of 1 lacks only that" in found.message
