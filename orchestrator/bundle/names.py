"""The rules for a path inside a bundle: the same on every system, refused and never repaired."""

from __future__ import annotations

import re
import unicodedata

from orchestrator.bundle.model import BadBundle

MAX_COMPONENT_CHARS = 120
MAX_COMPONENT_BYTES = 255
MAX_DEPTH = 16
MAX_PATH_CHARS = 200

_FORBIDDEN = frozenset('\\:*?"<>|')
# Most names hold nothing but these, and twenty thousand of them are to be checked in no time.
_PLAIN = re.compile(r"[ !#-)+-.0-9;=@-\[\]-{}~/]+")
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
            _shown(shown),
            f"the name of {_shown(shown)!r} {said}; zip the folder again with 7-Zip, macOS Finder"
            " or zip 3, which write names as UTF-8",
        ) from error


def check(name: str) -> str:
    """Check one path against every rule and give it as NFC, without a folder's last slash.

    Raises BadBundle with the rule that it breaks.
    """
    plain = _PLAIN.fullmatch(name) is not None
    path = name.removesuffix("/")
    if not plain:
        path = unicodedata.normalize("NFC", path)
    if not path or name.startswith("/"):
        raise _bad("name_absolute", name, "is empty or absolute; zip the folder itself")
    if len(path) > MAX_PATH_CHARS:
        raise _bad("name_too_long", name, f"is longer than {MAX_PATH_CHARS} characters; shorten it")
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise _bad("name_too_deep", name, f"lies deeper than {MAX_DEPTH} folders; move it up")
    for part in parts:
        _check_part(part, name, plain=plain)
    if path.lower().endswith(_ARCHIVES) and not name.endswith("/"):
        raise _bad("nested_archive", name, "is an archive in the archive; unpack it first")
    return path


def _check_part(part: str, name: str, *, plain: bool) -> None:
    if part in {"", ".", ".."}:
        raise _bad("name_traversal", name, "has an empty, . or .. part; zip the folder itself")
    if not plain:
        _check_characters(part, name)
    if part[-1] in ". ":
        raise _bad("name_trailing", name, "has a part that ends with a dot or space; rename it")
    if part[0] in "~-":
        raise _bad("name_leading", name, f"has a part that starts with {part[0]!r}; rename it")
    if len(part) > MAX_COMPONENT_CHARS or len(part.encode()) > MAX_COMPONENT_BYTES:
        raise _bad("name_too_long", name, f"has a part longer than {MAX_COMPONENT_CHARS}")
    if part.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        raise _bad("name_reserved", name, "has a part that is a device on Windows; rename it")


def _check_characters(part: str, name: str) -> None:
    for char in part:
        if char in _FORBIDDEN:
            raise _bad("name_forbidden", name, f"has a {char!r}, which Windows refuses; rename it")
        if char not in _JOINERS and (
            unicodedata.category(char) in _REFUSED_CATEGORIES or ord(char) & 0xFFFE == 0xFFFE
        ):
            raise _bad(
                "name_control", name, f"has the invisible character U+{ord(char):04X}; rename it"
            )


def key(part: str) -> str:
    """Give what two names share when some file system would take them for one."""
    if part.isascii():
        return part.lower()
    visible = "".join(char for char in part if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).casefold())


def _bad(code: str, name: str, why: str) -> BadBundle:
    return BadBundle(code, _shown(name), f"the entry {_shown(name)!r} {why}")


def _shown(name: str) -> str:
    return name if len(name) <= 200 else name[:200] + "..."
