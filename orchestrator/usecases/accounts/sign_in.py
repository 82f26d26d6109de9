"""Sign a person in: password, then the second factor where there is one; or a one-time link."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

from orchestrator.core.accounts import rest_s
from orchestrator.core.rates import Buckets
from orchestrator.deps import Deps
from orchestrator.errors import TooMany, Unauthorized
from orchestrator.ids import new_id
from orchestrator.store import audit
from orchestrator.store.audit import Actor
from orchestrator.store.identity import people, sessions
from orchestrator.store.identity.people import SigningIn
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.store.pool import Database, Session
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
CODE_PER_S = 1 / 30
CODE_BURST = 8
LINK_TTL_S = 900
WRONG = "The address or the password is wrong. Check both and try again."


class Tries:
    """Count tries to sign in by address, and tries of codes by person (deps.shared)."""

    def __init__(self, _deps: Deps) -> None:
        self._addresses = Buckets(PER_ADDRESS_S, ADDRESS_BURST, ADDRESSES_MAX)
        self._codes = Buckets(CODE_PER_S, CODE_BURST, ADDRESSES_MAX)

    def address(self, address: object) -> None:
        """Count a try; raises TooMany (`sign_in_often`)."""
        if not self._addresses.take(address, time.monotonic()):
            raise TooMany("Too many tries from here. Wait a minute.", "sign_in_often")

    def code(self, user_id: UUID) -> None:
        """Count a code of a person; raises TooMany (`sign_in_often`)."""
        if not self._codes.take(user_id, time.monotonic()):
            raise TooMany("Too many codes were tried. Wait a few minutes.", "sign_in_often")


async def sign_in(deps: Deps, email: str, password: str, browser: Browser) -> str:
    """Check address and password and open a session; give its token.

    Where a second factor is set up, the session is only good for giving the code. Raises
    Unauthorized (`wrong_password`, one sentence and one duration for every reason) and TooMany.
    """
    deps.shared(Tries).address(browser.address)
    person = await people.by_email(deps.db.session(), DEFAULT_TENANT, email.strip()[:320])
    encoded = person.password_hash if person is not None else None
    fits = await deps.shared(Passwords).fits(encoded, password)
    if person is None:
        raise Unauthorized(WRONG, "wrong_password")
    if person.resting:
        raise TooMany(
            "Too many wrong passwords for this account. Wait a few minutes.", "account_rests"
        )
    if not fits:
        await _count(deps, person, browser)
        raise Unauthorized(WRONG, "wrong_password")
    async with deps.db.transaction() as session:
        factors = await sessions.factors(session, person.id)
        needs_code = any(one.kind == "totp" and one.confirmed_at for one in factors)
        await people.signed_in(session, person.id)
        who = (person.id, person.tenant_id)
        ttl_s = CODE_WAIT_S if needs_code else None
        token = await open_session(deps, session, who, browser, has_code=False, ttl_s=ttl_s)
        if not needs_code:
            await _note(session, person.id, browser, "user.sign_in")
    return token


async def give_code(deps: Deps, row: SessionRow, code: str, browser: Browser) -> str:
    """Take the code of an app, or a recovery code; give the token of a whole session.

    The session that waited ends. Raises Unauthorized (`wrong_code`) and TooMany.
    """
    deps.shared(Tries).code(row.user_id)
    async with deps.db.transaction() as session:
        if not await spend(deps, session, row.user_id, code):
            raise Unauthorized("This code is wrong, or was used before.", "wrong_code")
        await sessions.revoke(session, row.user_id, row.id)
        who = (row.user_id, row.tenant_id)
        token = await open_session(deps, session, who, browser, has_code=True)
        await _note(session, row.user_id, browser, "user.sign_in")
    return token


async def make_link(db: Database, user_id: UUID, ttl_s: int = LINK_TTL_S) -> str:
    """Make a token that signs a person in once, without a password; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    await people.link_insert(db.session(), new_id(), user_id, digest_of(token), ttl_s)
    return token


async def follow_link(deps: Deps, link: str, browser: Browser) -> str:
    """Use a one-time link up; give the token of a session.

    A second factor is still asked for. Raises Unauthorized (`link_ended`) and TooMany.
    """
    deps.shared(Tries).address(browser.address)
    async with deps.db.transaction() as session:
        who = await people.link_use(session, digest_of(link[:100]))
        if who is None:
            raise Unauthorized(
                "This link was used before or its time is over. Ask for another.", "link_ended"
            )
        await people.signed_in(session, who[0])
        token = await open_session(deps, session, who, browser, has_code=False)
        await _note(session, who[0], browser, "user.sign_in_by_link")
    return token


async def _count(deps: Deps, person: SigningIn, browser: Browser) -> None:
    async with deps.db.transaction() as session:
        seconds = rest_s(await people.failed(session, person.id))
        if seconds:
            await people.rest(session, person.id, seconds)
            await _note(session, person.id, browser, "user.sign_in_refused")


async def _note(session: Session, user_id: UUID, browser: Browser, action: str) -> None:
    actor = Actor("user", str(user_id), None, browser.address)
    await audit.note(session, actor, action, target=("user", user_id), detail={})
