"""Make and change the people of the farm."""

from __future__ import annotations

import re
from uuid import UUID

from orchestrator.core.accounts import Role
from orchestrator.core.audit import Action
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.ids import new_id
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import people, sessions
from orchestrator.store.identity.people import NewPerson, PersonRow
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.store.pool import Database, Record, Session
from orchestrator.usecases.accounts.doors import forget_others
from orchestrator.usecases.accounts.passwords import Passwords, check_password
from orchestrator.usecases.accounts.proof import check_own_password, confirm_needed
from orchestrator.usecases.accounts.sessions import Browser, prove
from orchestrator.usecases.keys.make import DEFAULT_TENANT

LOCALES = ("en", "fa")
_EMAIL = re.compile(r"[^@\s]{1,200}@[^@\s]{1,119}")


async def make_person(
    db: Database,
    passwords: Passwords,
    email: str,
    password: str | None,
    role: Role,
    *,
    display_name: str = "",
    locale: str = "en",
) -> UUID:
    """Make a person of the farm who signs in by a password (None: only by a link).

    Raises Invalid for an address or a password that will not do, Conflict (`person_exists`).
    """
    email = email.strip()
    if _EMAIL.fullmatch(email) is None or "\x00" in email:
        raise Invalid("Give an address such as sara@example.com.", code="bad_email")
    if locale not in LOCALES:
        raise Invalid(f"A language is one of {', '.join(LOCALES)}.", code="bad_locale")
    encoded = None
    if password is not None:
        check_password(password, email)
        encoded = await passwords.hash(password)
    person = NewPerson(
        new_id(), DEFAULT_TENANT, email, display_name.strip()[:100], encoded, role, locale
    )
    async with db.transaction() as session:
        if not await people.insert(session, person):
            raise Conflict(f"There is an account for {email} already.", "person_exists")
        await _note(session, "user.make", person.id, role=role)
    return person.id


async def person_named(db: Database, email: str) -> UUID:
    """Give the id of an active person by address. Raises NotFound."""
    row = await people.by_email(db.session(), DEFAULT_TENANT, email.strip())
    if row is None:
        raise NotFound("person", email)
    return row.id


async def list_people(deps: Deps, tenant_id: UUID) -> list[PersonRow]:
    """List the farm's people by address."""
    return await people.page(deps.db.session(), tenant_id)


async def change_role(deps: Deps, by: SessionRow, user_id: UUID, role: Role) -> Role:
    """Give a person another role; give the one before. Raises NotFound, Conflict (`last_admin`)."""
    async with deps.db.transaction() as session:
        before = await _keep_an_admin(session, by, user_id, leaves=role != "admin")
        if not await people.set_role(session, by.tenant_id, user_id, role):
            raise NotFound("person", user_id)
        former: Role = before["role"]
        if former != role:
            await _note(session, "user.role", user_id, **{"from": former, "role": role})
    return former


async def suspend(deps: Deps, by: SessionRow, user_id: UUID, *, back: bool) -> None:
    """Let a person in no more, at once and everywhere, or let them in again (`back`).

    Raises NotFound, Conflict (`last_admin`).
    """
    async with deps.db.transaction() as session:
        await _keep_an_admin(session, by, user_id, leaves=not back)
        state = "active" if back else "suspended"
        if not await people.set_state(session, by.tenant_id, user_id, state):
            raise NotFound("person", user_id)
        if not back:
            await sessions.revoke_all(session, user_id)
        await _note(session, "user.resume" if back else "user.suspend", user_id)


async def change_password(deps: Deps, by: SessionRow, old: str, new: str, browser: Browser) -> str:
    """Change one's own password; every other session ends. Give this one's new token.

    Who came by a link has no old one, and must have come just before. Raises Unauthorized
    (`own_password_wrong`), TooMany, Forbidden (`confirm_needed`), Invalid.
    """
    check_password(new, by.email)
    if by.has_password:
        await check_own_password(deps, by, old)
    elif not by.is_fresh:
        raise confirm_needed()
    fresh = await deps.shared(Passwords).hash(new)
    async with deps.db.transaction() as session:
        await people.set_password(session, by.tenant_id, by.user_id, fresh)
        await sessions.revoke_all(session, by.user_id, by.id)
        await forget_others(session, by.user_id, browser)
        await _note(session, "user.password", by.user_id)
        return await prove(session, by)


async def change_locale(deps: Deps, by: SessionRow, locale: str) -> None:
    """Change the language of one's pages."""
    if locale not in LOCALES:
        raise Invalid(f"A language is one of {', '.join(LOCALES)}.", code="bad_locale")
    await people.set_locale(deps.db.session(), by.tenant_id, by.user_id, locale)


async def _keep_an_admin(
    session: Session, by: SessionRow, user_id: UUID, *, leaves: bool
) -> Record:
    """Give the person's row; raises NotFound, Conflict (`last_admin`)."""
    row = await people.get(session, by.tenant_id, user_id)
    if row is None:
        raise NotFound("person", user_id)
    is_one = row["role"] == "admin" and row["state"] == "active"
    if leaves and is_one and await people.admins(session, by.tenant_id) < 2:
        raise Conflict("This is the last admin. Make another one first.", "last_admin")
    return row


async def _note(
    session: Session, action: Action, user_id: UUID, **detail: str | int | None
) -> None:
    await note_caller(session, action, ("user", user_id), None, **detail)
