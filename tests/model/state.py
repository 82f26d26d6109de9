"""What a state of the modelled farm is: one task, its nodes with their agents, the storage.

Everything is tuples of small integers, so that a million states fit into memory. Agents, and the
messages on their way, are told apart only by their place in `World.agents`; a state with two agents
swapped is the same state (see `canonical`).
"""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.task import TASK

TASK_STATES = TASK.states
JOB_STATES = JOB.states
BLOCKED, QUEUED, LEASED, RUNNING = (
    TASK_STATES.index(name) for name in ("blocked", "queued", "leased", "running")
)
SUCCEEDED, FAILED, CANCELLED, QUARANTINED = (
    TASK_STATES.index(name) for name in ("succeeded", "failed", "cancelled", "quarantined")
)
HELD_STATES = frozenset({LEASED, RUNNING})
TASK_ENDS = frozenset(TASK_STATES.index(name) for name in TASK.terminal)
JOB_ENDS = frozenset(JOB_STATES.index(name) for name in JOB.terminal)
JOB_CANCELLED = JOB_STATES.index("cancelled")
JOB_FAILED = JOB_STATES.index("failed")

ABSENT, READY, HELD = range(3)
"""What the queue's row is: not there, ready to be leased, held by a node."""

OPEN, DONE, BROKEN, BY_NODE, FINAL, HANDED_BACK, LOST, CLOSED = range(8)
"""How an attempt ended: the first is not ended; LOST and CLOSED are the server's word alone."""
REPORTED = frozenset({DONE, BROKEN, BY_NODE, FINAL, HANDED_BACK})
COUNTED = frozenset({BROKEN, FINAL})
SET_BACK = COUNTED | {BY_NODE, LOST}

IDLE, CLAIMING, WORKING, REPORTING, CRASHED = range(5)
"""What an agent does."""

CLAIM, GRANT, RUN, FRAME, RESULT, REGISTER, PASSED = range(7)
"""Kinds of messages: (kind, a, b, c), see `Agent.sent`."""

Message = tuple[int, int, int, int]
SLOTS = 4
"""Objects of one attempt: slot 0 is its output, 1.. are its frames; a key is attempt * 4 + slot."""
LEAP = 20
"""How far attempt numbers leap at a restore; the server leaps by 1000."""


class Try(NamedTuple):
    """Be one row of the attempts' table; `life` counts the retries by a person before it."""

    attempt: int
    token: int
    request: int
    outcome: int
    life: int


class Task(NamedTuple):
    """Be what the database holds of the task, its queue row and its job."""

    state: int = QUEUED
    row: int = READY
    attempt: int = 0
    token: int = 0
    owner: int = -1
    job: int = 0
    retries: int = 0
    outbox: int = 0
    """One bit per (retries, job state)."""
    frames: tuple[tuple[int, int], ...] = ()
    """Per frame (key, content), (0, 0) while it is missing."""
    published: tuple[tuple[int, int], ...] = ()
    epoch: int = 1


class Node(NamedTuple):
    """Be what the database holds of a node."""

    tries: tuple[Try, ...] = ()
    streak: int = 0
    barred: int = 0
    shy: int = 0
    """Whether the task is to go to others first, which this node lost or failed."""


class Agent(NamedTuple):
    """Be an agent with its outbox, and every message between it and the server.

    `sent` is a set: what was sent may arrive at any time, never, or again and again, in any
    order. So loss, delay, doubles and disorder need no moves of their own.
    """

    phase: int = IDLE
    request: int = 0
    attempt: int = 0
    token: int = 0
    outcome: int = OPEN
    done: int = 0
    """Bits of what lies in storage: bit 0 the output, bit n frame n."""
    told: int = 0
    """Bits of the frames whose report was acknowledged."""
    sent: tuple[Message, ...] = ()
    node: Node = Node()
    saved: tuple[Node, ...] = ()


class Rest(NamedTuple):
    """Be what outlives a restore of the database, and what only the checker knows."""

    store: tuple[tuple[int, int], ...] = ()
    """(key, content), sorted; the content is the token of the attempt that made it."""
    puts: tuple[tuple[int, int], ...] = ()
    """Every upload that was ever sent, as above: each may arrive again."""
    fresh: int = 0
    """Tokens that were ever made: a token is 128 random bits, a restore repeats none."""
    top: int = 0
    """The highest attempt number that was ever granted."""
    left: int = 0
    """Faults and wishes of people that may still happen."""
    marker: int = 1
    """The newest epoch that storage knows."""
    saved: tuple[Task, ...] = ()
    backups: int = 0


class World(NamedTuple):
    """Be one state."""

    task: Task
    agents: tuple[Agent, ...]
    rest: Rest


class Config(NamedTuple):
    """Bound what is explored: agents, frames (0 = one output), faults, and which of them."""

    name: str
    agents: int = 2
    frames: int = 0
    faults: int = 2
    kinds: frozenset[str] = frozenset()
    most: int = 2
    """The task's `failures_max`."""


def start(config: Config) -> World:
    """Give the first state: the task is queued, nobody has asked for it yet."""
    task = Task(frames=((0, 0),) * config.frames)
    return World(task, (Agent(),) * config.agents, Rest(left=config.faults))


def key_of(attempt: int, slot: int, *, shared: bool) -> int:
    """Give the storage key of an object; `shared` leaves the attempt out, as a mutant does."""
    return slot + 1 if shared else attempt * SLOTS + slot


def canonical(world: World) -> World:
    """Give the one of all states that differ by the order of agents alone."""
    agents = world.agents
    if all(agents[i] <= agents[i + 1] for i in range(len(agents) - 1)):
        return world
    order = sorted(range(len(agents)), key=agents.__getitem__)
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    task = world.task
    rest = world.rest
    if task.owner != place[task.owner]:
        task = task._replace(owner=place[task.owner])
    if rest.saved and rest.saved[0].owner != place[rest.saved[0].owner]:
        saved = rest.saved[0]._replace(owner=place[rest.saved[0].owner])
        rest = rest._replace(saved=(saved,))
    return World(task, tuple(agents[i] for i in order), rest)
