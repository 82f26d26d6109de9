"""What clients are told of a render that waits: why, and what would let it go on."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.base import Count, Message, Seconds, TaskKind, Text

WaitCode = Literal[
    "earlier_stage",
    "resting",
    "no_node",
    "nobody_online",
    "no_capable_node",
    "draining",
    "slots_full",
    "soon",
]
"""Why a task waits; the first that holds, in this order."""
ObstacleCode = Literal[
    "kind",
    "engine",
    "engine_version",
    "gpu",
    "platform",
    "tags",
    "memory",
    "suspect",
    "skills",
    "state",
    "slots",
]
"""What keeps one node from one task."""


class Obstacle(Message):
    """Name one thing that keeps a node from a task, and what would remove it."""

    code: ObstacleCode
    message: Text


class NodeWait(Message):
    """Say of one node why it does not take the task; no obstacles: it takes it next."""

    node_id: UUID
    name: Text
    obstacles: tuple[Obstacle, ...] = ()


class TaskWait(Message):
    """Say why one task waits; `nodes` only for operators, those nearest to it first."""

    task_id: int
    kind: TaskKind
    state: Literal["blocked", "queued"]
    code: WaitCode
    message: Text
    rest_s: Seconds = 0
    ahead: Count = 0
    nodes: Annotated[tuple[NodeWait, ...], Field(max_length=200)] = ()


class WaitReport(Message):
    """Say why a render waits: in one sentence, and task by task."""

    message: Text
    tasks: tuple[TaskWait, ...] = ()
    at_work: Count = 0
    """So many of its tasks a node works on now."""
