"""What a person waits for at a page ends when they leave."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors import Unavailable
from orchestrator.web.waiting import while_waited_for


def visit_of(transport: object) -> Any:
    """Give a visit whose browser is there, or left."""
    return SimpleNamespace(request=SimpleNamespace(transport=transport))


async def test_work_that_is_waited_for_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert await while_waited_for(visit_of(object()), work()) == 7


async def test_work_that_nobody_waits_for_is_ended() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(Unavailable):
        await while_waited_for(visit_of(None), work())
    assert ended.is_set()
