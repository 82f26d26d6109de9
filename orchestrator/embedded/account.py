"""Choose under which account the server runs, since PostgreSQL refuses to run as root."""

import contextlib
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from orchestrator.embedded.binaries import Binaries
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.tools import run_tool

if sys.platform != "win32":
    import pwd

STAND_INS = ("postgres", "daemon", "nobody")


@dataclass(frozen=True)
class Account:
    """How to run a server program: the words before its name, and who owns its files.

    `uid` and `gid` are None when the files simply belong to us.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def give(self, folder: Path) -> None:
        """Hand a folder that we have just made over to this account."""
        if sys.platform != "win32" and self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def choose_account(binaries: Binaries, pgdata: Path) -> Account:
    """Return an account that can run the programs and owns `pgdata`, when that exists.

    Nobody is ever added to the machine and no mode is changed. As root the first choice is a
    user namespace in which our own uid wears another number; where these are forbidden (plain
    containers) the server runs as the owner of the data, or as an account of the system, and
    keeps just the capability to pass through folders that are closed to others.
    Raises EmbeddedError when nothing works.
    """
    if sys.platform == "win32":
        return Account()
    uid = os.geteuid()
    if uid != 0 and _name_of(uid) is not None:
        return Account()
    for account in _choices(uid, pgdata):
        if _works(account, binaries, pgdata.parent):
            return account
    if uid != 0:
        raise EmbeddedError(
            f"PostgreSQL wants its user to have a name, and user id {uid} has none in "
            "/etc/passwd. Start as a user that has one, or set FLATRENDER_DATABASE_URL to a server."
        )
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and this machine allows no other way to run it on "
        f"{pgdata}. Start as an ordinary user (su, or docker run --user), "
        "or set FLATRENDER_DATABASE_URL to a server."
    )


def _choices(uid: int, pgdata: Path) -> list[Account]:
    owner = pgdata.stat() if pgdata.exists() else None
    stand_in = _stand_in()
    choices: list[Account] = []
    if stand_in is not None and (owner is None or owner.st_uid == uid):
        choices.append(_namespace(*stand_in))
    if uid == 0 and stand_in is not None and owner is None:
        choices.append(_as_user(*stand_in))
    if uid == 0 and owner is not None and owner.st_uid != 0:
        choices.append(_as_user(owner.st_uid, owner.st_gid))
    return choices


def _name_of(uid: int) -> str | None:
    """Return the login name of a user id; initdb refuses to run without one."""
    if sys.platform != "win32":
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(uid).pw_name
    return None


def _stand_in() -> tuple[int, int] | None:
    """Return uid and gid of an account that every system has and that is not root."""
    if sys.platform != "win32":
        for name in STAND_INS:
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return entry.pw_uid, entry.pw_gid
    return None


def _namespace(uid: int, gid: int) -> Account:
    return Account(("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}", "--"))


def _as_user(uid: int, gid: int) -> Account:
    if sys.platform != "linux":
        # macOS has no setpriv; root needs no password for sudo. Not proven by our tests.
        return Account(("/usr/bin/sudo", "-n", "-u", f"#{uid}", "-g", f"#{gid}", "--"), uid, gid)
    words = (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        "--",
    )
    return Account(words, uid, gid)


def _works(account: Account, binaries: Binaries, folder: Path) -> bool:
    """Try whether the account can run the programs and write into the folder."""
    if shutil.which(account.prefix[0], path=os.defpath) is None:
        return False
    trial = folder / f".trial-{secrets.token_hex(4)}"
    commands = (
        [*account.prefix, str(binaries.program("initdb")), "--version"],
        [*account.prefix, "touch", str(trial)],
    )
    try:
        return all(run_tool(command, timeout_s=30).returncode == 0 for command in commands)
    finally:
        trial.unlink(missing_ok=True)
