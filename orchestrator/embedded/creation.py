"""Make a new data folder with initdb, so that it is either complete or absent."""

import secrets
import shutil
import sys
from pathlib import Path

from orchestrator.embedded.account import Account
from orchestrator.embedded.binaries import Binaries
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.explain import explain
from orchestrator.embedded.folder import USER, Folder
from orchestrator.embedded.tools import run_tool

INITDB_S = 180
BUILTIN_LOCALE_SINCE = 17


def create_data(folder: Folder, binaries: Binaries, account: Account, *, durable: bool) -> None:
    """Fill `folder.pgdata` with an empty UTF-8 cluster whose only account has a password.

    It grows under another name and is renamed at the end, so a crash half-way leaves nothing
    that looks complete. Raises EmbeddedError with initdb's reason.
    """
    folder.require_room()
    shutil.rmtree(folder.unfinished, ignore_errors=True)
    try:
        folder.unfinished.mkdir(mode=0o700)
        account.give(folder.unfinished)
        password = folder.make_password()
        secret = folder.root / f".pw-{secrets.token_hex(4)}"
        with secret.open("x", encoding="ascii") as stream:
            secret.chmod(0o600)
            stream.write(password + "\n")
        try:
            _initdb(folder, binaries, account, secret, durable=durable)
        finally:
            secret.unlink(missing_ok=True)
        folder.unfinished.rename(folder.pgdata)
    except OSError as error:
        raise EmbeddedError(
            f"A new database cannot be made in {folder.root}: {error.strerror}. "
            "Make room or give yourself the right to write there, then start again."
        ) from error


def _initdb(
    folder: Folder, binaries: Binaries, account: Account, secret: Path, *, durable: bool
) -> None:
    command: list[str | Path] = [
        *account.prefix,
        binaries.program("initdb"),
        f"--pgdata={folder.unfinished}",
        f"--username={USER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *_locale(binaries),
    ]
    if not durable:
        command.append("--no-sync")
    result = run_tool(command, timeout_s=INITDB_S)
    if result.returncode != 0:
        shutil.rmtree(folder.unfinished, ignore_errors=True)
        raise EmbeddedError(explain(result.stderr or result.stdout, folder))


def _locale(binaries: Binaries) -> tuple[str, ...]:
    """Order text by code point on every system, and know the letters of all scripts."""
    if binaries.major >= BUILTIN_LOCALE_SINCE:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    if sys.platform == "linux":
        return ("--locale=C.UTF-8", "--lc-messages=C")
    return ("--locale=C",)
