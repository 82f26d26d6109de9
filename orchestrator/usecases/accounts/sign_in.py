"""Sign a person in: password, then the second factor where there is one; or a one-time link."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.core.callers import Address, lane_of
from orchestrator.core.rates import Buckets
from orchestrator.deps import Deps
from orchestrator.errors import TooMany, Unauthorized
from orchestrator.ids import new_id
from orchestrator.store import audit
from orchestrator.store.audit import caller
from orchestrator.store.identity import people, sessions
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.store.pool import Database, Session
from orchestrator.usecases.accounts.doors import knock, opened, remember
from orchestrator.usecases.accounts.factors import spend
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.sessions import (
    CODE_WAIT_S,
    Browser,
    digest_of,
    open_session,
)
from orchestrator.usecases.keys.make import DEFAULT_TENANT

PER_ADDRESS_S = 0.5
ADDRESS_BURST = 20
ADDRESSES_MAX = 10_000
LINK_TTL_S = 900
WRONG = "The address or the password is wrong. Check both and try again."


class Tries:
    """Count tries to sign in by address, whoever they are for (deps.shared)."""

    def __init__(self, _deps: Deps) -> None:
        self._addresses = Buckets(PER_ADDRESS_S, ADDRESS_BURST, ADDRESSES_MAX)

    def address(self, address: Address | None) -> None:
        """Count a try; raises TooMany (`sign_in_often`)."""
        if not self._addresses.take(lane_of(address), time.monotonic()):
            raise TooMany("Too many tries from here. Wait a minute.", "sign_in_often")


class Opened(NamedTuple):
    """Be the tokens that a browser keeps: of its session, and by which it is known the next time.

    `known_as` is empty while the second factor's code is awaited.
    """

    token: str
    known_as: str


async def sign_in(deps: Deps, email: str, password: str, browser: Browser) -> Opened:
    """Check address and password and open a session.

    Where a second factor is set up, the session is only good for giving the code. Raises
    Unauthorized (`wrong_password`, one sentence and one duration for every reason), TooMany
    (`sign_in_often`, `account_rests`) and Unavailable (`server_busy`).
    """
    deps.shared(Tries).address(browser.address)
    email = email.strip()[:320]
    person = await people.by_email(deps.db.session(), DEFAULT_TENANT, email)
    user_id = person.id if person is not None else None
    knocked = await knock(deps, "password", email, browser, user_id)
    encoded = person.password_hash if person is not None else None
    hashing = deps.shared(Passwords)
    fits = await hashing.fits(encoded, password, is_known=knocked.is_known)
    if person is None:
        raise Unauthorized(WRONG, "wrong_password")
    async with deps.db.transaction() as session:
        if fits:
            await opened(session, knocked)
            return await _come_in(deps, session, (person.id, person.tenant_id), browser)
        await _refused(session, person.id, browser, why="password", tries=knocked.count)
    raise Unauthorized(WRONG, "wrong_password")


async def give_code(deps: Deps, row: SessionRow, code: str, browser: Browser) -> Opened:
    """Take the code of an app, or a recovery code; open a whole session.

    The session that waited ends. Raises Unauthorized (`wrong_code`) and TooMany (`account_rests`).
    """
    knocked = await knock(deps, "code", str(row.user_id), browser, row.user_id)
    async with deps.db.transaction() as session:
        if await spend(deps, session, row.user_id, code):
            await opened(session, knocked)
            await sessions.revoke(session, row.user_id, row.id)
            who = (row.user_id, row.tenant_id)
            token = await open_session(deps, session, who, browser, has_code=True)
            await _note(session, row.user_id, browser, "user.sign_in")
            return Opened(token, await remember(session, row.user_id, browser))
        await _refused(session, row.user_id, browser, why="code", tries=knocked.count)
    raise Unauthorized("This code is wrong, or was used before.", "wrong_code")


async def make_link(db: Database, user_id: UUID, ttl_s: int = LINK_TTL_S) -> str:
    """Make a token that signs a person in once, without a password; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    async with db.transaction() as session:
        await people.link_insert(session, new_id(), user_id, digest_of(token), ttl_s)
        await audit.note_caller(session, "user.link", ("user", user_id), None, ttl_s=ttl_s)
    return token


async def follow_link(deps: Deps, link: str, browser: Browser) -> Opened:
    """Use a one-time link up and open a session.

    A second factor is still asked for. Raises Unauthorized (`link_ended`) and TooMany.
    """
    deps.shared(Tries).address(browser.address)
    async with deps.db.transaction() as session:
        who = await people.link_use(session, digest_of(link[:100]))
        if who is None:
            raise Unauthorized(
                "This link was used before or its time is over. Ask for another.", "link_ended"
            )
        return await _come_in(deps, session, who, browser, "user.sign_in_by_link")


async def _come_in(
    deps: Deps,
    session: Session,
    who: tuple[UUID, UUID],
    browser: Browser,
    action: Action = "user.sign_in",
) -> Opened:
    """Open a session of (user id, tenant id), for the code alone where a factor asks for one."""
    factors = await sessions.factors(session, who[0])
    needs_code = any(one.kind == "totp" and one.confirmed_at for one in factors)
    await people.signed_in(session, who[0])
    ttl_s = CODE_WAIT_S if needs_code else None
    token = await open_session(deps, session, who, browser, has_code=False, ttl_s=ttl_s)
    if needs_code:
        return Opened(token, "")
    await _note(session, who[0], browser, action)
    return Opened(token, await remember(session, who[0], browser))


async def _note(session: Session, user_id: UUID, browser: Browser, action: Action) -> None:
    actor = replace(caller(), kind="user", id=str(user_id), address=browser.address)
    await audit.note(session, actor, action, target=("user", user_id), detail={})


async def _refused(
    session: Session, user_id: UUID, browser: Browser, **detail: str | int | None
) -> None:
    """Note that somebody, who need not be this person, was not let in."""
    actor = replace(caller(), kind="nobody", id=None, address=browser.address)
    about = ("user", user_id)
    await audit.note(session, actor, "user.sign_in_refused", target=about, detail=detail)
