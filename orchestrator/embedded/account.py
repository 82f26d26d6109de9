"""Choose under which account the server runs, since PostgreSQL refuses to run as root."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from orchestrator.embedded.binaries import Binaries
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.tools import run_tool

NOBODY = 65534


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
    containers) the server runs as the owner of the data, or as nobody, and keeps just the
    capability to pass through folders that are closed to others.
    Raises EmbeddedError when nothing works.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return Account()
    owner = pgdata.stat() if pgdata.exists() else None
    choices: list[Account] = []
    if owner is None or owner.st_uid == 0:
        choices.append(_namespace())
    if owner is None:
        choices.append(_as_user(NOBODY, NOBODY))
    elif owner.st_uid != 0:
        choices.append(_as_user(owner.st_uid, owner.st_gid))
    for account in choices:
        if _works(account, binaries, pgdata.parent):
            return account
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and this machine allows no other way to run it on "
        f"{pgdata}. Start as an ordinary user (su, or docker run --user), "
        "or set FLATRENDER_DATABASE_URL to a server."
    )


def _namespace() -> Account:
    return Account(("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"))


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
    trials = (
        [*account.prefix, str(binaries.program("initdb")), "--version"],
        [*account.prefix, "test", "-w", str(folder)],
    )
    return all(run_tool(trial, timeout_s=30).returncode == 0 for trial in trials)
