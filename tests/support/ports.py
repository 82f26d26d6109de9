"""Lend ports to servers that tests start: of two that ask at once each gets its own."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000, 2)
"""Below those that systems give away by themselves; the odd one beside each is its guard."""
TRIES = 200


@contextmanager
def own_port() -> Iterator[int]:
    """Lend a free port that no other test, and no connection of anybody, is given meanwhile.

    A port that was merely free a moment ago may be another's before its server has started.
    """
    for port in random.sample(PORTS, TRIES):
        with ExitStack() as held:
            try:
                held.enter_context(closing(_bound(port + 1, again=False)))
                _bound(port, again=True).close()
            except OSError:
                continue
            yield port
            return
    raise AssertionError(f"no port of {PORTS} is free")


def _bound(port: int, *, again: bool) -> socket.socket:
    """Bind a port that nobody has; `again`: connections that have just ended do not count."""
    trial = socket.socket()
    try:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, again)
        trial.bind((HOST, port))
    except OSError:
        trial.close()
        raise
    return trial
