"""Reads the first text document out of the COS data that After Effects keeps per text layer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.aep.model import Justify, TextContent

MAX_COS_BYTES = 2_000_000
MAX_DEPTH = 64
MAX_TEXT = 100_000

# A string's closing parenthesis is the first that no backslash precedes: After Effects escapes
# every one inside. Possessive repeats and an optional end keep hostile input linear: without
# the option, each of many unclosed strings would be searched to the end of the data.
_TOKEN = re.compile(
    rb"(?P<open><<|\[)|(?P<close>>>|\])|/(?P<name>[^\s/<>\[\]()]*+)"
    rb"|(?P<string>\([^\\)]*+(?:\\.[^\\)]*+)*+\)?)|(?P<atom>[^\s/<>\[\]()]++)",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTER = {b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"t": b"\t"}

_FONT = ("0", "1", "0", "*", "0", "0", "0")
_BOX = ("0", "8", "0", 0, "0", "1", "0", "*")
_DOC = ("1", "1", 0, "0")
_TEXT = (*_DOC, "0")
_PARAGRAPH = (*_DOC, "5", "0", 0, "0", "0", "5")
_CHARACTER = (*_DOC, "6", "0")
_COMPOSER = ("1", "4", "3")
_JUSTIFY: tuple[Justify, ...] = ("left", "right", "center", "full", "full", "full", "full")

Path = tuple[str | int, ...]
Atom = tuple[Path, bytes, bool]


def atoms(data: bytes) -> Iterator[Atom]:
    """Yield (path, raw bytes, is a string) of each value; stops where the data stops to be COS."""
    path: list[str | int] = []
    kinds: list[bytes] = []
    for match in _TOKEN.finditer(data):
        kind, token = match.lastgroup, match.group()
        if kind == "open":
            if len(kinds) >= MAX_DEPTH:
                return
            kinds.append(token)
            path.append(0 if token == b"[" else "")
        elif kind == "close":
            if not kinds:
                return
            kinds.pop()
            path.pop()
            _advance(path, kinds)
        elif kind == "name" and _expects_key(path, kinds):
            name = match.group("name").decode("latin-1")
            if kinds:
                path[-1] = name
            else:
                path[:] = [name]
        else:
            text = kind == "string"
            if text and not token.endswith(b")"):
                return
            yield tuple(path), token[1:-1] if text else token, text
            _advance(path, kinds)


def _expects_key(path: list[str | int], kinds: list[bytes]) -> bool:
    """Tell a key from a value: the outermost level is a dictionary without its brackets."""
    if not kinds:
        return True
    return kinds[-1] == b"<<" and path[-1] == ""


def _advance(path: list[str | int], kinds: list[bytes]) -> None:
    """Step to the next element of a list, or wait for the next key of a dictionary."""
    if kinds and path:
        last = path[-1]
        path[-1] = last + 1 if isinstance(last, int) else ""


def string(raw: bytes) -> str:
    """Decode a COS string to valid Unicode: escapes, then UTF-16 by its mark, else UTF-8."""

    def plain(match: re.Match[bytes]) -> bytes:
        body = match.group(1)
        if body[:1].isdigit():
            return bytes([int(body, 8) & 0xFF])
        return _LETTER.get(body, body)

    body = _ESCAPE.sub(plain, raw) if b"\\" in raw else raw
    if body[:2] == b"\xfe\xff":
        text = body[2:].decode("utf-16-be", "replace")
    elif body[:2] == b"\xff\xfe":
        text = body[2:].decode("utf-16-le", "replace")
    else:
        text = body.decode("utf-8", "replace")
    return text.replace("\x00", "")


class _Found:
    """Collects the values that matter while the atoms stream by."""

    def __init__(self) -> None:
        self.fonts: list[str] = []
        self.box: list[float] = []
        self.text: str | None = None
        self.numbers: dict[str, float] = {}
        self.used: list[int] = []
        self.fill: list[float] = []
        self.composer: str | None = None

    def take(self, path: Path, raw: bytes, is_string: bool) -> None:
        """Look at one value and keep it when its path is one that matters."""
        if path[:1] == ("0",):
            self._take_shared(path, raw, is_string)
        elif path == _TEXT and is_string:
            self.text = string(raw[: 4 * MAX_TEXT])[:MAX_TEXT]
        elif path == _COMPOSER and is_string:
            self.composer = string(raw[:200])
        elif path[:-1] == _PARAGRAPH:
            self.numbers[f"p{path[-1]}"] = _number(raw)
        elif path[:6] == _CHARACTER and path[7:10] == ("0", "0", "6"):
            self._take_character(path, raw)

    def _take_shared(self, path: Path, raw: bytes, is_string: bool) -> None:
        if len(path) != len(_FONT) and len(path) != len(_BOX):
            return
        if is_string and _like(path, _FONT) and len(self.fonts) < 1000:
            self.fonts.append(string(raw[:1000]))
        elif _like(path, _BOX) and len(self.box) < 16:
            self.box.append(_number(raw))

    def _take_character(self, path: Path, raw: bytes) -> None:
        tail = path[10:]
        if tail == ("0",):
            self.used.append(int(_number(raw)))
        if path[6] == 0:
            if len(tail) == 1:
                self.numbers[f"c{tail[0]}"] = _number(raw)
            elif tail[:-1] == ("53", "0", "1"):
                self.fill.append(_number(raw))


def _like(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        want in (got, "*") for got, want in zip(path, pattern, strict=True)
    )


def _number(raw: bytes) -> float:
    try:
        value = float(raw)
    except ValueError:
        return 0.0
    return value if abs(value) < 1e9 else 0.0


def read_text(data: bytes) -> TextContent | None:
    """Read the first document of a text layer; None when there is none that can be read."""
    found = _Found()
    for path, raw, is_string in atoms(data[:MAX_COS_BYTES]):
        found.take(path, raw, is_string)
    if found.text is None:
        return None
    text = found.text.removesuffix("\r").replace("\r", "\n").replace("\x03", "\n")
    numbers, fonts = found.numbers, found.fonts
    used = [fonts[i] for i in found.used if 0 <= i < len(fonts)]
    justify = int(numbers.get("p0", 0))
    size = numbers.get("c1", 0.0)
    return TextContent(
        text=text,
        font=used[0] if used else None,
        font_size=size if size > 0 else None,
        fill=_color(found.fill),
        justify=_JUSTIFY[justify] if 0 <= justify < len(_JUSTIFY) else None,
        direction="rtl" if numbers.get("p33") == 1 else "ltr",
        composer={"DVA": "latin", "Universal": "universal"}.get(found.composer or ""),  # type: ignore[arg-type]
        digit_set=int(numbers.get("c70", 0)),
        box=_box(found.box),
        fonts=tuple(dict.fromkeys(used)),
    )


def _color(argb: list[float]) -> tuple[int, int, int] | None:
    if len(argb) != 4:
        return None
    r, g, b = (min(255, max(0, round(part * 255))) for part in argb[1:])
    return r, g, b


def _box(outline: list[float]) -> tuple[float, float] | None:
    """Give width and height of a text box from its outline (corners as x, y; the 7th is far)."""
    if len(outline) < 14:
        return None
    return abs(outline[12] - outline[0]), abs(outline[13] - outline[1])
