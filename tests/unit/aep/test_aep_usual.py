"""Texts in After Effects' own layout are taken by it; the parser would say the same of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.aep import cos, usual
from orchestrator.aep.model import TextContent
from tests.bench.scan import files

FONT = "<< /0 << /99 /CoolTypeFont /0 << /0 ({}) /2 1 /5 (Version 7) >> >> >>"
PAINT = "/53 << /99 /SimplePaint /0 << /0 1 /1 [ 1.0 1.0 .5 0.0 ] >> >>"
STYLE = "/2 false /43 << /0 .5 >> " + PAINT + " /66 [ ] /70 3 /79 << /99 /X /0 << /1 [ 0 ] >> >>"
RUN = "<< /0 << /0 << /0 () /5 0 /6 << /0 {} /1 {} " + STYLE + " >> >> >> /1 4 >>"
PARAGRAPH = "<< /0 << /0 << /0 () /5 << /0 {} /17 [ .8 1.0 ] /30 << >> /33 1 >> /6 0 >> >> /1 9 >>"
TEXT = (
    f" /0 << /0 (one\\) two\r) /5 << /0 [ {PARAGRAPH.format(2)} {PARAGRAPH.format(1)} ] >>"
    f" /6 << /0 [ {RUN.format(1, 40.5)} {RUN.format(0, 12.0)} {RUN.format(1, 9.0)} ] >> >>"
)
OUTLINE = "/1 << /0 [ 1 2 1 2 9 2 9 2 9 2 9 2 9 7.5 9 7.5 ] >> "
FRAME = "/2 << /0 1 /6 [ 0.0 .9 ] /11 << /4 -1 >> >> "
DATA = (
    f" /98 << /0 7 >> /0 << /1 << /0 [ {FONT.format('A')} {FONT.format('B')} ] >>"
    f" /4 << /0 [ ] >> /8 << /0 [ << /0 << {OUTLINE}{FRAME}>> >> ] >> >>"
    " /1 << /4 << /0 7 /3 (DVA) >> /0 << /0 << /0 2 /1 [ << /0 (x) >> ] >> >>"
    f" /1 [ <<{TEXT} /1 << /0 [ << /0 0 >> ] >> >> ] /2 << /0 1 >> >>"
)
EXPECTED = TextContent(
    text="one) two",
    font="B",
    font_size=40.5,
    fill=(255, 128, 0),
    justify="center",
    direction="rtl",
    composer="latin",
    digit_set=3,
    box=(8.0, 5.5),
    fonts=("B", "A"),
)


def parsed(data: bytes, monkeypatch: pytest.MonkeyPatch) -> TextContent | None:
    """Read by the parser alone."""
    with monkeypatch.context() as patch:
        patch.setattr(usual, "take", lambda data: None)
        return cos.read_text(data)


def test_the_usual_layout_is_taken_and_means_what_the_parser_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = DATA.encode()
    assert usual.take(data) is not None
    assert cos.read_text(data) == EXPECTED
    assert parsed(data, monkeypatch) == EXPECTED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OUTLINE + FRAME, FRAME + OUTLINE),
        (f"[ <<{TEXT} ", f"[ <<{TEXT} >> << /0 << /0 (second) >> "),
        ("/1 << /4 << /0 7 /3 (DVA) >> ", "/1 << "),
        (PAINT, PAINT.replace("/0 1 /1", "/1")),
        ("/6 << /0 1 /1 40.5", "/6 << /1 40.5 /0 1"),
        ("/5 << /0 2 ", "/5 << /9 (s) /0 2 "),
        ("/2 1 /5 (Version 7)", "/2 << /3 4 >>"),
        (FRAME, ""),
        (" /98 << /0 7 >>", ""),
        ("/6 << /0 [ ", "/9 1 /6 << /0 [ "),
        ("(one", "(/1 [ << /0 << /0 \\("),
    ],
)
def test_any_other_layout_means_the_same_to_both(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DATA.replace(old, new).encode("latin-1")
    assert data != DATA.encode()
    assert cos.read_text(data) == parsed(data, monkeypatch) is not None


def test_a_composer_that_is_named_last_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    composer = "/4 << /0 7 /3 (DVA) >> "
    data = DATA.replace(composer, "").replace("/2 << /0 1 >> >>", composer + ">>").encode()
    assert cos.read_text(data) == parsed(data, monkeypatch) == EXPECTED


def test_texts_of_real_projects_have_the_usual_layout_and_mean_the_same(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        data[at + 4 : at + size]
        for data in files.projects().values()
        for at in _places(data, b"btdk")
        if (size := int.from_bytes(data[at - 4 : at], "big")) < 1_000_000
    ]
    assert len(found) > 30
    for data in found:
        assert usual.take(data) is not None
        assert cos.read_text(data) == parsed(data, monkeypatch)


def _places(data: bytes, kind: bytes) -> list[int]:
    at, found = data.find(kind), []
    while at >= 0:
        if data[at - 8 : at - 4] == b"LIST":
            found.append(at)
        at = data.find(kind, at + 1)
    return found
