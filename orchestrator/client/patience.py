"""How long the client waits: for a server that is away, and for a first call still at work."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from pydantic import ValidationError

from orchestrator.client.errors import ClientError
from orchestrator.wire.base import Problem, read

R = TypeVar("R")
TRIES = 8
"""With their pauses, 22 seconds: longer than a server takes over a call that broke off (15 s)."""
BUSY_TRIES = 60
"""So often a call is asked for that still runs: five minutes, for large uploads."""
PAUSE_MAX_S = 5.0


async def patiently(call: Callable[[], Awaitable[R]], tries: int = TRIES) -> R:
    """Repeat a call while the server is away or its first try runs; else its ClientError passes.

    A try that is only told that the first one still runs does not count as one of `tries`.
    """
    away, busy = 0, 0
    while True:
        try:
            return await call()
        except ClientError as error:
            if error.is_at_work:
                busy += 1
            else:
                away += 1
            if not error.may_pass or away >= tries or busy >= BUSY_TRIES:
                raise
        await asyncio.sleep(min(0.25 * 2 ** min(away + busy, 8), PAUSE_MAX_S))


def reason(error: Exception) -> str:
    """Say why no connection came, without what aiohttp adds for programmers."""
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0
        told = os.strerror(number) if number > 0 else error.os_error.strerror
        return told or str(error.os_error)
    return str(error) or "it takes too long"


async def raise_for_problem(reply: aiohttp.ClientResponse) -> None:
    """Raise ClientError with the server's code and sentence when it refused the call."""
    if reply.status < 400:
        return
    text = await reply.text()
    try:
        problem = read(Problem, text)
    except ValidationError:
        raise ClientError(
            "http_error", f"The server answered {reply.status}: {text[:300]}", reply.status
        ) from None
    raise ClientError(problem.code, problem.detail, reply.status, problem.problems)
