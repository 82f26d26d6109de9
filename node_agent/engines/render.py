"""One run of aerender under the watchdog: its output as facts, its outputs as they appear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import psutil

from node_agent.core.enginelog import EngineLog, Facts
from node_agent.core.verdict import Ending, is_idle, was_forced
from node_agent.core.watchdog import Limits, Phase, Times, overdue, pressed
from node_agent.engines.activity import Activity
from node_agent.engines.aftereffects import Engine, not_started
from node_agent.process import Process, Spawner

TICK_S = 0.2
ACTIVITY_EVERY = 25
"""The most ticks between two looks at the CPU and I/O of the engine's tree."""


class Outputs(Protocol):
    """Watch the outputs of one run."""

    async def look(self) -> None:
        """Take in what appeared."""

    @property
    def count(self) -> int:
        """Give how many outputs are good by now."""

    @property
    def complete(self) -> bool:
        """Tell whether every wanted output is good."""

    @property
    def proven(self) -> bool:
        """Tell whether `complete` needs no finished line beside it."""


async def run_aerender(
    engine: Engine,
    argv: Sequence[str],
    spawner: Spawner,
    *,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits,
    outputs: Outputs,
    on_lines: Callable[[list[str]], None],
    on_idle: Callable[[], object] | None = None,
) -> tuple[Facts, Ending, Times]:
    """Run aerender to its end, or until the watchdog or the grace rule ends it.

    Gives what its log told, how it ended, and when things happened, by the monotonic clock.

    `on_idle` is called, in a thread, before an engine is ended that seems to wait for a person.
    Raises NodeBroken when the program cannot be started. Cancelling ends the whole tree.
    """
    run = _Run(limits, on_lines, cwd)
    words = [*argv, *engine.tuning]
    try:
        child = spawner.spawn(words, cwd=cwd, env={**engine.env, **env}, on_output=run.read)
    except OSError as error:
        raise not_started(argv[0], error, "frames") from error
    ending: Ending | None = None
    try:
        ending = await run.follow(child, outputs)
        if on_idle is not None and is_idle(ending):
            await asyncio.to_thread(on_idle)
    finally:
        await child.end()
        if ending is None or was_forced(run.log.facts, ending):
            engine.forced.note()
    on_lines(run.log.close())
    await outputs.look()
    enough = outputs.complete and (outputs.proven or run.log.facts.finished)
    if ending.by == "watchdog" and enough:
        ending = replace(ending, by="grace", phase=None)
    return run.log.facts, ending, run.times


class _Run:
    """Hold the clockwork of one run."""

    def __init__(self, limits: Limits, on_lines: Callable[[list[str]], None], folder: Path) -> None:
        self._folder = folder
        self.log = EngineLog()
        self._limits = limits
        self._on_lines = on_lines
        self.times = Times(began=time.monotonic())
        self._heard = self.times.began
        self._frames = 0
        every = int(limits.open_s / 4 / TICK_S)
        self._activity = Activity(max(2, min(ACTIVITY_EVERY, every)))

    def read(self, chunk: bytes) -> None:
        """Take in output as it comes."""
        facts, times, now = self.log.facts, self.times, time.monotonic()
        self._heard = now
        self._on_lines(self.log.feed(chunk))
        if facts.launched and times.launched is None:
            times.launched = now
        if facts.started and times.started is None:
            times.started = now
        if facts.fatal and times.doomed is None:
            times.doomed = now
        self._came(len(facts.frames), now)

    async def follow(self, child: Process, outputs: Outputs) -> Ending:
        """Look at outputs and clock until the engine ends."""
        while True:
            code = await child.wait(TICK_S)
            if code is not None:
                return Ending(code, memory_bytes=self._activity.memory_bytes)
            await outputs.look()
            now = time.monotonic()
            self._came(outputs.count, now)
            if self._activity.moved(child.pid):
                self.times.active = now
            if outputs.complete and self.times.complete is None:
                self.times.complete = now
            phase = overdue(self.times, self._limits, now) or self._pressed()
            if phase is not None:
                idle_s = now - max(self._heard, self.times.active, self.times.began)
                used = self._activity.memory_bytes
                return Ending(child.exit_code, "watchdog", phase, used, idle_s)

    def _came(self, frames: int, now: float) -> None:
        # A frame is told in the log and found on disk: it is one frame all the same.
        if frames > self._frames:
            self._frames = frames
            self.times.frame(now)

    def _pressed(self) -> Phase | None:
        return pressed(
            self._limits,
            used_bytes=self._activity.memory_bytes or 0,
            free_bytes=psutil.disk_usage(str(self._folder)).free,
        )
