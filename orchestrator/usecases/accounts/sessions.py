"""Open, find and end the sessions of signed-in browsers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from orchestrator.core.accounts import FRESH_S
from orchestrator.deps import Deps
from orchestrator.errors import Unauthorized, Unavailable
from orchestrator.ids import new_id
from orchestrator.settings import Settings
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import sessions
from orchestrator.store.identity.sessions import NewSession, SessionRow
from orchestrator.store.pool import Record, Session

CODE_WAIT_S = 600
"""How long a password alone is kept while the second factor's code is awaited."""


KNOWN_COOKIE = "fr_known"
COOKIE = "fr_session"
HOST_COOKIE = "__Host-fr_session"
"""Where people come by https: one that plain http or a neighbouring name set does not count."""


def is_secure(settings: Settings, *, is_https: bool) -> bool:
    """Tell whether people come by https: to us, or to the public address in front of us."""
    return is_https or str(settings.public_url or "").startswith("https://")


def cookie_name(settings: Settings, *, is_https: bool) -> str:
    """Give the name of the session's cookie."""
    return HOST_COOKIE if is_secure(settings, is_https=is_https) else COOKIE


def known_cookie(settings: Settings, *, is_https: bool) -> str:
    """Give the name of the cookie by which a browser is known the next time."""
    return ("__Host-" if is_secure(settings, is_https=is_https) else "") + KNOWN_COOKIE


def token_in(cookies: Mapping[str, str], settings: Settings, *, is_https: bool) -> str:
    """Give the session's token of a call, empty where there is none."""
    return cookies.get(cookie_name(settings, is_https=is_https), "")


@dataclass(frozen=True, slots=True)
class Browser:
    """Be what is known of who calls; address and name are shown to the person.

    `known_as` is the token of a browser in which somebody came in before: nothing but a lane.
    """

    address: IPv4Address | IPv6Address | None = None
    user_agent: str = ""
    known_as: str = ""


def digest_of(token: str) -> bytes:
    """Hash a token; it has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def csrf_of(token: str) -> str:
    """Give the value that forms of this session carry; it tells nothing of the token."""
    return hmac.digest(token.encode("utf-8", "replace"), b"flatrender csrf", "sha256").hex()


async def open_session(
    deps: Deps,
    session: Session,
    person: tuple[UUID, UUID],
    browser: Browser,
    *,
    has_code: bool,
    ttl_s: float | None = None,
) -> str:
    """Begin a session of (user id, tenant id); give its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    new = NewSession(
        id=new_id(),
        user_id=person[0],
        tenant_id=person[1],
        digest=digest_of(token),
        user_agent=browser.user_agent,
        address=browser.address,
        has_code=has_code,
        ttl_s=ttl_s or deps.settings.session_max_s,
    )
    await sessions.insert(session, new)
    return token


async def find_session(deps: Deps, token: str) -> SessionRow | None:
    """Find whose session a token is; None when it ended, was silent too long, or never was."""
    if not 20 <= len(token) <= 100:
        return None
    session = deps.db.session()
    row = await sessions.find(session, digest_of(token), deps.settings.session_idle_s, FRESH_S)
    if row is not None and row.use_is_old:
        with suppress(Unavailable):  # A database that takes no writes still answers questions.
            await sessions.touch(session, row.id)
    return row


async def prove(session: Session, row: SessionRow, *, has_code: bool = False) -> str:
    """Note that a session's person was seen; give its new token.

    Who took the old one from the person's browser is out. Raises Unauthorized (`signed_out`).
    """
    token = secrets.token_urlsafe(32)
    digest = digest_of(token)
    if not await sessions.prove(session, row.user_id, row.id, digest, has_code=has_code):
        raise Unauthorized("You are signed out. Sign in again.", "signed_out")
    return token


async def end_session(deps: Deps, row: SessionRow) -> None:
    """Sign out of this browser."""
    async with deps.db.transaction() as session:
        await sessions.revoke(session, row.user_id, row.id)
        await note_caller(session, "user.sign_out", ("user", row.user_id), None)


async def end_one(deps: Deps, row: SessionRow, session_id: UUID) -> None:
    """Sign out of another browser of the same person."""
    async with deps.db.transaction() as session:
        if await sessions.revoke(session, row.user_id, session_id):
            await note_caller(session, "user.session_end", ("user", row.user_id), None, count=1)


async def end_others(deps: Deps, row: SessionRow) -> int:
    """Sign out everywhere else; give of how many browsers."""
    async with deps.db.transaction() as session:
        count = await sessions.revoke_all(session, row.user_id, row.id)
        await note_caller(session, "user.session_end", ("user", row.user_id), None, count=count)
        return count


async def list_sessions(deps: Deps, row: SessionRow) -> list[Record]:
    """List where this person is signed in."""
    return await sessions.page(deps.db.session(), row.user_id)
