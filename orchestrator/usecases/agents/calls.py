"""Call nodes that are to send a sign of life at once: something they work on was cancelled."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from typing import Any
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.wire.agent import CallAnswer, CallRequest

_CALL = "call "
REMEMBERED_S = 15.0
"""A node hears a call that came just before it asked: signs of life may have crossed it."""
REMEMBERED = 10_000
HELD = 4
"""So many calls of one node are held open; a further one answers the oldest."""


class Calls:
    """Hold the nodes that wait to be called, and who was called lately.

    Calls are heard on the listening connection. One that is missed costs only time: the next
    ordinary sign of life tells the same.
    """

    def __init__(self, deps: Deps) -> None:
        self._stopping = deps.stopping
        self._waiting: dict[UUID, list[asyncio.Future[None]]] = defaultdict(list)
        self._called: dict[UUID, float] = {}

    def heard(self, payload: str) -> None:
        """Take what the listening connection heard; all but `call <node id>` is for others."""
        if not payload.startswith(_CALL):
            return
        node_id = UUID(payload.removeprefix(_CALL))
        if len(self._called) >= REMEMBERED:
            self._called.clear()
        self._called[node_id] = time.monotonic()
        for waiter in self._waiting.get(node_id, ()):
            _wake(waiter)

    async def wait(self, node_id: UUID, wait_s: float) -> bool:
        """Tell whether the node is called within `wait_s`; False at once when the server stops."""
        if self._was_called(node_id):
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stopping = asyncio.create_task(self._stopping.wait())
        self._waiting[node_id].append(waiter)
        for older in self._waiting[node_id][:-HELD]:
            _wake(older)
        try:
            either: set[asyncio.Future[Any]] = {waiter, stopping}
            await asyncio.wait(either, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            return waiter.done() and self._was_called(node_id)
        finally:
            stopping.cancel()
            self._waiting[node_id].remove(waiter)
            if not self._waiting[node_id]:
                del self._waiting[node_id]

    def _was_called(self, node_id: UUID) -> bool:
        """Tell once of each call."""
        return time.monotonic() - self._called.pop(node_id, float("-inf")) < REMEMBERED_S


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def wait_for_call(deps: Deps, node_id: UUID, request: CallRequest) -> CallAnswer:
    """Answer when the node is called, or when its time is over; jittered, that not all come back
    together."""
    wait_s = min(request.wait_s, deps.settings.claim_wait_s)
    wait_s *= random.uniform(0.9, 1.0)  # noqa: S311 - spreads, keeps no secret
    return CallAnswer(beat=await deps.shared(Calls).wait(node_id, wait_s))
