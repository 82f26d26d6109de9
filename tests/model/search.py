"""Explore the model breadth first, hold every state and step to the invariants, tell the story."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tests.model.invariants import broken_in_state, broken_in_step, unheard
from tests.model.rules import Rules
from tests.model.server import Server
from tests.model.state import JOB_ENDS, Agent, Config, Rest, Task, World, canonical, start
from tests.model.steps import Step, Steps

_BITS = 24


class Violation(NamedTuple):
    """Name what was broken and how it came to that, the shortest way."""

    invariant: str
    story: tuple[str, ...]


@dataclass
class Report:
    """Tell what an exploration found; `complete` when no state was left out."""

    config: str
    states: int
    steps: int
    seconds: float
    complete: bool
    names: frozenset[str]
    """What kinds of steps were taken."""
    violation: Violation | None = None


@dataclass
class _Known:
    """Number states; each distinct part of a state is kept once, a state is one integer."""

    tasks: dict[Task, int] = field(default_factory=dict)
    agents: dict[Agent, int] = field(default_factory=dict)
    rests: dict[Rest, int] = field(default_factory=dict)
    task_list: list[Task] = field(default_factory=list)
    agent_list: list[Agent] = field(default_factory=list)
    rest_list: list[Rest] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)

    def number(self, world: World) -> tuple[int, bool]:
        """Give a state's number and whether it is new."""
        key = self.tasks.setdefault(world.task, len(self.task_list))
        if key == len(self.task_list):
            self.task_list.append(world.task)
        for agent in world.agents:
            part = self.agents.setdefault(agent, len(self.agent_list))
            if part == len(self.agent_list):
                self.agent_list.append(agent)
            key = key << _BITS | part
        part = self.rests.setdefault(world.rest, len(self.rest_list))
        if part == len(self.rest_list):
            self.rest_list.append(world.rest)
        key = key << _BITS | part
        found = self.numbers.setdefault(key, len(self.keys))
        if found < len(self.keys):
            return found, False
        self.keys.append(key)
        return found, True

    def world(self, number: int, agents: int) -> World:
        """Give a state back."""
        key, mask = self.keys[number], (1 << _BITS) - 1
        rest = self.rest_list[key & mask]
        parts = []
        for _ in range(agents):
            key >>= _BITS
            parts.append(self.agent_list[key & mask])
        return World(self.task_list[key >> _BITS], tuple(reversed(parts)), rest)


class Search:
    """Explore one configuration under certain rules."""

    def __init__(self, config: Config, rules: Rules | None = None) -> None:
        self._config = config
        self._steps = Steps(Server(rules or Rules(), config))
        self._known = _Known()
        self._parents = array("l")
        self._sources = array("l")
        self._targets = array("l")
        self._ended = bytearray()
        self._taken = 0
        self._names: set[str] = set()

    def run(self, limit: int = 10**9) -> Report:
        """Explore everything, or so many states; stop at the first violation."""
        begun = time.perf_counter()
        self._add(start(self._config), -1)
        done, violation = 0, None
        while done < len(self._parents) < limit and violation is None:
            violation = self._expand(done)
            done += 1
        complete = done == len(self._parents)
        if violation is None and complete:
            violation = self._stuck()
        seconds = time.perf_counter() - begun
        return Report(
            self._config.name,
            len(self._parents),
            self._taken,
            seconds,
            complete,
            frozenset(self._names),
            violation,
        )

    def _add(self, world: World, parent: int) -> tuple[int, bool]:
        number, new = self._known.number(world)
        if new:
            self._parents.append(parent)
            self._ended.append(world.task.job in JOB_ENDS)
        return number, new

    def _expand(self, number: int) -> Violation | None:
        """Take every step from a state."""
        before = self._known.world(number, self._config.agents)
        names: set[str] = set()
        for step in self._steps.of(before):
            names.add(step.name)
            self._taken += 1
            self._names.add(f"{step.name} {step.answer}".rstrip())
            broken = broken_in_step(before, step)
            if broken:
                return Violation(broken, (*self._story(number), tell(step)))
            target, new = self._add(canonical(step.after), number)
            if new:
                broken = broken_in_state(step.after, self._config)
                if broken:
                    return Violation(broken, (*self._story(number), tell(step)))
            if step.fair:
                self._sources.append(number)
                self._targets.append(target)
        broken = unheard(before, names, self._config)
        return Violation(broken, tuple(self._story(number))) if broken else None

    def _stuck(self) -> Violation | None:
        """Find a state from which the job cannot end by fair steps alone."""
        ended, sources, targets = self._ended, self._sources, self._targets
        changed = True
        while changed:
            changed = False
            for edge in range(len(sources) - 1, -1, -1):
                if ended[targets[edge]] and not ended[sources[edge]]:
                    ended[sources[edge]] = 1
                    changed = True
        stuck = ended.find(0)
        if stuck < 0:
            return None
        return Violation("L1 every job can come to an end", tuple(self._story(stuck)))

    def _story(self, number: int) -> list[str]:
        """Name the steps that lead to a state; agents may change places between steps."""
        way = [number]
        while self._parents[way[-1]] >= 0:
            way.append(self._parents[way[-1]])
        way.reverse()
        return [self._between(a, b) for a, b in pairwise(way)]

    def _between(self, source: int, target: int) -> str:
        for step in self._steps.of(self._known.world(source, self._config.agents)):
            if self._known.number(canonical(step.after))[0] == target:
                return tell(step)
        raise AssertionError("a step of the story is gone")


def tell(step: Step) -> str:
    """Write a step for a person."""
    who = f"agent {step.agent} " if step.agent >= 0 else ""
    what = f" {step.message}" if step.message[0] >= 0 else ""
    return f"{who}{step.name}{what} {step.answer}".rstrip()


def stories(violation: Violation) -> Iterator[str]:
    """Write a violation for a person."""
    yield violation.invariant
    yield from (f"  {number:2} {line}" for number, line in enumerate(violation.story, 1))
