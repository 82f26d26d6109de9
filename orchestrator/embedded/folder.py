"""Keep what belongs to one embedded server: where its files lie, its password and its port."""

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from orchestrator.embedded.errors import EmbeddedError

USER = "flatrender"
HOST = "127.0.0.1"
NEEDED_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Folder:
    """The files of one embedded server; `root` is the folder that the caller named."""

    root: Path

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.root / "pgdata"

    @property
    def unfinished(self) -> Path:
        """Where a new data folder grows until it is complete."""
        return self.root / "pgdata.new"

    @property
    def password_file(self) -> Path:
        """A password file in PostgreSQL's own form, readable by its owner only."""
        return self.root / "pgpass"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "postgres.log"

    @property
    def memory(self) -> Path:
        """The port and the owner of the last start."""
        return self.root / "server.json"

    @property
    def lock(self) -> Path:
        """Held while somebody starts the server."""
        return self.root / "start.lock"

    def prepare(self) -> None:
        """Make the folder; raise EmbeddedError when that or writing into it is not allowed."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.root / f".probe-{secrets.token_hex(4)}"
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.root} cannot be used: {error.strerror}. "
                "Make room or give yourself the right to write there, "
                "or choose another folder with --data."
            ) from error

    def require_room(self) -> None:
        """Raise EmbeddedError when a new server would not fit on the disk."""
        free_bytes = shutil.disk_usage(self.root).free
        if free_bytes < NEEDED_BYTES:
            raise EmbeddedError(
                f"The disk of {self.root} is full: {free_bytes // 2**20} MB are free and a new "
                f"database needs {NEEDED_BYTES // 2**20} MB. Make room, or choose another "
                "folder with --data."
            )

    def data_major(self) -> int | None:
        """Return the major version that made the data folder, or None when there is none."""
        try:
            text = (self.pgdata / "PG_VERSION").read_text(encoding="ascii")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise EmbeddedError(
                f"{self.pgdata} cannot be read: {error.strerror}. It belongs to another user: "
                "start as that user, or choose another folder with --data."
            ) from error
        return int(text.strip().split(".")[0])

    def password(self) -> str:
        """Return the remembered password; raise EmbeddedError when its file is gone."""
        try:
            line = self.password_file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise EmbeddedError(
                f"The password file {self.password_file} cannot be read: {error.strerror}. "
                "Bring it back from a backup, or move the whole folder away to begin anew."
            ) from error
        return line.rsplit(":", 1)[-1]

    def make_password(self) -> str:
        """Choose a password at random and keep it where only the owner can read it."""
        password = secrets.token_hex(24)
        self.password_file.unlink(missing_ok=True)
        handle = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{HOST}:*:*:{USER}:{password}\n")
        return password

    def recall(self) -> dict[str, int]:
        """Return what `remember` kept, or an empty dict."""
        try:
            kept = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(kept, dict):
            return {}
        return {str(key): value for key, value in kept.items() if isinstance(value, int)}

    def remember(self, **facts: int) -> None:
        """Keep small numbers for the next start."""
        fresh = self.memory.with_suffix(".new")
        fresh.write_text(json.dumps(facts), encoding="utf-8")
        fresh.replace(self.memory)
