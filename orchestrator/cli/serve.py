"""Runs the orchestrator in the foreground, with a database of its own unless one is set."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from filelock import FileLock, Timeout
from pydantic import SecretStr, ValidationError

from orchestrator.cli.problems import ALREADY_RUNNING, WRONG_USE, CliError
from orchestrator.errors import FarmError, Unavailable
from orchestrator.settings import Settings, load

DATABASE = "flatrender"
DATABASE_WAIT_S = 60.0


def settings_of(data: Path | None, **given: object) -> Settings:
    """Read the settings of a data folder; CliError lists every problem."""
    try:
        return load(data, **given)
    except ValidationError as error:
        lines = [
            f"  FLATRENDER_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        raise CliError("These settings are wrong:\n" + "\n".join(lines), WRONG_USE) from error
    except (OSError, ValueError) as error:
        raise CliError(f"The settings file cannot be read: {error}", WRONG_USE) from error


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Give settings with a database URL; starts or adopts the embedded PostgreSQL if none is set.

    Call it from the main thread: the server's life hangs on the thread that started it.
    """
    if settings.database_url is not None:
        yield settings
        return
    from orchestrator.embedded import EmbeddedError, create_database, start

    try:
        make_folder(settings.data_dir)
        cluster = start(settings.data_dir / "pg", binaries=settings.pg_bin)
    except EmbeddedError as error:
        raise CliError(str(error), code="database") from error
    try:
        create_database(cluster, DATABASE)
        url = SecretStr(cluster.dsn(DATABASE))
        yield settings.model_copy(update={"database_url": url})
    except EmbeddedError as error:
        raise CliError(str(error), code="database") from error
    finally:
        if cluster.started_here:
            cluster.stop()


def make_folder(folder: Path) -> None:
    """Make a data folder that only its owner enters; CliError says why it cannot be made.

    It holds what clients sent, lease tokens and logs. One that exists keeps its mode.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"The folder {folder} cannot be made ({error.strerror}). "
            "Give another one with --data, or make it writable."
        ) from error


def dsn_of(settings: Settings) -> str:
    """Give the database's address."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def run_serve(data: Path | None, *, host: str | None, port: int | None, with_parent: bool) -> None:
    """Migrate, then serve until SIGINT or SIGTERM."""
    from orchestrator.app import run

    settings = settings_of(data, host=host, port=port)
    make_folder(settings.data_dir)
    lock = FileLock(settings.data_dir / "orchestrator.lock", timeout=0)
    try:
        with lock, database(settings) as ready:
            if with_parent:
                stop_with_parent()
            asyncio.run(_migrate(dsn_of(ready)))
            if not with_parent:  # The demo's own nodes end with it.
                asyncio.run(require_farm(ready))
            run(_serve(ready, keep=settings.database_url is None and not with_parent))
    except Timeout as error:
        raise CliError(
            f"An orchestrator runs on {settings.data_dir} already; stop it or give another --data.",
            ALREADY_RUNNING,
        ) from error
    except FarmError as error:
        raise CliError(error.message, code=error.code) from error
    except OSError as error:
        raise CliError(f"The orchestrator cannot run: {error}") from error


async def _serve(settings: Settings, *, keep: bool) -> None:
    """Serve until told to end; with `keep`, start the embedded PostgreSQL again when it dies."""
    import structlog

    from orchestrator.app import serve

    if not keep:
        await serve(settings)
        return
    from orchestrator.cli.farm import database_kept

    def tell(sentence: str) -> None:
        structlog.get_logger("database").warning("database_died", message=sentence)

    async with database_kept(settings.data_dir / "pg", settings.pg_bin, tell=tell):
        await serve(settings)


async def _migrate(dsn: str) -> None:
    """Migrate; a database that starts later than we, or again just now, is waited for.

    Raises Unavailable when it stays away for DATABASE_WAIT_S.
    """
    from orchestrator.store.migrate import migrate

    ends = time.monotonic() + DATABASE_WAIT_S
    is_told = False
    while True:
        try:
            await migrate(dsn)
            return
        except Unavailable as error:
            if time.monotonic() > ends:
                raise
            if not is_told:
                why = type(error.__cause__).__name__
                typer.echo(f"The orchestrator waits for the database ({why}).", err=True)
                is_told = True
        await asyncio.sleep(0.3)


async def require_farm(settings: Settings) -> None:
    """See that key, database and storage are those of one farm; FarmError says what to do."""
    from orchestrator.store.pool import Database
    from orchestrator.usecases.farm.identity import require_known_database, require_own_key

    db = await Database.open(dsn_of(settings), size=2, statement_timeout_s=15)
    try:
        secrets = await require_own_key(db, settings)
        await require_known_database(db, settings, secrets)
    finally:
        await db.close()


def stop_with_parent() -> None:
    """End this process when standard input closes, which happens when its parent dies.

    Works the same on all three systems; the parent holds the other end of the pipe.
    """

    def wait() -> None:
        while os.read(0, 1):
            pass
        if sys.platform == "win32":
            os._exit(0)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
