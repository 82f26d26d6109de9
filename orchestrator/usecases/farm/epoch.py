"""Settle the restore epoch: a database that was restored from the past must not repeat itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Unavailable
from orchestrator.store import audit
from orchestrator.store.audit import Actor
from orchestrator.store.pool import Database
from orchestrator.store.render import farm

ROUNDS = 5
KEPT_TICKS = 1440
"""So many of the newest ticks stay in storage, and every tick that this number divides."""
_LOOK_AHEAD = 1000
_TICKS_AHEAD = 4
log = structlog.get_logger("epoch")


def marker(epoch: int) -> str:
    """Give the key of an epoch's marker object."""
    return f"farm/epochs/{epoch}"


def tick_key(epoch: int, tick: int) -> str:
    """Give the key of the object that proves that an epoch's database counted so far."""
    return f"farm/ticks/{epoch}/{tick}"


class EpochGate:
    """Let nobody claim before the epoch is settled; shut again when the database was away."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._turn = asyncio.Lock()
        self._shuts = 0
        self._is_open = False

    async def settle(self) -> int:
        """Settle the epoch, open the gate, and give the epoch."""
        async with self._turn:
            return await self._settle()

    async def _settle(self) -> int:
        shuts = self._shuts
        epoch = await settle_epoch(self._deps)
        self._is_open = shuts == self._shuts
        return epoch

    async def passed(self) -> None:
        """Return once the epoch is settled; raises Unavailable while it cannot be."""
        if self._is_open:
            return
        async with self._turn:
            if not self._is_open:
                await self._settle()
        if not self._is_open:
            raise Unavailable("The database was just away. Claim again in a moment.")

    def shut(self) -> None:
        """Note that the database may be another one from now on."""
        self._shuts += 1
        self._is_open = False


async def settle_epoch(deps: Deps) -> int:
    """Raise the epoch when storage knows a later time than the database, and give it.

    Storage is not restored together with the database. It holds a marker for each epoch, and the
    ticks that the database counted, one a minute and one at every start: when it knows a later one
    of either, the database lost its latest past. Attempt numbers leap ahead then.
    """
    for _ in range(ROUNDS):
        epoch, tick = await farm.look_epoch(deps.db.session())
        newest = await _newest_marker(deps, epoch)
        if newest > epoch or await _is_behind(deps, epoch, tick):
            await _raise(deps, epoch, newest)
            continue
        if await _tick(deps, epoch):
            # Behind the tick: storage never holds a marker of a database that counted nothing.
            if await deps.objects.stat(marker(epoch)) is None:
                await deps.objects.put(marker(epoch), _text(epoch), max_bytes=64)
            return epoch
    raise Unavailable("The restore epoch is being raised. Try again in a moment.")


async def raise_by_hand(db: Database, why: str) -> int:
    """Raise the epoch for a person, who restored storage too or knows better; give the new one."""
    async with db.transaction() as session:
        epoch = await farm.hold_epoch(session)
        await farm.raise_epoch(session, epoch, epoch, why)
        after = await farm.epoch(session)
        detail: dict[str, str | int | None] = {"from": epoch, "to": after, "reason": why}
        await audit.note(session, Actor("cli"), "epoch.raise", target=("farm", "-"), detail=detail)
    return after


async def _raise(deps: Deps, epoch: int, newest: int) -> None:
    reason = f"storage knows a later {'epoch' if newest > epoch else 'tick'}"
    async with deps.db.transaction() as session:
        is_ours = await farm.raise_epoch(session, epoch, newest, reason)
    if is_ours:
        log.error("epoch_raised", reason=f"The database was restored from the past: {reason}.")


async def _newest_marker(deps: Deps, epoch: int) -> int:
    newest = epoch
    for later in range(epoch + 1, epoch + _LOOK_AHEAD):
        if await deps.objects.stat(marker(later)) is None:
            break
        newest = later
    return newest


async def _is_behind(deps: Deps, epoch: int, tick: int) -> bool:
    """Tell whether storage holds a tick of this epoch that the database never counted.

    A tick is counted before it is put, so another replica's shows in the database by the time it
    is seen in storage.
    """
    day = tick // KEPT_TICKS * KEPT_TICKS
    later = [tick + step for step in range(1, _TICKS_AHEAD + 1)]
    later += [day + KEPT_TICKS * step for step in (1, 2)]
    for one in later:
        if await deps.objects.stat(tick_key(epoch, one)) is not None:
            return await farm.look_epoch(deps.db.session()) < (epoch, one)
    return False


async def _tick(deps: Deps, epoch: int) -> bool:
    """Count and keep the tick in storage; False when the epoch was raised meanwhile."""
    tick = await farm.tick(deps.db.session(), epoch)
    if tick is None:
        return False
    try:
        await deps.objects.put(tick_key(epoch, tick), _text(tick), max_bytes=64)
        old = tick - KEPT_TICKS
        if old > 0 and old % KEPT_TICKS:
            await deps.objects.delete(tick_key(epoch, old))
    except FarmError as error:
        # The next one is a minute away; a full disk must not stop the farm here.
        log.warning("tick_not_kept", reason=error.message)
    return True


async def _text(number: int) -> AsyncIterator[bytes]:
    yield str(number).encode()
