"""Read and write tries at the door, and browsers in which people came in before."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from orchestrator.store.pool import Session


async def count_try(
    session: Session, account: bytes, lane: str, rests: Sequence[float], forget_s: float
) -> int | None:
    """Count a try in a lane; give how many there were in a row, None while the lane rests.

    `rests` are the seconds of rest after each try.
    """
    count: int | None = await session.fetchval(
        "sign_in_try", account, lane, list(rests), float(forget_s)
    )
    return count


async def forget_tries(session: Session, account: bytes, lanes: Sequence[str]) -> None:
    """Forget the tries of lanes: who knocked came in."""
    await session.execute("sign_in_tries_forget", account, list(lanes))


async def is_known(session: Session, user_id: UUID, digest: bytes) -> bool:
    """Tell whether a person came in by a browser before."""
    found: bool = await session.fetchval("known_browser_is", user_id, digest)
    return found


async def remember(session: Session, user_id: UUID, digest: bytes) -> None:
    """Note that a person came in by a browser."""
    await session.execute("known_browser_put", user_id, digest)


async def forget_browsers(session: Session, user_id: UUID, keep: bytes) -> None:
    """Forget all browsers of a person but one."""
    await session.execute("known_browsers_forget", user_id, keep)


async def drop_old(session: Session, limit: int) -> int:
    """Delete what ended long ago: sessions, links, tries, browsers that nobody came by."""
    names = (
        "web_sessions_drop",
        "sign_in_links_drop",
        "sign_in_tries_drop",
        "known_browsers_drop",
    )
    return sum([await session.execute(name, limit) for name in names])
