"""Make people and their one-time links, straight in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.cli.problems import CliError
from orchestrator.cli.serve import database, dsn_of, settings_of
from orchestrator.core.accounts import Role
from orchestrator.errors import FarmError

if TYPE_CHECKING:
    from orchestrator.settings import Settings
    from orchestrator.store.pool import Database


def run_create(
    data: Path | None, email: str, password: str, *, role: Role, name: str, locale: str
) -> None:
    """Make a person who signs in by a password."""
    with database(settings_of(data)) as settings:
        asyncio.run(_create(dsn_of(settings), email, password, role=role, name=name, locale=locale))


async def _create(
    dsn: str, email: str, password: str, *, role: Role, name: str, locale: str
) -> None:
    from orchestrator.usecases.accounts.passwords import Passwords
    from orchestrator.usecases.accounts.people import make_person

    async with _opened(dsn) as db:
        await make_person(db, Passwords(), email, password, role, display_name=name, locale=locale)


def run_link(data: Path | None, email: str, server: str | None) -> str:
    """Give a link that signs a person in once; without `server` at the address of the settings."""
    with database(settings_of(data)) as settings:
        token = asyncio.run(make_link_of(dsn_of(settings), email))
    return f"{(server or address_of(settings)).rstrip('/')}/admin/link#{token}"


def address_of(settings: Settings) -> str:
    """Give the address that people open, as far as the settings tell it."""
    if settings.public_url is not None:
        return settings.public_url
    host = "127.0.0.1" if settings.host in {"", "0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


async def make_link_of(dsn: str, email: str, *, make: bool = False) -> str:
    """Give the token of a link; with `make` an admin without a password is made where none is."""
    from orchestrator.errors import NotFound
    from orchestrator.usecases.accounts.passwords import Passwords
    from orchestrator.usecases.accounts.people import make_person, person_named
    from orchestrator.usecases.accounts.sign_in import make_link

    async with _opened(dsn) as db:
        try:
            person = await person_named(db, email)
        except NotFound:
            if not make:
                raise
            person = await make_person(db, Passwords(), email, None, "admin")
        return await make_link(db, person)


@asynccontextmanager
async def _opened(dsn: str) -> AsyncIterator[Database]:
    """Open the database, brought up to date; what is wrong ends the command with a sentence.

    What is done with it is noted as done at the command line.
    """
    from orchestrator.store.audit import Actor, acting
    from orchestrator.store.migrate import migrate
    from orchestrator.store.pool import Database

    try:
        await migrate(dsn)
        db = await Database.open(dsn, size=2, statement_timeout_s=15)
        try:
            with acting(Actor("cli")):
                yield db
        finally:
            await db.close()
    except FarmError as error:
        raise CliError(error.message, code=error.code) from error
