"""Find the migration files and compare them with what a database's ledger says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import FarmError

_NAME = re.compile(r"^(\d{2,4})_[a-z0-9_]+$")


class MigrationError(FarmError):
    """Say why the schema cannot be brought up to date, and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, 503, message)


@dataclass(frozen=True, slots=True)
class Migration:
    """Hold one file: its name without .sql, its text with LF ends, the hash of that text."""

    name: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tell what is to be done: run `missing` in order, fill the hash of `unhashed`, keep `same`."""

    missing: tuple[Migration, ...]
    unhashed: tuple[Migration, ...]
    same: tuple[str, ...]


def default_directory() -> Path:
    """Return the folder of the migrations: packaged with the wheel, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "_data" / "migrations"
    return packaged if packaged.is_dir() else package.parent / "migrations"


def read_migrations(directory: Path | None = None) -> tuple[Migration, ...]:
    """Read all NN_name.sql files in numeric order.

    CRLF counts as LF, so that a checkout on Windows has the same hashes. Raises MigrationError
    when there is none, or a name does not fit, or two have one number.
    """
    folder = directory or default_directory()
    paths = list(folder.glob("*.sql"))
    if not paths:
        raise MigrationError(
            "migrations_missing",
            f"There are no migration files in {folder}. Install FlatRender again.",
        )
    numbers: dict[int, str] = {}
    for path in paths:
        match = _NAME.match(path.stem)
        if match is None:
            raise MigrationError(
                "migration_misnamed", f"{path.name} is not named NN_name.sql. Rename it."
            )
        other = numbers.setdefault(int(match[1]), path.stem)
        if other != path.stem:
            raise MigrationError(
                "migration_misnamed",
                f"{other} and {path.stem} have one number. Give the newer one the next free.",
            )
    return tuple(_read(folder / f"{numbers[number]}.sql") for number in sorted(numbers))


def compare(files: Sequence[Migration], ledger: Mapping[str, str | None]) -> Comparison:
    """Compare files with ledger rows (name to hash, None where psql wrote the row).

    Raises MigrationError when an applied file was edited or the database knows files that are
    not here.
    """
    newer = sorted(ledger.keys() - {file.name for file in files})
    if newer:
        raise MigrationError(
            "database_newer",
            f"The database is newer than this FlatRender: it has {', '.join(newer)}. "
            "Install the FlatRender that made it, or a newer one.",
        )
    edited = [file.name for file in files if ledger.get(file.name) not in (None, file.sha256)]
    if edited:
        raise MigrationError(
            "migration_edited",
            f"Already applied, but edited since: {', '.join(edited)}. "
            "Restore the file as it was and put the change into a new migration.",
        )
    return Comparison(
        missing=tuple(file for file in files if file.name not in ledger),
        unhashed=tuple(f for f in files if f.name in ledger and ledger[f.name] is None),
        same=tuple(file.name for file in files if ledger.get(file.name) == file.sha256),
    )


def _read(path: Path) -> Migration:
    """Read one file; raise MigrationError when it is not UTF-8."""
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise MigrationError(
            "migration_damaged", f"{path.name} is not UTF-8. Install FlatRender again."
        ) from error
    return Migration(path.stem, text, hashlib.sha256(text.encode()).hexdigest())
