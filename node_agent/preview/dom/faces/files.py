"""File and Folder: what scripts may do with the disk, under After Effects' permission rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from node_agent.preview.dom.face import Face, ScriptError, words
from node_agent.preview.dom.session import Session

READ_LIMIT_BYTES: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class ScriptFolder:
    """Be a Folder object."""

    path: Path


@dataclass(slots=True)
class ScriptFile:
    """Be a File object; `mode` is r, w or a while it is open, and empty when it is closed."""

    path: Path
    encoding: str = "UTF-8"
    line_feed: str = "Unix"
    mode: str = ""
    content: str = ""
    position: int = 0
    error: str = ""


def make_file(_session: Session, path: object = None) -> ScriptFile:
    """Make a File from a path; `%20` and its kind are decoded, as ExtendScript does."""
    return ScriptFile(Path(unquote(words(path, "path of a File"))))


def make_folder(_session: Session, path: object = None) -> ScriptFolder:
    """Make a Folder from a path."""
    return ScriptFolder(Path(unquote(words(path, "path of a Folder"))))


def open_file(session: Session, file: ScriptFile, mode: object = "r") -> bool:
    """Open for r, w or a; False with `error` set where After Effects gives False."""
    if mode == "r":
        return _open_to_read(file)
    if mode not in {"w", "a"}:
        file.error = "Invalid mode"
        return False
    if not session.config.scripting_allowed:
        file.error = "Permission denied"
        return False
    if not file.path.parent.is_dir():
        file.error = "Folder does not exist"
        return False
    file.mode, file.content, file.position = str(mode), "", 0
    if mode == "a" and file.path.is_file():
        file.content = file.path.read_text(encoding=_codec(file))
    return True


def _open_to_read(file: ScriptFile) -> bool:
    try:
        if file.path.stat().st_size > READ_LIMIT_BYTES:
            file.error = "File is too large"
            return False
        # newline="" keeps every CR and LF as it stands in the file.
        with file.path.open(encoding=_codec(file), newline="") as stream:
            file.content = stream.read()
    except (OSError, UnicodeError) as error:
        file.error = str(error)
        return False
    file.mode, file.position = "r", 0
    return True


def _codec(file: ScriptFile) -> str:
    known = {"UTF-8": "utf-8-sig" if file.mode == "" else "utf-8", "ASCII": "ascii"}
    return known.get(file.encoding.upper(), "latin-1")


def read_file(_session: Session, file: ScriptFile, count: object = None) -> str:
    """Read all that is left, or `count` characters."""
    if file.mode != "r":
        return ""
    end = len(file.content) if count is None else file.position + int(str(count))
    taken = file.content[file.position : end]
    file.position += len(taken)
    return taken


def write_file(_session: Session, file: ScriptFile, *parts: object) -> bool:
    """Add text to the file; it reaches the disk when the file is closed."""
    if file.mode not in {"w", "a"}:
        file.error = "File is not open for writing"
        return False
    file.content += "".join("" if part is None else str(part) for part in parts)
    return True


def close_file(_session: Session, file: ScriptFile) -> bool:
    """Close the file; False with `error` set when the content cannot be written."""
    writing = file.mode in {"w", "a"}
    file.mode = ""
    if not writing:
        return True
    codec = "utf-8" if file.encoding.upper() == "UTF-8" else "latin-1"
    try:
        file.path.write_bytes(file.content.encode(codec, errors="replace"))
    except OSError as error:
        file.error = str(error)
        return False
    return True


def remove_file(session: Session, file: ScriptFile) -> bool:
    """Delete the file; False when it is not there or scripts may not write."""
    if not session.config.scripting_allowed or not file.path.is_file():
        return False
    file.path.unlink()
    return True


def rename_file(session: Session, file: ScriptFile, name: object) -> bool:
    """Rename inside the same folder; False when the name is taken, as After Effects does."""
    new = words(name, "new name")
    target = file.path.with_name(Path(new).name)
    if not session.config.scripting_allowed or target.exists() or not file.path.is_file():
        return False
    file.path = file.path.rename(target)
    return True


def _set_encoding(_session: Session, file: ScriptFile, value: object) -> None:
    file.encoding = words(value, "encoding")


def _set_line_feed(_session: Session, file: ScriptFile, value: object) -> None:
    file.line_feed = words(value, "lineFeed")


def _create_folder(session: Session, folder: ScriptFolder) -> bool:
    if not session.config.scripting_allowed:
        return False
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return True


def encoded(path: Path) -> str:
    """Write a path as scripts get it in URI notation."""
    return quote(path.as_posix(), safe="/:")


def as_path(value: Any, what: str) -> Path:
    """Give the path of a File argument; raise ScriptError when it is none."""
    if isinstance(value, ScriptFile):
        return value.path
    raise ScriptError(f"{what} must be a File")


FACES: Final = (
    Face(
        "File",
        get={
            "fsName": lambda _s, f: str(f.path),
            "fullName": lambda _s, f: encoded(f.path),
            "name": lambda _s, f: f.path.name,
            "parent": lambda _s, f: ScriptFolder(f.path.parent),
            "path": lambda _s, f: encoded(f.path.parent),
            "exists": lambda _s, f: f.path.is_file(),
            "length": lambda _s, f: f.path.stat().st_size if f.path.is_file() else 0,
            "encoding": lambda _s, f: f.encoding,
            "lineFeed": lambda _s, f: f.line_feed,
            "error": lambda _s, f: f.error,
            "eof": lambda _s, f: f.position >= len(f.content),
        },
        put={"encoding": _set_encoding, "lineFeed": _set_line_feed},
        call={
            "open": open_file,
            "read": read_file,
            "write": write_file,
            "writeln": lambda s, f, *parts: write_file(s, f, *parts, "\n"),
            "close": close_file,
            "remove": remove_file,
            "rename": rename_file,
        },
        make=make_file,
    ),
    Face(
        "Folder",
        get={
            "fsName": lambda _s, f: str(f.path),
            "fullName": lambda _s, f: encoded(f.path),
            "name": lambda _s, f: f.path.name,
            "parent": lambda _s, f: ScriptFolder(f.path.parent),
            "exists": lambda _s, f: f.path.is_dir(),
        },
        call={"create": _create_folder},
        make=make_folder,
    ),
)
