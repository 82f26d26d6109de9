"""Run a step of work on the disk to its end, though who waits for it may be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def whole(step: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """Run a step in a thread; who is cancelled meanwhile goes only when the thread is done.

    A thread cannot be stopped: left alone it would go on with a file that is already closed,
    or open one that nobody closes. `undo` is given what the step brought when nobody takes it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        has_result = not running.cancelled() and running.exception() is None
        if has_result and undo is not None:
            undo(running.result())
        raise
