"""The preview writes text as After Effects' composers do, Persian above all."""

import hashlib
import unicodedata
from pathlib import Path

import py_aep
import pytest
import uharfbuzz as hb

from node_agent.preview.draw.text.bidi import levels, visual_runs
from node_agent.preview.draw.text.fonts import VENDORED, Font, FontLibrary
from node_agent.preview.draw.text.shaping import Glyph, Style, shape_line
from tests.support.films import draw, film, ink, pixel, stage, text, transform

SALAM = "سلام"


def _font() -> Font:
    return FontLibrary([]).find("Vazirmatn-Regular")


def _shape(words: str, *, universal: bool = True, rtl: bool = True) -> list[Glyph]:
    return shape_line(words, Style((_font(),), 100.0, 0.0, universal, rtl))[0]


def _alone(letter: str) -> int:
    return int(_font().shaper.get_nominal_glyph(ord(letter)))


def _names(glyphs: list[Glyph]) -> list[str]:
    return [g.font.shaper.get_glyph_name(g.glyph) for g in glyphs]


def test_persian_letters_join_and_the_first_stands_rightmost() -> None:
    glyphs = [g for g in _shape(SALAM) if g.advance > 0]
    forms = [unicodedata.name(chr(int(name[3:7], 16))) for name in _names(glyphs)]
    # As seen from left to right; the word starts at its right end.
    assert forms == [
        "ARABIC LETTER MEEM",
        "ARABIC LIGATURE LAM WITH ALEF FINAL FORM",
        "ARABIC LETTER SEEN INITIAL FORM",
    ]
    assert [g.x for g in glyphs] == sorted(g.x for g in glyphs)


def test_the_shapes_are_those_that_the_shaping_library_makes_of_the_whole_word() -> None:
    buffer = hb.Buffer()
    buffer.add_str(SALAM)
    buffer.guess_segment_properties()
    hb.shape(_font().shaper, buffer)
    assert [g.glyph for g in _shape(SALAM)] == [i.codepoint for i in buffer.glyph_infos]


def test_the_latin_composer_leaves_persian_unjoined_and_in_typed_order() -> None:
    glyphs = _shape(SALAM, universal=False, rtl=False)
    assert [g.glyph for g in glyphs] == [_alone(letter) for letter in SALAM]
    assert [g.x for g in glyphs] == sorted(g.x for g in glyphs)


def test_latin_words_and_digits_keep_their_order_inside_a_persian_line() -> None:
    words = "سال Farm 1404"
    seen = "".join(words[g.cluster] for g in _shape(words))
    assert seen.index("F") < seen.index("m")
    assert seen.index("1") < seen.index("4")
    # Digits after a Latin word belong to it; the Persian word, first, stands rightmost.
    assert seen.index("F") < seen.index("1") < seen.index("س")


def test_persian_inside_a_left_to_right_line_is_joined_at_its_place() -> None:
    words = "Hi سلام!"
    seen = [words[g.cluster] for g in _shape(words, rtl=False)]
    assert seen[:3] == ["H", "i", " "]
    assert seen[-1] == "!"
    assert seen[-2] == "س"


def test_brackets_turn_with_the_direction() -> None:
    glyphs = _shape("(سلام)")
    assert _names(glyphs)[0] == _names(_shape("(", rtl=False))[0]


def test_trailing_spaces_take_the_direction_of_the_paragraph() -> None:
    words = "abc "
    runs = visual_runs(words, levels(words, rtl=True), rtl=True)
    assert [(r.start, r.end) for r in runs] == [(3, 4), (0, 3)]


def test_isolates_and_lone_surrogates_do_no_harm() -> None:
    assert _shape("\u2067سلام\u2069 ok")
    comp = film()
    layer = text(comp, "x")
    shown = stage(comp)
    source = layer.text.property("ADBE Text Document")
    source.expression = '"\\ud800 ok"'
    assert shown.frame(comp, 0.0)[:, :, 3].any()


def test_every_character_is_drawn_with_a_font_that_has_it() -> None:
    regular = _font()
    assert regular.has("پ")
    assert regular.has("ژ")
    assert not regular.has("漢")


def test_centred_text_stands_around_its_point_and_right_text_before_it() -> None:
    boxes = {}
    for name in ("LEFT_JUSTIFY", "CENTER_JUSTIFY", "RIGHT_JUSTIFY"):
        comp = film()
        justification = py_aep.ParagraphJustification[name]
        layer = text(comp, "HHHH", font_size=20.0, justification=justification)
        transform(layer, "Position").value = [100, 60, 0]
        boxes[name] = ink(draw(comp))
    left, centre, right = boxes.values()
    assert left[0] > 100
    assert abs((centre[0] + centre[2]) / 2 - 100) <= 1.5
    assert right[2] < 100
    assert left[3] == right[3] == 59


def test_lines_stand_a_leading_apart() -> None:
    comp = film(200, 200)
    layer = text(comp, "H\rH", font_size=20.0, leading=50.0)
    transform(layer, "Position").value = [50, 60, 0]
    pixels = draw(comp)
    assert ink(pixels)[3] == 109
    assert not pixels[62:94, :, 3].any()


def test_box_text_breaks_at_spaces_and_stays_inside() -> None:
    comp = film(300, 200)
    layer = comp.add_box_text([120.0, 180.0], "one two three four five")
    document = layer.text.property("ADBE Text Document").value
    document.font, document.font_size = "Vazirmatn-Regular", 20.0
    left, top, right, bottom = ink(draw(comp))
    assert right - left <= 120
    assert bottom - top > 30


def test_a_box_begins_a_d_below_its_top_and_hides_the_lines_below_it() -> None:
    comp = film(200, 200)
    layer = comp.add_box_text([150.0, 100.0], "d\rd\rd\rd")
    document = layer.text.property("ADBE Text Document").value
    document.font, document.font_size, document.leading = "Vazirmatn-Regular", 40.0, 40.0
    _, top, _, bottom = ink(draw(comp))
    assert top == pytest.approx(50, abs=1)
    # Baselines stand at 80, 120 and 160; the third is below the box, which ends at 150.
    assert bottom == pytest.approx(50 + 40 * _font().ascent / _font().upem + 40, abs=2)


def test_text_takes_its_fill_colour() -> None:
    comp = film()
    layer = text(comp, "\u2588\u2588" if _font().has("\u2588") else "IIII", font_size=60.0)
    layer.text.property("ADBE Text Document").value.fill_color = [0.0, 0.0, 1.0]
    pixels = draw(comp)
    shown = pixels[pixels[:, :, 3] == 255]
    assert len(shown) > 20
    assert {tuple(int(c) for c in p[:3]) for p in shown} == {(0, 0, 255)}


def test_a_missing_font_is_substituted_and_named() -> None:
    comp = film()
    text(comp, "Hello", font="Arial-BoldMT")
    shown = stage(comp)
    assert shown.frame(comp, 0.0).any()
    assert shown.fonts.missing == {"Arial-BoldMT": "Vazirmatn-Bold"}


def test_a_font_in_the_jobs_folder_is_used_by_its_postscript_name(tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "anything.ttf").write_bytes((VENDORED / "Vazirmatn-Bold.ttf").read_bytes())
    (folder / "broken.ttf").write_bytes(b"not a font")
    library = FontLibrary([folder])
    assert library.find("Vazirmatn-Bold").name == "Vazirmatn-Bold"
    assert library.missing == {}


def test_the_vendored_fonts_are_the_ones_whose_hashes_are_kept() -> None:
    for line in (VENDORED / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest
    assert "SIL OPEN FONT LICENSE" in (VENDORED / "OFL.txt").read_text().upper()


def test_a_text_of_two_values_gives_two_pictures() -> None:
    pictures = []
    for words in ("سلام", "درود"):
        comp = film()
        text(comp, words, rtl=True, font_size=30.0)
        pictures.append(draw(comp).tobytes())
    assert pictures[0] != pictures[1]


def test_tracking_spreads_latin_but_never_tears_persian_apart() -> None:
    wide = Style((_font(),), 100.0, 30.0, universal=True, rtl=True)
    plain = Style((_font(),), 100.0, 0.0, universal=True, rtl=True)
    assert shape_line(SALAM, wide)[1] == shape_line(SALAM, plain)[1]
    assert shape_line("abc", wide)[1] == pytest.approx(shape_line("abc", plain)[1] + 90)


def test_a_text_animator_is_counted() -> None:
    comp = film()
    layer = text(comp, "Hello")
    layer.text.property("ADBE Text Animators").add_property("ADBE Text Animator")
    shown = stage(comp)
    shown.frame(comp, 0.0)
    assert shown.counts.as_dict() == {"text animator": 1}
    assert pixel(shown.frame(comp, 0.0), 0, 0) == (0, 0, 0, 0)
