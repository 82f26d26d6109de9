"""Hashes of passwords cost much: a few run at once, a few more wait, the rest come later."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from orchestrator.errors import Unavailable
from orchestrator.usecases.accounts import passwords
from orchestrator.usecases.accounts.passwords import AT_ONCE, Passwords

WAITING = 3
PATIENCE_S = 30


class Slow:
    """Be a password whose hash is not done before the gate opens."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.started = 0

    def verify(self, _encoded: str, _password: str) -> bool:
        """Count and wait."""
        self.started += 1
        return self.gate.wait(PATIENCE_S)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    monkeypatch.setattr(passwords, "WAITING_MOST", WAITING)
    return Slow()


def checks(slow: Slow, count: int, shared: Passwords) -> list[asyncio.Task[bool]]:
    """Begin to check so many passwords."""
    shared.__dict__["_hasher"] = slow
    return [asyncio.create_task(shared.fits("encoded", "x")) for _ in range(count)]


async def until(is_so: Callable[[], bool]) -> None:
    """Let others run until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - a thread sets no event
            await asyncio.sleep(0.001)


async def test_few_run_at_once_few_wait_and_the_next_is_told_to_come_later(slow: Slow) -> None:
    shared = Passwords()
    running = checks(slow, AT_ONCE + WAITING, shared)
    await until(lambda: slow.started == AT_ONCE)
    with pytest.raises(Unavailable, match="Try again"):
        await shared.fits("encoded", "x")
    assert slow.started == AT_ONCE
    slow.gate.set()
    assert await asyncio.gather(*running) == [True] * len(running)
    assert slow.started == AT_ONCE + WAITING


async def test_strangers_leave_places_to_people_who_are_known(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "KEPT_FREE", 1)
    shared = Passwords()
    running = checks(slow, AT_ONCE + WAITING - 1, shared)
    await until(lambda: slow.started == AT_ONCE)
    with pytest.raises(Unavailable):
        await shared.fits("encoded", "x", is_known=False)
    (known,) = checks(slow, 1, shared)
    slow.gate.set()
    assert await known
    assert await asyncio.gather(*running) == [True] * len(running)


async def test_who_goes_away_leaves_the_turn_to_the_hash_until_it_is_done(slow: Slow) -> None:
    shared = Passwords()
    running = checks(slow, AT_ONCE, shared)
    await until(lambda: slow.started == AT_ONCE)
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    (late,) = checks(slow, 1, shared)
    for _ in range(20):
        await asyncio.sleep(0)
    assert slow.started == AT_ONCE
    slow.gate.set()
    assert await late
    assert slow.started == AT_ONCE + 1


async def test_a_hash_costs_what_the_manual_of_argon2_asks_for() -> None:
    assert (await Passwords().hash("a long one")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
