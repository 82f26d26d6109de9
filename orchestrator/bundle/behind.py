"""Lets pieces be worked on elsewhere, in their order, while the next ones are made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from types import TracebackType
from typing import Self

MOST_WAITING = 4


class Behind:
    """Hands pieces to a helper with one worker; without a helper the work is done at once.

    At most four pieces wait. Leaving the block waits for all of them; their first error is
    raised then, or by the next piece handed over.
    """

    def __init__(self, helper: Executor | None) -> None:
        self._helper = helper
        self._waiting: deque[Future[object]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._waiting:
            last = self._waiting.popleft()
            if error is None:
                last.result()
            else:
                last.exception()

    def do(self, work: Callable[..., object], *piece: object) -> None:
        """Hand over a piece; waits while too many are on their way."""
        if self._helper is None:
            work(*piece)
            return
        while len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._helper.submit(work, *piece))
