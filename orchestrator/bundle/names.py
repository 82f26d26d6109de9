"""The rules for a path inside a bundle: the same on every system, refused and never repaired."""

from __future__ import annotations

import unicodedata

from orchestrator.bundle.model import BadBundle

MAX_COMPONENT_CHARS = 120
MAX_COMPONENT_BYTES = 255
MAX_DEPTH = 16
MAX_PATH_CHARS = 200

_FORBIDDEN = frozenset('\\:*?"<>|')
# Persian and Hindi names need the joiners; every other invisible character is refused.
_JOINERS = frozenset("\u200c\u200d")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "clock$", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\u00b9\u00b2\u00b3"}
)
_ARCHIVES = (
    *(".zip", ".zipx", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"),
    *(".zst", ".lz", ".lzma", ".cab", ".iso", ".dmg", ".jar", ".arj", ".lzh", ".ace"),
)


def decode(raw: bytes, *, flagged: bool) -> str:
    """Decode an entry's name: UTF-8 whether flagged so or not.

    Raises BadBundle for any other encoding, with how to zip again.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = raw.decode("cp437", "replace")
        said = "says it is UTF-8 and is not" if flagged else "is not UTF-8"
        raise BadBundle(
            "name_encoding",
            shown,
            f"the name of {shown!r} {said}; zip the folder again with 7-Zip, macOS Finder or"
            " zip 3, which write names as UTF-8",
        ) from error


def check(name: str) -> str:
    """Check one path against every rule and give it as NFC, without a folder's last slash.

    Raises BadBundle with the rule that it breaks.
    """
    path = unicodedata.normalize("NFC", name.removesuffix("/"))
    if not path or name.startswith("/"):
        raise _bad("name_absolute", name, "is empty or absolute; zip the folder itself")
    if len(path) > MAX_PATH_CHARS:
        raise _bad("name_too_long", name, f"is longer than {MAX_PATH_CHARS} characters; shorten it")
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise _bad("name_too_deep", name, f"lies deeper than {MAX_DEPTH} folders; move it up")
    for part in parts:
        _check_part(part, name)
    if path.lower().endswith(_ARCHIVES) and not name.endswith("/"):
        raise _bad("nested_archive", name, "is an archive in the archive; unpack it first")
    return path


def _check_part(part: str, name: str) -> None:
    if part in {"", ".", ".."}:
        raise _bad("name_traversal", name, "has an empty, . or .. part; zip the folder itself")
    for char in part:
        if char in _FORBIDDEN:
            raise _bad("name_forbidden", name, f"has a {char!r}, which Windows refuses; rename it")
        if char not in _JOINERS and (
            unicodedata.category(char) in _REFUSED_CATEGORIES or ord(char) & 0xFFFE == 0xFFFE
        ):
            raise _bad(
                "name_control", name, f"has the invisible character U+{ord(char):04X}; rename it"
            )
    if part[-1] in ". ":
        raise _bad("name_trailing", name, "has a part that ends with a dot or space; rename it")
    if part[0] in "~-":
        raise _bad("name_leading", name, f"has a part that starts with {part[0]!r}; rename it")
    if len(part) > MAX_COMPONENT_CHARS or len(part.encode()) > MAX_COMPONENT_BYTES:
        raise _bad("name_too_long", name, f"has a part longer than {MAX_COMPONENT_CHARS}")
    if part.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        raise _bad("name_reserved", name, "has a part that is a device on Windows; rename it")


def key(path: str) -> str:
    """Give what two paths share when some file system would take them for one."""
    visible = "".join(char for char in path if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).casefold())


class Tree:
    """Holds the paths seen so far and refuses one that collides with another on some system."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, path: str, *, folder: bool) -> None:
        """Add a path with all the folders above it; raises BadBundle on a collision."""
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            prefix = "/".join(parts[:depth])
            if depth == len(parts) and not folder:
                self._add_file(prefix)
            else:
                self._add_folder(prefix, whole=path)

    def _add_file(self, path: str) -> None:
        path_key = key(path)
        other = self._files.get(path_key) or self._folders.get(path_key)
        if other is not None:
            raise _bad("name_collision", path, f"and {other!r} are one file on some systems")
        self._files[path_key] = path

    def _add_folder(self, path: str, whole: str) -> None:
        path_key = key(path)
        other = self._files.get(path_key) or self._folders.setdefault(path_key, path)
        if other != path or path_key in self._files:
            raise _bad("name_collision", whole, f"collides with {other!r} on some systems")


def _bad(code: str, name: str, why: str) -> BadBundle:
    shown = name if len(name) <= 200 else name[:200] + "..."
    return BadBundle(code, shown, f"the entry {shown!r} {why}")
