"""Work that a person waits for at the page, and that ends when they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from orchestrator.errors import Unavailable
from orchestrator.web.page import Visit

T = TypeVar("T")
LOOK_EVERY_S: Final = 0.5


async def while_waited_for(visit: Visit, work: Coroutine[Any, Any, T]) -> T:
    """Do some work for as long as the browser waits for it.

    Raises Unavailable (`nobody_waits`) when it left; nobody reads that but the log.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_EVERY_S)
            if not task.done() and visit.request.transport is None:
                raise Unavailable("The browser left. Begin again.", "nobody_waits")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
