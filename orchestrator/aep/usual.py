"""Takes a text document out of COS data that is laid out as After Effects itself writes it.

Hundreds of values stand around the few that matter. Going from one known place to the next
costs a tenth of reading them all; data of any other layout is left to the parser in `cos`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_LISTED = 1000

# Every repeat is possessive, and a pattern with a string in it is tried at one place only: each
# of many unclosed strings would be searched to the end of the data.
_STRING = rb"\([^\\)]*+(?:\\.[^\\)]*+)*+\)"
_WORD = rb"[^\s/<>\[\]()]++"
_NUMBERS = rb"[^/<>\[\]()]*+"
# Values without strings, and lists and dictionaries of such, three levels deep.
_PLAIN = rb"[^<>\[\]()]++|\[[^<>\[\]()]*+\]"
_FLAT = rb"(?:" + _PLAIN + rb"|<<(?:" + _PLAIN + rb"|<<(?:" + _PLAIN + rb")*+>>)*+>>)*+"
_FONT = rb"<< /0 << /99 /CoolTypeFont /0 << /0 "
_END_OF_PARAGRAPH = rb">> (?:/6 \d++ )?+>> >> /1 \d++ >> "


def _compiled(*parts: bytes) -> re.Pattern[bytes]:
    return re.compile(b"".join(parts), re.DOTALL)


_HEAD = _compiled(
    rb"\s*+(?:/98 << /0 \d++ >> )?+/0 << /1 << /0 \[ ",
    *(rb"((?:", _FONT, _STRING, rb"(?:[^<>()]++|", _STRING, rb")*+>> >> >> )*+)\] >> "),
)
_FONT_NAME = _compiled(_FONT, rb"(", _STRING, rb")")
_FRAME_BEGIN = b"/8 << /0 [ << /0 << "
_FRAME = _compiled(
    *(rb"(?:/1 << /0 \[ (", _NUMBERS, rb")\] >> )?+/2 << ", _FLAT, rb">> >> >> \] >> >> "),
    *(rb"/1 << (?:/4 << (?:/\d++ ", _WORD, rb" )*+/3 (", _STRING, rb") >> )?+/0 << "),
)
_DOCUMENT_BEGIN = b"/1 [ << /0 << /0 ("
_DOCUMENT = _compiled(
    *(rb"/1 \[ << /0 << /0 (", _STRING, rb") /5 << /0 \[ << /0 << /0 << /0 ", _STRING),
    *(rb" /5 << /0 (", _WORD, rb") (", _FLAT, rb")", _END_OF_PARAGRAPH),
    *(rb"(?:<< /0 << /0 << /0 ", _STRING, rb" /5 << ", _FLAT, _END_OF_PARAGRAPH, rb")*+"),
    rb"\] >> /6 << /0 \[ ",
)
_RUN = _compiled(
    *(rb"<< /0 << /0 << /0 ", _STRING, rb" (?:/5 \d++ )?+/6 << /0 (", _WORD, rb") "),
    *(rb"/1 (", _WORD, rb") (", _FLAT, rb")>> >> >> /1 \d++ >> "),
)
_DIRECTION = _compiled(rb"/33 (", _WORD, rb")")
_DIGITS = _compiled(rb"/70 (", _WORD, rb")")
_PAINT = _compiled(rb"/53 << /99 /SimplePaint /0 << /0 \d++ /1 \[ (", _NUMBERS, rb")\]")
_LATER_COMPOSER = _compiled(rb"/4 << (?:/\d++ ", _WORD, rb" )*+/3 \(")


class Document(NamedTuple):
    """The values of a text document as they stand in the data; None for what is not there."""

    text: bytes | None
    fonts: list[bytes]
    run_fonts: list[bytes]
    size: bytes | None
    fill: list[bytes]
    digit_set: bytes | None
    justify: bytes | None
    direction: bytes | None
    composer: bytes | None
    outline: list[bytes]


def take(data: bytes) -> Document | None:
    """Take the first document out of COS data; None when its layout is not the usual one."""
    head = _HEAD.match(data)
    at = data.find(_FRAME_BEGIN, head.end()) if head is not None else -1
    frame = _FRAME.match(data, at + len(_FRAME_BEGIN)) if at >= 0 else None
    at = data.find(_DOCUMENT_BEGIN, frame.end()) if frame is not None else -1
    document = _DOCUMENT.match(data, at) if at >= 0 else None
    if head is None or frame is None or document is None:
        return None
    composer: bytes | None = frame[2]
    runs = _runs(data, document.end())
    if not runs or not _is_all(data, runs[-1].end(), composer):
        return None
    style = runs[0][3]
    paint = _PAINT.search(style)
    if paint is None and b"/53 " in style:
        return None
    return Document(
        text=document[1],
        fonts=_FONT_NAME.findall(head[1])[:MAX_LISTED],
        run_fonts=[run[1] for run in runs],
        size=runs[0][2],
        fill=paint[1].split(None, 5) if paint is not None else [],
        digit_set=_found(_DIGITS.search(style)),
        justify=document[2],
        direction=_found(_DIRECTION.search(document[3])),
        composer=composer,
        outline=frame[1].split(None, 14) if frame[1] is not None else [],
    )


def _runs(data: bytes, at: int) -> list[re.Match[bytes]]:
    """Match one run of characters after the other."""
    runs: list[re.Match[bytes]] = []
    while len(runs) < MAX_LISTED and (run := _RUN.match(data, at)) is not None:
        runs.append(run)
        at = run.end()
    return runs


def _is_all(data: bytes, at: int, composer: bytes | None) -> bool:
    """Tell whether a document ends at a place, and nothing after it speaks of a text too."""
    if not data.startswith(b"] >>", at) or data.find(_DOCUMENT_BEGIN, at) >= 0:
        return False
    return composer is not None or _LATER_COMPOSER.search(data, at) is None


def _found(match: re.Match[bytes] | None) -> bytes | None:
    return match[1] if match is not None else None
