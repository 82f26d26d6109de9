"""Let what a failed test used tell its last words, so that a hang is understood at once."""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

FAILED = pytest.StashKey[bool]()
"""Set at a test that has failed, for the ends of its fixtures."""
MOST_BYTES = 8_000


@runtime_checkable
class Witness(Protocol):
    """Be a fixture's value that knows what happened."""

    def last_words(self) -> str:
        """Tell it; called once, after the test has failed."""
        ...


def words_of(values: dict[str, object]) -> list[tuple[str, str]]:
    """Give what the witnesses among a test's fixtures tell, each under a heading."""
    told = []
    for name, value in values.items():
        if isinstance(value, Witness):
            told.append((f"last words of {name}", value.last_words()))
    return told


def tail(path: Path) -> str:
    """Give the end of a log under its name."""
    try:
        text = path.read_bytes()[-MOST_BYTES:].decode("utf-8", "replace")
    except OSError as error:
        text = f"{error}\n"
    return f"--- {path.name}\n{text}"


def waiting_tasks() -> str:
    """Tell where every asyncio task that has not ended waits, from its outermost call inwards."""
    tasks = [one for one in gc.get_objects() if isinstance(one, asyncio.Task) and not one.done()]
    return "\n".join(f"{task.get_name()}: {' > '.join(_places(task))}" for task in tasks)


def _places(task: asyncio.Task[object]) -> Iterator[str]:
    waits: object = task.get_coro()
    while isinstance(waits, types.CoroutineType):
        frame = waits.cr_frame
        if frame is not None:
            place = Path(frame.f_code.co_filename)
            yield f"{place.name}:{frame.f_lineno} {frame.f_code.co_name}"
        waits = waits.cr_await
