"""Second factors: codes of an app (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Unauthorized
from orchestrator.ids import new_id
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import sessions
from orchestrator.store.identity.sessions import Factor, SessionRow
from orchestrator.store.pool import Session
from orchestrator.usecases.accounts.doors import knock_inside, opened
from orchestrator.usecases.accounts.sessions import prove

STEP_S = 30
CODES = 10
ISSUER = "FlatRender Farm"
_DIGEST = 32
_DERIVED = b"derived"
"""Stands where a stored secret would: it is derived from the server key, and kept nowhere."""
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Offer:
    """Be a factor that is set up but not proven: the key as text and as a picture (SVG)."""

    factor_id: UUID
    key: str
    picture: str


async def begin(deps: Deps, row: SessionRow) -> None:
    """Begin with a new app; one that was begun and not proven is forgotten. Raises Conflict."""
    factor_id = new_id()
    async with deps.db.transaction() as session:
        if any(one.kind == "totp" and one.confirmed_at for one in await _all(session, row)):
            raise Conflict("A second factor is set up. Remove it first.", "factor_exists")
        await sessions.factors_drop(session, row.user_id, unconfirmed_only=True)
        await sessions.factor_insert(
            session, factor_id, row.user_id, "totp", _DERIVED, confirmed=False
        )


async def offered(deps: Deps, row: SessionRow) -> Offer | None:
    """Give the app that was begun and not proven, None where there is none."""
    import pyotp
    import segno

    begun = [one for one in await list_factors(deps, row) if one.confirmed_at is None]
    if not begun:
        return None
    factor_id = begun[-1].id
    totp = pyotp.TOTP(_key(deps, factor_id))
    out = io.BytesIO()
    address = totp.provisioning_uri(name=row.email, issuer_name=ISSUER)
    segno.make(address, error="m").save(out, kind="svg", scale=5, xmldecl=False, svgns=True)
    return Offer(factor_id, totp.secret, out.getvalue().decode())


async def confirm(deps: Deps, row: SessionRow, code: str) -> tuple[str, tuple[str, ...]]:
    """Prove the app with a code; give the session's new token and the codes shown this once.

    Raises Unauthorized (`wrong_code`), TooMany, and Conflict when nothing was begun.
    """
    knocked = await knock_inside(deps, "code", row)
    async with deps.db.transaction() as session:
        begun = [one for one in await _all(session, row) if one.confirmed_at is None]
        if not begun:
            raise Conflict("Nothing was begun here. Begin again.", "factor_missing")
        step = _step_of(deps, begun[-1], code)
        if step is None or not await sessions.factor_use(session, row.user_id, begun[-1].id, step):
            raise Unauthorized("This code is wrong. Is the phone's clock right?", "wrong_code")
        await opened(session, knocked)
        codes = tuple(_new_code() for _ in range(CODES))
        packed = b"".join(_hash(one) for one in codes)
        await sessions.factor_insert(
            session, new_id(), row.user_id, "recovery_codes", packed, confirmed=True
        )
        # Sessions that came in by the password alone must show a code from now on.
        await sessions.revoke_all(session, row.user_id, row.id)
        token = await prove(session, row, has_code=True)
        await _note(session, row, "user.factor_set")
    return token, codes


async def spend(deps: Deps, session: Session, user_id: UUID, code: str) -> bool:
    """Use a code up: of the app, once and within a step of now, or a recovery code."""
    plain = re.sub(r"[\s-]", "", code[:64]).lower()
    for factor in await sessions.factors(session, user_id):
        if factor.confirmed_at is None:
            continue
        if factor.kind == "totp" and _CODE.fullmatch(plain):
            step = _step_of(deps, factor, plain)
            return step is not None and await sessions.factor_use(session, user_id, factor.id, step)
        if factor.kind == "recovery_codes" and not _CODE.fullmatch(plain):
            hashes = [factor.secret[i : i + _DIGEST] for i in range(0, len(factor.secret), _DIGEST)]
            if _hash(plain) in hashes:
                hashes.remove(_hash(plain))
                after = b"".join(hashes)
                return await sessions.spend_code(session, user_id, factor.id, factor.secret, after)
    return False


async def _note(session: Session, row: SessionRow, action: Action) -> None:
    await note_caller(session, action, ("user", row.user_id), None)


async def _all(session: Session, row: SessionRow) -> list[Factor]:
    return await sessions.factors(session, row.user_id)


def _key(deps: Deps, factor_id: UUID) -> str:
    return base64.b32encode(deps.secrets.factor_secret(factor_id)[:20]).decode()


def _step_of(deps: Deps, factor: Factor, code: str) -> int | None:
    """Give the step that a code belongs to: this one or the one before, later than the last."""
    import pyotp

    totp = pyotp.TOTP(_key(deps, factor.id))
    now = int(time.time()) // STEP_S
    given = re.sub(r"\s", "", code[:20])
    for step in (now, now - 1):
        if step > factor.counter and pyotp.utils.strings_equal(totp.generate_otp(step), given):
            return step
    return None


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


async def list_factors(deps: Deps, row: SessionRow) -> list[Factor]:
    """List a person's second factors, the oldest first."""
    return await _all(deps.db.session(), row)
