"""Settle the restore epoch: a database that was restored from the past must not repeat itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

from orchestrator.deps import Deps
from orchestrator.store.render import farm

_LOOK_AHEAD = 1000


def marker(epoch: int) -> str:
    """Give the key of an epoch's marker object."""
    return f"farm/epochs/{epoch}"


async def settle_epoch(deps: Deps) -> int:
    """Raise the epoch when storage knows a later one, mark it in storage, and give it.

    Storage is not restored together with the database, so a marker above the database's epoch
    proves that the database lost its latest past. Attempt numbers of open tasks leap ahead then.
    """
    epoch = await farm.epoch(deps.db.session())
    newest = await _newest_marker(deps, epoch)
    if newest > epoch:
        async with deps.db.transaction() as session:
            epoch = await farm.raise_epoch(session, newest, "storage knows a later epoch")
    if await deps.objects.stat(marker(epoch)) is None:
        await deps.objects.put(marker(epoch), _text(epoch), max_bytes=64)
    return epoch


async def _newest_marker(deps: Deps, epoch: int) -> int:
    newest = epoch
    for later in range(epoch + 1, epoch + _LOOK_AHEAD):
        if await deps.objects.stat(marker(later)) is None:
            break
        newest = later
    return newest


async def _text(epoch: int) -> AsyncIterator[bytes]:
    yield str(epoch).encode()
