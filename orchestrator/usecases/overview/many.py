"""Do something to many things one by one, and tell what was done and what was not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.errors import Conflict, FarmError

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Many:
    """Be what came of a wish on many things: those it was done to, and why not to the others.

    `left` were not tried any more after the server itself failed.
    """

    done: tuple[UUID, ...]
    refused: tuple[FarmError, ...]
    left: int = 0


async def each(ids: Sequence[UUID], do: Callable[[UUID], Awaitable[object]]) -> Many:
    """Do it to each in turn; what one refuses is no reason to leave out the others.

    Raises Conflict (`nothing_chosen`) for none and for more than 200, and the server's own failure
    when nothing was done before it.
    """
    wanted = tuple(dict.fromkeys(ids))
    if not 0 < len(wanted) <= AT_ONCE:
        raise Conflict(f"Choose 1 to {AT_ONCE}.", "nothing_chosen")
    done: list[UUID] = []
    refused: list[FarmError] = []
    for place, one in enumerate(wanted):
        try:
            await do(one)
            done.append(one)
        except FarmError as error:
            refused.append(error)
            if error.status >= 500:
                if not done:
                    raise
                return Many(tuple(done), tuple(refused), len(wanted) - place - 1)
    return Many(tuple(done), tuple(refused))
