"""Count tries of passwords and codes before they are looked at, and make those who guess wait.

Each place is a lane of its own: an address (or its /64), a browser in which the owner came in
before, a session. A stranger who guesses thus shuts the door for the own place, and for the owner's
known browsers never. All unknown places of an account share one more lane, which is gentler.
Accounts that do not exist are counted alike, so that waiting tells nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from orchestrator.core.accounts import FORGET_TRIES_S, RESTS, RESTS_OF_ALL
from orchestrator.core.callers import lane_of
from orchestrator.deps import Deps
from orchestrator.errors import TooMany
from orchestrator.store.identity import doors
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.store.pool import Session
from orchestrator.usecases.accounts.sessions import Browser, digest_of

EVERYWHERE = ""
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Knock:
    """Be a try that was counted; `count` is how many there were in its lane in a row."""

    account: bytes
    lanes: tuple[str, ...]
    count: int

    @property
    def is_known(self) -> bool:
        """Tell whether it came from where its person came in before."""
        return EVERYWHERE not in self.lanes


async def knock(
    deps: Deps,
    what: Literal["password", "code"],
    account: str,
    browser: Browser,
    user_id: UUID | None,
) -> Knock:
    """Count a try at an account, which need not exist. Raises TooMany (`account_rests`)."""
    digest = _digest(what, account)
    device = digest_of(browser.known_as)
    async with deps.db.transaction() as session:
        if await doors.is_known(session, user_id or _NOBODY, device):
            lane = f"browser {device.hex()[:64]}"
            return Knock(digest, (lane,), await _count(session, digest, lane, RESTS))
        lane = lane_of(browser.address)
        count = await _count(session, digest, lane, RESTS)
        await _count(session, digest, EVERYWHERE, RESTS_OF_ALL)
    return Knock(digest, (lane, EVERYWHERE), count)


async def knock_inside(deps: Deps, what: Literal["password", "code"], row: SessionRow) -> Knock:
    """Count a try of somebody who is signed in. Raises TooMany (`account_rests`)."""
    digest, lane = _digest(f"own {what}", str(row.user_id)), f"session {row.id}"
    async with deps.db.transaction() as session:
        return Knock(digest, (lane,), await _count(session, digest, lane, RESTS))


async def opened(session: Session, knocked: Knock) -> None:
    """Forget the tries: this one was right."""
    await doors.forget_tries(session, knocked.account, knocked.lanes)


async def remember(session: Session, user_id: UUID, browser: Browser) -> str:
    """Note that a person came in by this browser; give the token that it keeps.

    A token that is not known to be this person's is not taken over: somebody may have put it there.
    """
    if await doors.is_known(session, user_id, digest_of(browser.known_as)):
        token = browser.known_as
    else:
        token = secrets.token_urlsafe(32)
    await doors.remember(session, user_id, digest_of(token))
    return token


async def forget_others(session: Session, user_id: UUID, browser: Browser) -> None:
    """Forget the other browsers in which a person came in."""
    await doors.forget_browsers(session, user_id, digest_of(browser.known_as))


def _digest(what: str, account: str) -> bytes:
    return hashlib.sha256(f"{what}\0{account.strip().lower()}".encode("utf-8", "replace")).digest()


async def _count(session: Session, digest: bytes, lane: str, rests: tuple[float, ...]) -> int:
    count = await doors.count_try(session, digest, lane, rests, FORGET_TRIES_S)
    if count is None:
        raise TooMany(
            "Too many wrong tries at this account from here. Wait a few minutes.", "account_rests"
        )
    return count
