"""Close connections that send nothing, or half a request head; the HTTP library waits for ever."""

from __future__ import annotations

import asyncio
from typing import Protocol

HEAD_TIMEOUT_S = 15.0
IDLE_TIMEOUT_S = 75.0
LOOKS = 15
"""How often a connection is looked at before its time is over, at least."""


class Connection(Protocol):
    """Be the part of an HTTP connection that the guard needs."""

    @property
    def transport(self) -> asyncio.Transport | None:
        """Give the transport, None once it is closed."""


class Guard:
    """Know until when each connection that is between requests may stay silent.

    One timer looks at all of them: thousands of timers, two for each request, cost more.
    """

    def __init__(self) -> None:
        self._ends: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def opened(self, connection: Connection) -> None:
        """Expect the first whole request head within HEAD_TIMEOUT_S."""
        self._expect(connection, HEAD_TIMEOUT_S)

    def begun(self, connection: Connection) -> None:
        """Expect nothing: a request is being answered, with its own limits."""
        self._ends.pop(connection, None)

    def ended(self, connection: Connection) -> None:
        """Expect the next request head within IDLE_TIMEOUT_S."""
        if connection.transport is not None:
            self._expect(connection, IDLE_TIMEOUT_S)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._ends.clear()

    def _expect(self, connection: Connection, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._ends[connection] = loop.time() + timeout_s
        if self._timer is None:
            every_s = min(HEAD_TIMEOUT_S, IDLE_TIMEOUT_S) / LOOKS
            self._timer = loop.call_later(every_s, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cut those whose time is over; look again as long as there are others."""
        self._timer = None
        now = loop.time()
        for connection in [one for one, ends in self._ends.items() if ends <= now]:
            del self._ends[connection]
            if connection.transport is not None:
                connection.transport.abort()
        if self._ends:
            every_s = min(HEAD_TIMEOUT_S, IDLE_TIMEOUT_S) / LOOKS
            self._timer = loop.call_later(every_s, self._look, loop)
