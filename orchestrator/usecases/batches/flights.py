"""Know which tasks claims under way have chosen, so that two rounds do not choose the same."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from orchestrator.core.scheduling.matching import Ready

LANDING_S = 5.0


class Flights:
    """Hold the tasks of each claim from when they are chosen until it is answered."""

    def __init__(self) -> None:
        self._flying: dict[asyncio.Future[None], Collection[int]] = {}

    @contextmanager
    def flying(self, task_ids: Collection[int]) -> Iterator[None]:
        """Keep tasks from other rounds while their claim is under way."""
        flight = asyncio.get_running_loop().create_future()
        self._flying[flight] = task_ids
        try:
            yield
        finally:
            del self._flying[flight]
            flight.set_result(None)

    def chosen(self) -> set[int]:
        """Give the tasks that are chosen by now."""
        return set().union(*self._flying.values())

    def left(self, ready: Sequence[Ready], before: set[int]) -> list[Ready]:
        """Give what nobody has chosen, neither now nor `before` the list was read."""
        taken = before | self.chosen()
        return [one for one in ready if one.task_id not in taken] if taken else list(ready)

    async def landed(self) -> None:
        """Wait until one of the claims under way is answered."""
        if self._flying:
            await asyncio.wait(
                list(self._flying), timeout=LANDING_S, return_when=asyncio.FIRST_COMPLETED
            )
