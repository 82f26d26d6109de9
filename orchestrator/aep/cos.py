"""Reads the first text document out of the COS data that After Effects keeps per text layer."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from orchestrator.aep import usual
from orchestrator.aep.model import Justify, TextContent

MAX_COS_BYTES = 2_000_000
MAX_DEPTH = 64
# Real data has a token that matters per forty bytes or so; denser data costs more than it is.
STEPS_AT_LEAST, BYTES_PER_STEP = 200, 8
MAX_TEXT = 100_000

# A string's closing parenthesis is the first that no backslash precedes: After Effects escapes
# every one inside. Possessive repeats and an optional end keep hostile input linear: without
# the option, each of many unclosed strings would be searched to the end of the data.
_STRING = rb"\([^\\)]*+(?:\\.[^\\)]*+)*+\)?"
_WORD = rb"[^\s/<>\[\]()]"
_NAME_ONLY = re.compile(rb"/" + _WORD + rb"*+")
_PAIR = re.compile(rb"/(" + _WORD + rb"*+)\s++(" + _WORD + rb"++)")
# Names with plain values come in long runs; one match takes up to so many of them.
_RUN_OF_PAIRS = rb"((?:/" + _WORD + rb"*+\s++" + _WORD + rb"++\s*+){1,200}+)"
_TOKEN = re.compile(
    rb"|".join(
        (
            _RUN_OF_PAIRS,
            rb"(<<|\[)",
            rb"(>>|\])",
            rb"(" + _STRING + rb")",
            rb"/(" + _WORD + rb"*+)",
            rb"(" + _WORD + rb"++)",
        )
    ),
    re.DOTALL,
)
_PAIRS, _OPEN, _CLOSE, _TEXT, _NAME = 1, 2, 3, 4, 5
_BRACKET = re.compile(rb"<<|\[|>>|\]|" + _STRING, re.DOTALL)
_OPENS, _CLOSES = frozenset({b"<<", b"["}), frozenset({b">>", b"]"})
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTER = {b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"t": b"\t"}
_COMPOSERS: dict[str, Literal["latin", "universal"]] = {"DVA": "latin", "Universal": "universal"}
_JUSTIFY: tuple[Justify, ...] = ("left", "right", "center", "full", "full", "full", "full")

Key = str | int
Wanted = dict[Key, Any]
Tree = dict[Key, Any]
_EACH: Key = "*"
# Where the values stand that matter: keys of dictionaries, numbers of list elements, True for a
# value itself. All else is passed over at the speed of the regex engine: a text has hundreds of
# values, and nearly all of a scan's time would go into them.
_RUN: Wanted = {"0": {"0": {"6": {"0": True}}}}
_FIRST_RUN: Wanted = {
    "0": {"0": {"6": {"0": True, "1": True, "70": True, "53": {"0": {"1": {_EACH: True}}}}}}
}
_DOCUMENT: Wanted = {
    "0": True,
    "5": {"0": {0: {"0": {"0": {"5": {"0": True, "33": True}}}}}},
    "6": {"0": {0: _FIRST_RUN, _EACH: _RUN}},
}
_WANTED: Wanted = {
    "0": {
        "1": {"0": {_EACH: {"0": {"0": {"0": True}}}}},
        "8": {"0": {0: {"0": {"1": {"0": {_EACH: True}}}}}},
    },
    "1": {"1": {0: {"0": _DOCUMENT}}, "4": {"3": True}},
}


def parse(data: bytes) -> Tree:
    """Read what is wanted of COS data: nested dictionaries, lists by number, values as they stand.

    Stops where the data stops to be COS, or is endless, and gives what came before.
    """
    root: Tree = {}
    node, wanted, key, is_list = root, _WANTED, cast("Key | None", None), False
    stack: list[tuple[Tree, Wanted, Key | None, bool]] = []
    at, steps = 0, STEPS_AT_LEAST + len(data) // BYTES_PER_STEP
    while steps > 0 and (match := _TOKEN.search(data, at)) is not None:
        steps -= 1
        at, kind = match.end(), match.lastindex
        if kind == _PAIRS:
            if key is None:
                _take_pairs(match[0], wanted, node)
                continue
            # A name in a value's place: what follows it is the next value, or a key.
            name = _NAME_ONLY.match(data, match.start())
            at = name.end() if name is not None else at
        elif kind == _NAME and key is None:
            key = match[_NAME].decode("latin-1")
            continue
        elif kind == _CLOSE:
            if not stack:
                return root
            node, wanted, key, is_list = stack.pop()
        elif kind == _OPEN:
            inner = None if key is None else _wanted(wanted, key)
            if isinstance(inner, dict) and len(stack) < MAX_DEPTH:
                stack.append((node, wanted, key, is_list))
                outer, node = node, {}
                outer[cast("Key", key)] = node
                wanted, is_list = inner, match[0] == b"["
                key = 0 if is_list else None
                continue
            at = _end(data, at)
            if at < 0:
                return root
        elif kind == _TEXT and not match[0].endswith(b")"):
            return root
        elif key is not None and _wanted(wanted, key) is True:
            node[key] = match[0]
        key = key + 1 if is_list and isinstance(key, int) else None
    return root


def _take_pairs(run: bytes, wanted: Wanted, node: Tree) -> None:
    """Keep the wanted ones of a run of names with plain values."""
    names = [key for key, inner in wanted.items() if inner is True and isinstance(key, str)]
    if names:
        pairs = dict(_PAIR.findall(run))
        for name in names:
            value = pairs.get(name.encode())
            if value is not None:
                node[name] = value


def _wanted(wanted: Wanted, key: Key) -> object:
    """Say what is wanted at a key; of a long list, only what a real one could hold."""
    found = wanted.get(key)
    if found is None and isinstance(key, int) and key < usual.MAX_LISTED:
        return wanted.get(_EACH)
    return found


def _end(data: bytes, at: int) -> int:
    """Find where a list or dictionary ends that began before `at`; -1 when it never does."""
    depth = 1
    for match in _BRACKET.finditer(data, at):
        token = match[0]
        if token in _OPENS:
            depth += 1
        elif token in _CLOSES:
            depth -= 1
            if depth == 0:
                return match.end()
    return -1


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


def _at(tree: Tree, *path: Key) -> Any:
    """Give what stands at a path; None where nothing does."""
    found: Any = tree
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _list(found: Any) -> list[Any]:
    return list(found.values()) if isinstance(found, dict) else []


def _text(raw: Any, most: int) -> str | None:
    """Decode a value that is a string, at most so many characters of it."""
    if not isinstance(raw, bytes) or raw[:1] != b"(":
        return None
    return string(raw[1:-1][: 4 * most])[:most]


def _number(raw: Any) -> float:
    try:
        value = float(raw) if isinstance(raw, bytes) else 0.0
    except ValueError:
        return 0.0
    return value if abs(value) < 1e9 else 0.0


def read_text(data: bytes) -> TextContent | None:
    """Read the first document of a text layer; None when there is none that can be read."""
    data = data[:MAX_COS_BYTES]
    found = usual.take(data) or _document(parse(data))
    text = _text(found.text, MAX_TEXT)
    if text is None:
        return None
    numbers = dict.fromkeys(int(_number(raw)) for raw in found.run_fonts)
    names = (_font(found.fonts, number) for number in numbers)
    used = tuple(dict.fromkeys(name for name in names if name is not None))
    justify = int(_number(found.justify))
    size = _number(found.size)
    return TextContent(
        text=text.removesuffix("\r").replace("\r", "\n").replace("\x03", "\n"),
        font=used[0] if used else None,
        font_size=size if size > 0 else None,
        fill=_color([_number(raw) for raw in found.fill]),
        justify=_JUSTIFY[justify] if 0 <= justify < len(_JUSTIFY) else None,
        direction="rtl" if _number(found.direction) == 1 else "ltr",
        composer=_COMPOSERS.get(_text(found.composer, 50) or ""),
        digit_set=int(_number(found.digit_set)),
        box=_box([_number(raw) for raw in found.outline]),
        fonts=used,
    )


def _document(tree: Tree) -> usual.Document:
    """Gather what was found of the first document."""
    document = _at(tree, "1", "1", 0, "0")
    runs = _list(_at(document, "6", "0"))
    character = _at(document, "6", "0", 0, "0", "0", "6") or {}
    paragraph = _at(document, "5", "0", 0, "0", "0", "5") or {}
    return usual.Document(
        text=_at(document, "0"),
        fonts=[_at(font, "0", "0", "0") for font in _list(_at(tree, "0", "1", "0"))],
        run_fonts=[raw for run in runs if (raw := _at(run, "0", "0", "6", "0")) is not None],
        size=character.get("1"),
        fill=_list(_at(character, "53", "0", "1")),
        digit_set=character.get("70"),
        justify=paragraph.get("0"),
        direction=paragraph.get("33"),
        composer=_at(tree, "1", "4", "3"),
        outline=_list(_at(tree, "0", "8", "0", 0, "0", "1", "0")),
    )


def _font(fonts: list[bytes], number: int) -> str | None:
    """Name the font of a number that a run of characters gives."""
    return _text(fonts[number], 250) if 0 <= number < len(fonts) else None


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
