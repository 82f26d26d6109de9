"""The sentences of the naming convention that no other test of scans holds, one by one."""

from __future__ import annotations

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.wire.scan import ScanElement, ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def text(name: str, value: str = "x", **more: object) -> LayerSpec:
    return LayerSpec(name, text=value, cos_data=rifx.cos(value, **more))  # type: ignore[arg-type]


def scan(*comps: CompSpec, extra: tuple[bytes, ...] = (), **more: object) -> ScanResult:
    return scan_project(aep.read(rifx.comps(*comps, extra=extra)), **more)  # type: ignore[arg-type]


def fields(result: ScanResult) -> dict[str, ScanElement]:
    return {f"{s.key}.{e.key}": e for s in result.scenes for e in s.elements}


def codes(result: ScanResult) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in result.problems]


def test_the_shared_comp_is_a_shared_scene_behind_the_others() -> None:
    share = CompSpec("frshare", (text("slogan", "Hi"),))
    final = CompSpec("frfinal", (text("frl_c2t1"), text("frl_c1t1")))
    result = scan(share, final)
    assert [(s.key, s.order, s.shared) for s in result.scenes] == [
        ("c1", 0, False),
        ("c2", 1, False),
        ("frshare", 2, True),
    ]


def test_one_shared_key_twice_is_an_error_that_names_both_places_whatever_the_values_are() -> None:
    share = CompSpec(
        "frshare", (text("accent", "1,2,3,4"), text("Accent", "2"), text("frd_color", "1,2,3"))
    )
    other = CompSpec("frfinal", (text("frl_c1t1"), text("frd_Color", "4,5,6")))
    result = scan(share, other)
    assert [(p.code, p.level) for p in result.problems] == [
        ("duplicate_control", "error"),
        ("duplicate_color", "error"),
    ]
    assert "frshare/accent and in frshare/Accent" in result.problems[0].message
    assert "frshare/frd_color and in frfinal/frd_Color" in result.problems[1].message
    assert [c.key for c in result.shared_colors] == ["accent", "frd_color"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("255,0,0,255", "color"),
        ("0, 12 ,255, 0", "color"),
        ("256,0,0,255", "text"),
        ("1,2,3", "text"),
        ("-1,2,3,4", "text"),
        ("0", "control"),
        (" 3 ", "control"),
        ("4", "text"),
        ("-1", "text"),
        ("1.0", "text"),
        ("۱", "text"),
        ("", "text"),
    ],
)
def test_four_numbers_are_a_colour_one_to_three_a_control_and_all_else_text(
    value: str, kind: str
) -> None:
    result = scan(CompSpec("frshare", (text("k", value),)), CompSpec("frfinal"), mode="fix")
    found = {
        "color": [c.key for c in result.shared_colors],
        "control": [c.key for c in result.controls],
        "text": [e.key for e in fields(result).values()],
    }
    assert {name for name, keys in found.items() if keys == ["k"]} == {kind}


def test_names_of_comps_and_items_that_fit_no_rule_are_reported_too() -> None:
    comps = CompSpec("frc_box"), CompSpec("frl_"), CompSpec("frfinal", (text("frl_c1t1"),))
    items = rifx.footage(9, "/a.png", name="frs_logo"), rifx.footage(8, "/b.png", name="FRL_c1")
    result = scan(*comps, extra=items, mode="fix")
    assert result.unclassified == ("frc_box", "frl_", "frs_logo", "FRL_c1")


def test_a_music_visualizer_needs_an_audio_item_with_a_name() -> None:
    final = CompSpec("frfinal", (text("frl_c1t1"), LayerSpec(source_id=9)))
    mute = scan(final, extra=(rifx.footage(9, "/a.wav", size=(0, 0)),), mode="music_visualizer")
    assert (mute.mode, mute.mode_detected) == ("music_visualizer", "fix")
    assert codes(mute) == [("no_audio_field", "project")]
    named = rifx.footage(9, "/a.wav", name="frl_c1m1", size=(0, 0))
    assert scan(final, extra=(named,), mode="music_visualizer").problems == ()


def test_a_placeholder_must_be_given_a_file_except_in_mode_free() -> None:
    item = rifx.placeholder(9, "frl_c1m1")
    final = CompSpec("frfinal", (LayerSpec(source_id=9), LayerSpec("frl_c1m2", source_id=9)))
    assert [e.required for e in fields(scan(final, extra=(item,))).values()] == [True, True]
    free = fields(scan(final, extra=(item,), mode="free"))
    assert [e.required for e in free.values()] == [False, False]


def test_a_fill_and_a_solid_are_hidden_values_of_kind_fill() -> None:
    effect = rifx.effect("ADBE Fill", "f", rifx.prop("ADBE Fill-0002", (255.0, 1.0, 2.0, 3.0)))
    layers = (
        text("frl_c1t1"),
        LayerSpec("frd_tint", effects=(effect,)),
        LayerSpec("frd_wall", source_id=8),
        LayerSpec("frd_linecolor", effects=(effect,)),
    )
    result = scan(CompSpec("frfinal", layers), extra=(rifx.solid(8, "Red", (1.0, 0.0, 0.0)),))
    found = fields(result)
    assert (found["frfinal.tint"].kind, found["frfinal.tint"].default) == ("fill", "#010203")
    assert (found["frfinal.wall"].kind, found["frfinal.wall"].default) == ("fill", "#FF0000")
    assert [(c.key, c.value) for c in result.shared_colors] == [("frd_linecolor", "#010203")]


def test_a_dropdown_has_its_words() -> None:
    menu = rifx.dropdown("m", ("small", "بزرگ"), 2.0)
    plain = rifx.dropdown("m", ("a", "b"))
    layers = (LayerSpec("frd_size", effects=(menu,)), LayerSpec("frd_kind", effects=(plain,)))
    found = fields(scan(CompSpec("frfinal", (text("frl_c1t1"), *layers))))
    assert (found["frfinal.size"].kind, found["frfinal.size"].default) == ("dropdown", "2")
    assert found["frfinal.size"].options == ("small", "بزرگ")
    assert found["frfinal.kind"].default == "1"


def test_a_latin_composer_is_a_problem_in_any_template_with_arabic_script() -> None:
    latin = text("frl_c1t1", "plain", composer="DVA")
    other = text("frl_c1t2", "سلام")
    decoration = text("star", "*", composer="DVA")
    assert codes(scan(CompSpec("frfinal", (latin,)))) == []
    found = scan(CompSpec("frfinal", (latin, other, decoration)))
    assert codes(found) == [("latin_composer", "frfinal/frl_c1t1")]


def test_texts_tell_font_size_justification_digits_and_box() -> None:
    element = fields(scan(CompSpec("frfinal", (text("frl_c1t1", "سلام", size=51.5),))))["c1.t1"]
    assert (element.font, element.font_size, element.justify) == ("Vazirmatn-Bold", 51.5, "center")
    assert (element.digit_set, element.box) == (0, None)


def test_comps_say_how_many_layers_they_have_and_footage_whether_it_is_missing() -> None:
    final = CompSpec("frfinal", (LayerSpec(source_id=9), LayerSpec(source_id=8), text("t")))
    items = rifx.footage(9, "C:\\x\\Pic.PNG"), rifx.footage(8, "/y/shots", sequence=("a_", ".png"))
    result = scan(final, extra=items, files=["f/pic.png", "f/a_001.png"])
    assert [comp.layers for comp in result.comps] == [3]
    assert [(f.kind, f.missing) for f in result.footage] == [("file", False), ("sequence", False)]
    lacking = scan(final, extra=items, files=["f/a_x.png"])
    assert [f.missing for f in lacking.footage] == [True, True]
    assert [f.missing for f in scan(final, extra=items).footage] == [None, None]


def test_a_comp_whose_name_has_a_number_makes_the_mode_fix() -> None:
    result = scan(CompSpec("frl_c1m1"), CompSpec("main"))
    assert (result.mode, result.mode_reason) == ("fix", "the comp 'frl_c1m1' has a scene's number")
