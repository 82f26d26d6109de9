"""Ends the program when an expression stays in the engine's own code, past every time limit.

QuickJS looks at its time limit between JavaScript instructions only. A pattern that backtracks
without end, or `new Array(1e9).join()`, stays inside one instruction for hours, and no thread can
be stopped from outside. So the render ends at once and says which expression it was.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LIMIT_S: Final = 3.0
"""CPU seconds of the process; several times the limit that ordinary loops meet."""
LOOK_EVERY_S: Final = 0.25
IDLE_LOOKS: Final = 8
EXIT_CODE: Final = 9


def give_up(place: str) -> None:
    """Say in aerender's words which expression it was, and end this process."""
    shown = place.encode("utf-8", "replace").decode().replace("\n", " ")[:300]
    sys.stdout.write(f"aerender ERROR: After Effects error: an expression never ends: {shown}\n")
    sys.stdout.flush()
    os._exit(EXIT_CODE)


class EndlessGuard:
    """Watch the evaluations of one sandbox by a thread that lives while there are any."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._running: tuple[float, str] | None = None
        self._fresh = False
        self._alive = False

    @contextmanager
    def watching(self, place: str) -> Iterator[None]:
        """Watch what happens inside; it must let other threads run."""
        with self._lock:
            self._running, self._fresh = (time.process_time(), place), True
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._look, daemon=True, name="endless").start()
        try:
            yield
        finally:
            self._running = None

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(LOOK_EVERY_S)
            with self._lock:
                running, fresh = self._running, self._fresh
                self._fresh = False
                idle = 0 if fresh or running is not None else idle + 1
                if idle >= IDLE_LOOKS:
                    self._alive = False
                    return
            if running is not None and time.process_time() - running[0] > self._limit_s:
                give_up(running[1])
