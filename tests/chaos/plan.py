"""From one seed to the whole schedule: which faults when, which orders in which sequence."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

from tests.chaos.points import agent as at_agent
from tests.chaos.points import server as at_server

KILL_POINTS = (
    "now", "claim:after", "uploads:before", "put:after", "frames:before", "frames:after",
    "result:before", "result:after", "progress:after", "heartbeat:before",
)  # fmt: skip
"""Where a process is killed: at once, or as a call of that kind passes the proxy."""
SERVER_POINTS = ("now", "claim:sent", "frames:sent", "put:sent", "result:sent", "both")
ENGINE_FAULTS = ("crash", "signal", "hang", "truncated", "silent", "escape")
WEATHERS = ("drop", "lose", "cut", "twice", "late", "slow", "storm")
EVERY_S = {
    "agent_point": 9.0,
    "server_point": 15.0,
    "lost_commit": 30.0,
    "backends": 60.0,
    "readonly": 110.0,
    "bitflip": 60.0,
    "agent_kill": 13.0,
    "agent_freeze": 13.0,
    "server_kill": 45.0,
    "pg_crash": 60.0,
    "partition": 25.0,
    "weather": 9.0,
    "engine": 12.0,
    "disk": 75.0,
    "month": 100.0,
    "outage": 150.0,
}
"""Each kind of fault and the mean time between two of it."""
SPANS = {
    "agent_point": (2, 3.2),
    "server_point": (0.1, 1),
    "lost_commit": (2, 4),
    "backends": (2, 4),
    "readonly": (0.3, 2),
    "bitflip": (0.05, 0.1),
}
"""How long some faults last, in lease times."""
OURS = frozenset({"outage", "pg_crash", "readonly", "backends", "lost_commit"})
"""Faults that no agent is to blame for: they alone must cost no lease (the reaper's grace)."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Be one fault: when, what, on which of its targets, how, and for how long."""

    at_s: float
    kind: str
    target: int
    how: str
    lasts_s: float

    def __str__(self) -> str:
        """Write it on one line."""
        return f"{self.at_s:7.2f} s {self.kind} {self.target} {self.how} for {self.lasts_s:.2f} s"


@dataclass(frozen=True, slots=True)
class Order:
    """Be one render to order; it is cancelled so long after its answer, or not at all."""

    mark: str
    plan: str
    frames: int
    frame_s: float
    pause_s: float
    cancel_after_s: float | None


def faults(
    seed: int, seconds: float, kinds: Sequence[str], agents: int, ttl_s: float
) -> list[Fault]:
    """Lay the faults of a run out, in order of time; each kind has its own source of chance."""
    found: list[Fault] = []
    for kind in kinds:
        chance = random.Random(f"{seed}/{kind}")
        every_s = EVERY_S[kind]
        at_s = chance.uniform(0.1, 0.6) * min(every_s, seconds)
        points = _points(chance, kind)
        while at_s < seconds:
            fault = _fault(chance, kind, at_s, agents, ttl_s)
            found.append(replace(fault, how=next(points, fault.how)))
            at_s += chance.uniform(0.5, 1.5) * every_s
    return sorted(found)


def _points(chance: random.Random, kind: str) -> Iterator[str]:
    """Give the named points of a kind, `action point skip` each, in turn for ever."""
    names = sorted({"agent_point": at_agent.POINTS, "server_point": at_server.POINTS}.get(kind, ()))
    chance.shuffle(names)
    for name in cycle(names):
        yield f"{chance.choice(('kill', 'kill', 'stop'))} {name} {chance.choice((0, 0, 1, 2, 4))}"


def _fault(chance: random.Random, kind: str, at_s: float, agents: int, ttl_s: float) -> Fault:
    target, how, lasts_s = chance.randrange(agents), "", 0.0
    if kind == "agent_kill":
        how = chance.choice(KILL_POINTS)
        lasts_s = chance.choice((0.3, ttl_s * chance.uniform(1.5, 3), ttl_s * 2.5))
    elif kind in SPANS:
        lasts_s = ttl_s * chance.uniform(*SPANS[kind])
    elif kind == "agent_freeze":
        how, lasts_s = chance.choice(("agent", "tree")), ttl_s * chance.uniform(2, 3.5)
    elif kind == "server_kill":
        target, how, lasts_s = target % 2, chance.choice(SERVER_POINTS), chance.uniform(0, 4)
    elif kind == "pg_crash":
        lasts_s = chance.choice((0.0, 0.5, ttl_s))
    elif kind == "partition":
        how, lasts_s = chance.choice(("refuse", "swallow", "deaf")), ttl_s * chance.uniform(0.3, 3)
    elif kind == "weather":
        target = chance.choice((-1, target))
        how, lasts_s = chance.choice(WEATHERS), chance.uniform(3, 9)
    elif kind == "engine":
        how = chance.choice(ENGINE_FAULTS)
    elif kind == "outage":
        how, lasts_s = "both", 3 * ttl_s
    elif kind == "disk":
        target, lasts_s = 0, chance.uniform(2, 6)
    return Fault(round(at_s, 2), kind, target, how, round(lasts_s, 2))


def orders(seed: int) -> Iterator[Order]:
    """Give the renders of a run, for ever; how many of them are ordered, the farm decides."""
    chance = random.Random(f"{seed}/orders")
    number = 0
    while True:
        number += 1
        split = chance.random() < 0.3
        yield Order(
            mark=f"s{seed}n{number}",
            plan="split" if split else "single",
            frames=chance.randrange(50, 120) if split else chance.randrange(6, 40),
            frame_s=round(chance.uniform(0.01, 0.03 if split else 0.12), 3),
            pause_s=chance.uniform(0.05, 0.6),
            cancel_after_s=chance.uniform(0, 4) if chance.random() < 0.12 else None,
        )


def digest(schedule: Sequence[Fault]) -> str:
    """Give one short name to a schedule: the same seed gives the same one."""
    return hashlib.sha256("\n".join(map(str, schedule)).encode()).hexdigest()[:16]
