"""Keep a piece of work going: bounded in time, retried with back-off, quiet when it repeats."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from orchestrator.errors import FarmError

BACKOFF_MAX_S = 5.0
TELL_AGAIN_S = 60.0
log = structlog.get_logger("loops")


async def keep(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    every_s: float | Callable[[], float],
    limit_s: float | None,
) -> None:
    """Do `work` every so often until cancelled; nothing that it raises ends the loop.

    How often may be asked anew each time, where an admin can change it.
    `limit_s` bounds one round; None is for work that waits by its nature and bounds itself.
    A fault that lasts is told once a minute, with the traceback only when it is not one of ours.
    """
    clock = asyncio.get_running_loop().time
    failures = 0
    told_at = -TELL_AGAIN_S
    while True:
        usual_s = pause_s = every_s() if callable(every_s) else every_s
        try:
            async with asyncio.timeout(limit_s):
                await work()
            if failures:
                log.info("loop_recovered", loop=name, failures=failures)
            failures = 0
        except Exception as error:  # noqa: BLE001 - a loop outlives whatever its work raises
            failures += 1
            pause_s = min(max(usual_s, 0.5) * 2 ** min(failures, 8), BACKOFF_MAX_S)
            if clock() - told_at >= TELL_AGAIN_S:
                told_at = clock()
                _tell(name, error)
        await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - spreads, no secret


def _tell(name: str, error: Exception) -> None:
    if isinstance(error, FarmError):
        log.warning("loop_waits", loop=name, reason=error.message)
    elif isinstance(error, TimeoutError):
        log.warning("loop_waits", loop=name, reason="it took too long")
    else:
        log.error("loop_failed", loop=name, exc_info=error)
