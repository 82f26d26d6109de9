"""The commands that work straight on the database: migrate, partitions, epoch, key, rekey."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import typer
from pydantic import TypeAdapter, ValidationError

from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.cli.serve import database, dsn_of, settings_of
from orchestrator.errors import FarmError
from orchestrator.settings import Settings
from orchestrator.wire.resources import KeyCreated, Scope


def run_migrate(data: Path | None, *, as_json: bool) -> None:
    """Apply what is missing and say what was done."""
    from orchestrator.store.migrate import migrate

    with database(settings_of(data)) as settings:
        try:
            report = asyncio.run(migrate(dsn_of(settings)))
        except FarmError as error:
            raise CliError(error.message, code=error.code) from error
    if as_json:
        typer.echo(json.dumps(asdict(report), default=str))
        return
    for word, names in (("applied", report.applied), ("adopted", report.adopted)):
        for name in names:
            typer.echo(f"{word} {name}")
    if not report.applied and not report.adopted:
        typer.echo("Nothing to do: the schema is up to date.")


def run_partitions(data: Path | None, *, as_json: bool) -> None:
    """Make the partitions that are missing; rows in a DEFAULT partition are an alarm."""
    from orchestrator.store.migrate import migrate
    from orchestrator.store.partitions import ensure_partitions

    with database(settings_of(data)) as settings:
        try:
            asyncio.run(migrate(dsn_of(settings)))
            report = asyncio.run(ensure_partitions(dsn_of(settings)))
        except FarmError as error:
            raise CliError(error.message, code=error.code) from error
    typer.echo(json.dumps(asdict(report), default=str) if as_json else str(report))


def run_epoch(data: Path | None, why: str | None) -> None:
    """Print the restore epoch, after raising it when a reason is given."""
    with database(settings_of(data)) as settings:
        try:
            typer.echo(asyncio.run(show_epoch(dsn_of(settings), why)))
        except FarmError as error:
            raise CliError(error.message, code=error.code) from error


async def show_epoch(dsn: str, why: str | None) -> int:
    """Give the restore epoch; with a reason, raise it first."""
    from orchestrator.store.migrate import migrate
    from orchestrator.store.pool import Database
    from orchestrator.store.render import farm
    from orchestrator.usecases.farm.epoch import raise_by_hand

    await migrate(dsn)
    db = await Database.open(dsn, size=2, statement_timeout_s=15)
    try:
        return await (raise_by_hand(db, why) if why else farm.epoch(db.session()))
    finally:
        await db.close()


def run_rekey(data: Path | None) -> None:
    """Take the server key that is there as the farm's, and say what that means."""
    with database(settings_of(data)) as settings:
        try:
            count = asyncio.run(change_key(settings))
        except FarmError as error:
            raise CliError(error.message, code=error.code) from error
    typer.echo(
        "The server key that is there is the farm's from now on. Give it to every orchestrator, "
        f"and enrol every node again ({count} trusted the one before)."
    )


async def change_key(settings: Settings) -> int:
    """Take the server key that is there as the farm's; give how many nodes trusted another."""
    from orchestrator.store.migrate import migrate
    from orchestrator.store.pool import Database
    from orchestrator.usecases.farm.identity import rekey

    await migrate(dsn_of(settings))
    db = await Database.open(dsn_of(settings), size=2, statement_timeout_s=15)
    try:
        return await rekey(db, settings)
    finally:
        await db.close()


def run_key(data: Path | None, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key of the default tenant and print its secret, once."""
    from orchestrator.store.migrate import migrate

    try:
        checked = TypeAdapter(tuple[Scope, ...]).validate_python(scopes)
    except ValidationError as error:
        raise CliError(
            f"{', '.join(scopes)}: a scope is render, template, operator or admin.", WRONG_USE
        ) from error
    with database(settings_of(data)) as settings:
        asyncio.run(migrate(dsn_of(settings)))
        created = asyncio.run(create_key(dsn_of(settings), name, checked))
    typer.echo(created.secret)


async def create_key(dsn: str, name: str, scopes: tuple[Scope, ...]) -> KeyCreated:
    """Make an API key of the default tenant."""
    from orchestrator.store.audit import Actor, acting
    from orchestrator.store.pool import Database
    from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key

    db = await Database.open(dsn, size=2, statement_timeout_s=15)
    try:
        with acting(Actor("cli")):
            return await make_key(db, DEFAULT_TENANT, name, scopes)
    finally:
        await db.close()
