"""Explain why a task waits, and what would let it go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.scheduling.classes import Requirements, lacks
from orchestrator.wire.agent import Capabilities, Platform
from orchestrator.wire.base import TaskKind
from orchestrator.wire.waiting import NodeWait, Obstacle, TaskWait

NODES_SHOWN = 200
_HERE = ("online", "draining")
_STATES = {
    "registered": "has not reported yet; start its agent (flatrender-agent run)",
    "offline": "is offline; start its agent, or look at its network",
    "draining": "is draining; resume it (flatrender nodes resume NODE)",
    "quarantined": (
        "is quarantined; look at its failures, then resume it (flatrender nodes resume NODE)"
    ),
}


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Hold what is known of a node; `capabilities` is None before its first registration."""

    id: UUID
    name: str
    state: str
    platform: Platform
    capabilities: Capabilities | None
    slots: int
    leases: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold what is known of a task that nobody works on.

    `rest_s` is what is left of its rest after a failure. `ahead` counts tasks of its class that
    go before it. `stage` orders the parts of its job; `open_below` counts unfinished tasks of
    earlier stages. `last_failure` says why its last attempt failed, when one did.
    For `shy_s` other nodes than `shy_of`, which lost or failed it, go first.
    """

    task_id: int
    kind: TaskKind
    state: str
    wanted: Requirements
    rest_s: float = 0
    ahead: int = 0
    open_below: int = 0
    last_failure: str | None = None
    shy_of: tuple[UUID, ...] = ()
    shy_s: float = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Say how the nodes stand to tasks of one kind.

    `keeping` holds each with what keeps it from them, those nearest to them first. `reason` is the
    code and the sentence where nobody will ever take them as things are; `able` counts those that
    can, `is_soon` tells whether one of these has a free slot now. `slots` are those of able nodes
    that are online, of which so many are busy.
    """

    keeping: Sequence[tuple[NodeFacts, tuple[Obstacle, ...]]]
    reason: tuple[str, str] | None
    able: int
    is_soon: bool
    slots: int
    busy_slots: int


class Lookout:
    """Look at nodes, as they were at one moment, once for each kind of task that asks for them."""

    def __init__(self, nodes: Sequence[NodeFacts]) -> None:
        self.nodes = nodes
        self._seen: dict[Requirements, Standing] = {}

    def standing(self, wanted: Requirements) -> Standing:
        """Give how the nodes stand to such tasks."""
        if wanted not in self._seen:
            self._seen[wanted] = _standing(self.nodes, wanted)
        return self._seen[wanted]


def explain(task: Waiting, nodes: Sequence[NodeFacts], *, with_nodes: bool) -> TaskWait:
    """Say why a task waits: the first reason that holds, each with what would end it."""
    return explain_all((task,), Lookout(nodes), with_nodes=with_nodes)[0]


def explain_all(
    tasks: Sequence[Waiting], nodes: Lookout, *, with_nodes: bool
) -> tuple[TaskWait, ...]:
    """Say of each task why it waits, with the nodes nearest to it."""
    shown: dict[Requirements, tuple[NodeWait, ...]] = {}
    for wanted in {task.wanted for task in tasks} if with_nodes else ():
        shown[wanted] = tuple(
            NodeWait(node_id=node.id, name=node.name, obstacles=keeping)
            for node, keeping in nodes.standing(wanted).keeping[:NODES_SHOWN]
        )
    return tuple(
        _told(task, nodes.standing(task.wanted), shown.get(task.wanted, ())) for task in tasks
    )


def _told(task: Waiting, seen: Standing, shown: tuple[NodeWait, ...]) -> TaskWait:
    code, message = _reason(task, seen)
    return TaskWait.model_validate(
        {
            "task_id": task.task_id,
            "kind": task.kind,
            "state": task.state,
            "code": code,
            "message": message,
            "rest_s": max(0.0, task.rest_s),
            "ahead": task.ahead,
            "nodes": shown,
        }
    )


def obstacles(node: NodeFacts, wanted: Requirements) -> list[Obstacle]:
    """List what keeps a node from tasks of these requirements; none: it can lease one now."""
    found: list[Obstacle] = []
    if node.state != "online":
        found.append(Obstacle(code="state", message=f"{node.name} {_STATES.get(node.state)}."))
    if node.capabilities is not None:
        lacking = lacks(node.capabilities, node.platform, wanted, node.id)
        found += [
            Obstacle(code=code, message=f"{node.name} {words}.") for code, words in lacking.items()
        ]
    if node.leases >= node.slots:
        words = f"{node.name} works on {node.leases} of {node.slots} tasks; it takes more later."
        found.append(Obstacle(code="slots", message=words))
    return found


def _standing(nodes: Sequence[NodeFacts], wanted: Requirements) -> Standing:
    keeping = sorted(
        ((node, tuple(obstacles(node, wanted))) for node in nodes),
        key=lambda pair: (len(pair[1]), pair[0].name),
    )
    here = [pair for pair in keeping if pair[0].state in _HERE]
    able = [words for _, words in here if not _missing(words)]
    reason = None
    if not keeping:
        reason = (
            "no_node",
            "No node is enrolled. Make a token (flatrender enrol) and start an agent with it.",
        )
    elif not here:
        message = (
            f"No node is online ({_states(nodes)}). Start an agent "
            "(flatrender-agent run), or trust it again (flatrender nodes resume NODE)."
        )
        reason = "nobody_online", message
    elif not able:
        reason = "no_capable_node", _nobody_can(wanted, [words for _, words in here])
    elif all(pair[0].state == "draining" for pair in here if not _missing(pair[1])):
        who = "The one node that can do it is" if len(able) == 1 else "All nodes that can do it are"
        reason = "draining", f"{who} draining. Resume it (flatrender nodes resume NODE)."
    online = [
        node
        for node, words in here
        if node.state == "online" and node.capabilities is not None and not _missing(words)
    ]
    return Standing(
        keeping=keeping,
        reason=reason,
        able=len(able),
        is_soon=any(not words for words in able),
        slots=sum(node.slots for node in online),
        busy_slots=sum(node.leases for node in online),
    )


def _reason(task: Waiting, seen: Standing) -> tuple[str, str]:
    what = f"The {task.kind} task {task.task_id}"
    if task.state == "blocked":
        many = "1 task" if task.open_below == 1 else f"{task.open_below} tasks"
        return "earlier_stage", f"{what} waits for {many} of an earlier stage."
    if task.rest_s > 0:
        why = f" The last one failed: {task.last_failure}" if task.last_failure else ""
        return "resting", f"{what} rests for {task.rest_s:.0f} s before its next attempt.{why}"
    if seen.reason is not None:
        return seen.reason
    if task.shy_of and not any(
        not words and node.id not in task.shy_of for node, words in seen.keeping
    ):
        return "resting", (
            f"{what} goes first to another node than the {len(task.shy_of)} that lost or failed "
            f"it, when one is free; these may have it in {task.shy_s:.0f} s."
        )
    if seen.is_soon:
        return "soon", f"{what} is leased next; {_ahead(task)}."
    busy = f"All {seen.able} nodes that can do it are busy or draining"
    if seen.able == 1:
        busy = "The one node that can do it is busy"
    return "slots_full", f"{busy}; {_ahead(task)}. It waits for its turn."


def _ahead(task: Waiting) -> str:
    if task.ahead == 1:
        return "1 task goes before it"
    return f"{task.ahead or 'no'} tasks go before it"


def _states(nodes: Sequence[NodeFacts]) -> str:
    """Count the nodes' states: names are not for everybody."""
    counts = Counter(node.state for node in nodes)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))


def _missing(keeping: Sequence[Obstacle]) -> list[Obstacle]:
    """Give the obstacles that waiting does not remove."""
    return [one for one in keeping if one.code not in {"state", "slots"}]


def _nobody_can(wanted: Requirements, here: Sequence[Sequence[Obstacle]]) -> str:
    """Name what most of the nodes lack that lack the fewest things."""
    least = min(len(_missing(keeping)) for keeping in here)
    near = [keeping for keeping in here if len(_missing(keeping)) == least]
    code, count = Counter(one.code for keeping in near for one in _missing(keeping)).most_common(1)[
        0
    ]
    wishes = {
        "kind": f"takes {wanted.kind} tasks",
        "engine": f"has the engine {wanted.engine}",
        "engine_version": f"has version {wanted.engine_build or wanted.engine_major}"
        f" of {wanted.engine}",
        "gpu": f"draws {'with' if wanted.gpu else 'without'} the GPU as the job's other frames did",
        "platform": f"runs {wanted.platform}",
        "tags": f"carries the tags {', '.join(wanted.tags)}",
        "memory": f"has {wanted.memory_bytes / 2**30:.0f} GiB of memory",
        "skills": f"has an agent that knows {', '.join(wanted.skills)}",
        "suspect": "may mend these frames but the one that made them",
    }
    nearest = f"the nearest of {len(here)} lacks {least} things"
    if least == 1:
        nearest = f"{count} of {len(here)} lack{'s' if count == 1 else ''} only that"
    return f"No node here {wishes[code]} ({nearest}). Add such a node, or order what is done here."
