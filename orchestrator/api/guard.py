"""Close connections that send nothing, or half a request head; the HTTP library waits for ever."""

from __future__ import annotations

import asyncio
from typing import Protocol

HEAD_TIMEOUT_S = 15.0
IDLE_TIMEOUT_S = 75.0


class Connection(Protocol):
    """Be the part of an HTTP connection that the guard needs."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """Give the transport, None once it is closed."""


class Guard:
    """Hold one timer for each connection that is between requests."""

    def __init__(self) -> None:
        self._timers: dict[Connection, asyncio.TimerHandle] = {}

    def opened(self, connection: Connection) -> None:
        """Expect the first whole request head within HEAD_TIMEOUT_S."""
        self._arm(connection, HEAD_TIMEOUT_S)

    def begun(self, connection: Connection) -> None:
        """Stop the timer: a request is being answered, with its own limits."""
        timer = self._timers.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def ended(self, connection: Connection) -> None:
        """Expect the next request head within IDLE_TIMEOUT_S."""
        if connection.transport is not None:
            self._arm(connection, IDLE_TIMEOUT_S)

    def close(self) -> None:
        """Stop every timer."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _arm(self, connection: Connection, timeout_s: float) -> None:
        self.begun(connection)
        loop = asyncio.get_running_loop()
        self._timers[connection] = loop.call_later(timeout_s, self._late, connection)

    def _late(self, connection: Connection) -> None:
        self._timers.pop(connection, None)
        if connection.transport is not None:
            connection.transport.abort()
