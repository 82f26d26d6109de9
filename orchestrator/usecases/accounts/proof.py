"""Have somebody who is signed in prove once more who they are: a stolen session must not do all."""

from __future__ import annotations

from typing import Literal

from orchestrator.core.accounts import TRIES_IN_A_SESSION
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, FarmError, Unauthorized
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import people, sessions
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.usecases.accounts.doors import Knock, knock_inside, opened
from orchestrator.usecases.accounts.factors import spend
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.sessions import prove


def confirm_needed() -> FarmError:
    """Say that the password must be given again before this."""
    return FarmError("confirm_needed", 403, "Give your password once more: it was given long ago.")


async def check_own_password(deps: Deps, row: SessionRow, password: str) -> None:
    """Check the password of somebody who is signed in; after ten wrong ones the session ends.

    Raises Unauthorized (`own_password_wrong`, `signed_out`), TooMany (`account_rests`).
    """
    knocked = await knock_inside(deps, "password", row)
    encoded = await people.password_hash(deps.db.session(), row.tenant_id, row.user_id)
    if not await deps.shared(Passwords).fits(encoded, password):
        await _wrong(deps, row, "password", knocked)
        raise Unauthorized("The password is wrong.", "own_password_wrong")
    await opened(deps.db.session(), knocked)


async def confirm(deps: Deps, row: SessionRow, secret: str) -> str:
    """Take the password once more, or a code of who has none; give the session's new token.

    Raises as `_check` does.
    """
    await _check(deps, row, secret)
    async with deps.db.transaction() as session:
        return await prove(session, row)


async def remove_factor(deps: Deps, row: SessionRow, secret: str) -> str:
    """Forget the second factor, with the password or a last code; give the session's new token.

    Raises as `_check` does.
    """
    await _check(deps, row, secret)
    async with deps.db.transaction() as session:
        await sessions.factors_drop(session, row.user_id)
        await note_caller(session, "user.factor_removed", ("user", row.user_id), None)
        return await prove(session, row)


async def _check(deps: Deps, row: SessionRow, secret: str) -> None:
    """Check the password, or the code of who has none.

    Raises Unauthorized (`own_password_wrong`, `wrong_code`, `signed_out`), TooMany, and Conflict
    (`nothing_to_confirm`) for who came by a link and has neither.
    """
    if row.has_password:
        await check_own_password(deps, row, secret)
        return
    if not row.needs_code:
        raise Conflict(
            "This account has no password yet. Sign out and come by a new link "
            "(flatrender admin link), then set one.",
            "nothing_to_confirm",
        )
    knocked = await knock_inside(deps, "code", row)
    async with deps.db.transaction() as session:
        is_right = await spend(deps, session, row.user_id, secret)
    if not is_right:
        await _wrong(deps, row, "code", knocked)
        raise Unauthorized("This code is wrong, or was used before.", "wrong_code")
    await opened(deps.db.session(), knocked)


async def _wrong(
    deps: Deps, row: SessionRow, why: Literal["password", "code"], knocked: Knock
) -> None:
    """Note a wrong one, and end a session that gave too many: it may be stolen."""
    about = ("user", row.user_id)
    async with deps.db.transaction() as session:
        await note_caller(
            session, "user.sign_in_refused", about, None, why=why, tries=knocked.count
        )
        if knocked.count < TRIES_IN_A_SESSION:
            return
        await sessions.revoke(session, row.user_id, row.id)
        await note_caller(session, "user.session_end", about, None, count=1)
    raise Unauthorized("Too many wrong tries. Sign in again.", "signed_out")
