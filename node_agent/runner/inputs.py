"""Bring everything that an attempt needs into its folder: the bundle from the cache, the files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from node_agent.errors import Different, Refused, RetryLater, TaskBroken, broken
from node_agent.report.fetch import Wanted
from node_agent.runner.context import Attempt
from node_agent.runner.fonts import install_fonts
from node_agent.runner.media.safe import make_safe
from node_agent.runner.verify import frame_of, unusable
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import InputFile

SIDE_BY_SIDE = 4
Item = TypeVar("Item")


async def bring_inputs(attempt: Attempt) -> None:
    """Lay the bundle, fetch the inputs, make the client's media safe. Raises TaskBroken.

    Of frames that do not come, or are not what was recorded, all are named: they are made again.
    """
    grant, folder = attempt.grant, attempt.folder
    lost: dict[int, bool] = {}
    with attempt.timed("inputs"):
        try:
            if grant.bundle is not None:
                async with attempt.tools.cache.borrow(grant.bundle) as bundle:
                    await asyncio.to_thread(folder.lay, bundle.tree, bundle.aep_path)
        except (Refused, RetryLater) as error:
            raise missing("The template's bundle", error) from error

        async def fetch(item: InputFile) -> None:
            wanted = Wanted(folder.place(item.path), item.size_bytes, item.sha256)
            try:
                await attempt.tools.client.download(item.url, wanted, patience_s=attempt.patience_s)
            except (Refused, RetryLater) as error:
                number, is_gone = frame_of(item.path), _is_gone(error)
                if number is None or not (is_gone or isinstance(error, Different)):
                    raise missing(f"The input {item.path}", error) from error
                lost[number] = is_gone

        await together(grant.inputs, fetch)
    if lost:
        raise unusable(
            [number for number, is_gone in lost.items() if is_gone],
            [number for number, is_gone in lost.items() if not is_gone],
        )
    await make_safe(attempt)
    if grant.spec.kind != "export":
        await install_fonts(attempt)


def missing(what: str, error: Refused | RetryLater) -> TaskBroken:
    """Say which input does not come, and what to do when the storage has it no more."""
    if _is_gone(error):
        told = (
            f"{what} is not in the farm's storage any more. Upload it again, or restore the "
            "objects from a backup."
        )
    else:
        told = f"{what} does not come: {error}"
    return broken(FailureClass.TRANSIENT, "input_missing", told)


def _is_gone(error: Refused | RetryLater) -> bool:
    return isinstance(error, Refused) and error.status in (404, 410)


async def together(
    items: Iterable[Item], work: Callable[[Item], Awaitable[None]], width: int = SIDE_BY_SIDE
) -> None:
    """Work on items, `width` at a time; the first error ends the others and is raised."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    workers = [asyncio.create_task(worker()) for _ in range(width)]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
