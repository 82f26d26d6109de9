"""After a forced end: bring After Effects back to where its start asks nobody anything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from node_agent.engines.aftereffects import Engine
from node_agent.engines.scripting import probe
from node_agent.host.base import Host
from node_agent.process import Spawner

LOG = structlog.get_logger("recovery")


class Recovery:
    """Recover the engines of one agent; all its slots share it, one recovery goes on at a time."""

    def __init__(
        self,
        engines: Sequence[Engine],
        spawner: Spawner,
        host: Host,
        folder: Path,
        timeout_s: float,
    ) -> None:
        self._engines = engines
        self._spawner = spawner
        self._host = host
        self._folder = folder
        self._timeout_s = timeout_s
        self._one = asyncio.Lock()

    @property
    def needed(self) -> bool:
        """Tell whether an engine would ask a person at its next start."""
        return any(engine.must_recover for engine in self._engines)

    async def recover(self) -> bool:
        """Start each such engine, answer its dialogs, run a probe, let it quit; tell if all did.

        An engine whose scripts never ran here cannot be probed: it is taken as it is.
        """
        async with self._one:
            for engine in self._engines:
                if engine.must_recover:
                    await self._recover(engine)
            return not self.needed

    async def _recover(self, engine: Engine) -> None:
        found = engine.forced.pending
        told = await probe(engine, self._spawner, self._host, self._folder, self._timeout_s)
        log = LOG.bind(engine=engine.version, dialogs=told.answered)
        if told.problem is None or not engine.scripts:
            engine.forced.settle(found)
            log.info("recovered from a forced end")
        else:
            log.warning("the engine does not come back", code=told.code, reason=told.problem)
