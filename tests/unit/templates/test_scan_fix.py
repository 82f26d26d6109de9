"""The quick scan reads the naming convention: fields, shared values, doubles, directions."""

from __future__ import annotations

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.wire.convention import LAYER_RULES, classify
from orchestrator.wire.scan import ScanElement, ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def text(name: str, value: str, **more: object) -> LayerSpec:
    return LayerSpec(name, text=value, cos_data=rifx.cos(value, **more))  # type: ignore[arg-type]


def scan(*comps: CompSpec, extra: tuple[bytes, ...] = (), **more: object) -> ScanResult:
    return scan_project(aep.read(rifx.comps(*comps, extra=extra)), **more)  # type: ignore[arg-type]


def fields(result: ScanResult) -> dict[str, ScanElement]:
    return {f"{s.key}.{e.key}": e for s in result.scenes for e in s.elements}


def codes(result: ScanResult) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in result.problems]


@pytest.mark.parametrize(
    ("name", "role", "scene", "key"),
    [
        ("frl_c1t2", "numbered_text", "c1", "t2"),
        ("FRL_C12M3", "numbered_media", "C12", "M3"),
        ("frl_title", "editable", None, "title"),
        ("frd_mainColor", "color_slot", None, "mainColor"),
        ("frd_color", "color_slot", None, "color"),
        ("frd_speed", "data", None, "speed"),
        ("frc_intro", "container", None, "intro"),
        ("frs_logo", "shared_reference", None, "logo"),
        ("frl_", "unclassified", None, "frl_"),
        ("background", "plain", None, "background"),
        ("frl", "plain", None, "frl"),
    ],
)
def test_a_name_means_one_thing(name: str, role: str, scene: str | None, key: str) -> None:
    meaning = classify(name)
    assert (meaning.role, meaning.scene, meaning.key) == (role, scene, key)


def test_every_example_of_the_table_means_what_its_row_says() -> None:
    assert [classify(rule.example).role for rule in LAYER_RULES] == [r.role for r in LAYER_RULES]


def test_numbered_layers_are_fields_in_the_order_of_their_numbers() -> None:
    layers = (text("frl_c2t1", "b"), text("frl_c1t10", "z"), text("frl_c1t2", "سلام", rtl=True))
    picture = LayerSpec("frl_c1m1", source_id=9)
    result = scan(CompSpec("frfinal", (*layers, picture)), extra=(rifx.footage(9, "/x/p.png"),))
    assert (result.mode, result.mode_detected, result.final_comp) == ("fix", "fix", "frfinal")
    assert "frl_c2t1" in result.mode_reason
    assert [(s.key, s.title) for s in result.scenes] == [("c1", "Scene 1"), ("c2", "Scene 2")]
    assert [e.key for e in result.scenes[0].elements] == ["t2", "t10", "m1"]
    first, media = result.scenes[0].elements[0], result.scenes[0].elements[2]
    assert (first.kind, first.default, first.direction) == ("text", "سلام", "rtl")
    assert (first.font, first.composer, first.comp) == ("Vazirmatn-Bold", "universal", "frfinal")
    assert (media.kind, media.default) == ("media", "p.png")
    assert media.box is not None
    assert (media.box.width, media.box.height) == (640, 360)


def test_a_renamed_footage_item_is_one_field_however_often_it_is_used() -> None:
    uses = CompSpec("frfinal", (LayerSpec(source_id=9), LayerSpec("other", source_id=9)))
    result = scan(uses, extra=(rifx.footage(9, "C:\\a\\b.jpg", name="frl_c1m1"),))
    assert list(fields(result)) == ["c1.m1"]
    assert fields(result)["c1.m1"].default == "b.jpg"
    both = CompSpec("frfinal", (LayerSpec("frl_c1m1", source_id=9),))
    again = scan(both, extra=(rifx.footage(9, "/b.jpg", name="frl_c1m1"),))
    assert list(fields(again)) == ["c1.m1"]
    assert again.problems == ()


def test_footage_without_a_picture_is_an_audio_field() -> None:
    sound = rifx.footage(9, "/x/music.wav", size=(0, 0))
    final = CompSpec("frfinal", (text("frl_c1t1", "a"), LayerSpec("frl_music", source_id=9)))
    assert fields(scan(final, extra=(sound,)))["frfinal.music"].kind == "audio"


def test_the_shared_comp_holds_colours_controls_and_texts() -> None:
    shared = CompSpec(
        "FRShare",
        (
            text("accent", "255,111,89,255"),
            text("second", "#54d6c3"),
            text("frd_ink_color", "10,20,30"),
            text("glow", "0.5,0,1,1"),
            text("layout", "2"),
            text("plain", "12,30,45"),
            text("slogan", "Hello"),
        ),
    )
    result = scan(CompSpec("frfinal", (text("frl_c1t1", "a"),)), shared)
    assert [(c.key, c.value) for c in result.shared_colors] == [
        ("accent", "#FF6F59"),
        ("second", "#54D6C3"),
        ("frd_ink_color", "#0A141E"),
        ("glow", "#8000FF"),
    ]
    assert [(c.key, c.value) for c in result.controls] == [("layout", 2)]
    assert fields(result)["frshare.plain"].default == "12,30,45"
    assert fields(result)["frshare.slogan"].kind == "text"


def test_a_colour_slot_outside_the_shared_comp_is_a_colour_too() -> None:
    control = LayerSpec("frd_glowcolor", effects=(rifx.color_control("c", (1, 2, 3)),))
    layers = (text("frl_c1t1", "a"), text("frd_maincolor", "1,2,3,255"), control)
    bad = text("frd_badcolor", "blue")
    result = scan(CompSpec("frfinal", (*layers, bad)))
    assert [(c.key, c.value) for c in result.shared_colors] == [
        ("frd_maincolor", "#010203"),
        ("frd_glowcolor", "#010203"),
    ]
    assert codes(result) == [("not_a_color", "frfinal/frd_badcolor")]


def test_hidden_values_say_what_they_are() -> None:
    slider = rifx.effect("ADBE Slider Control", "s", rifx.prop("ADBE Slider Control-0001", (7.5,)))
    box = rifx.effect("ADBE Checkbox Control", "s")
    layers = (
        text("frl_c1t1", "a"),
        text("frd_show", "true"),
        text("frd_count", "12"),
        text("frd_note", "words"),
        LayerSpec("frd_speed", effects=(slider,)),
        LayerSpec("frd_loop", effects=(box,)),
    )
    found = fields(scan(CompSpec("frfinal", layers)))
    assert {k.partition(".")[2]: (e.kind, e.default) for k, e in found.items()} == {
        "t1": ("text", "a"),
        "show": ("checkbox", "true"),
        "count": ("number", "12"),
        "note": ("text", "words"),
        "speed": ("number", "7.5"),
        "loop": ("checkbox", "false"),
    }


def test_a_direction_layer_turns_its_field_and_is_no_field() -> None:
    layers = (text("frl_c1t1", "a"), text("frd_dc1t1", "RTL"), text("frd_delay", "3"))
    found = fields(scan(CompSpec("frfinal", layers)))
    assert sorted(found) == ["c1.t1", "frfinal.delay"]
    assert found["c1.t1"].direction == "rtl"


def test_two_fields_with_one_key_are_an_error_that_names_both_places() -> None:
    one, two = CompSpec("a", (text("frl_c1t1", "x"),)), CompSpec("b", (text("FRL_c1T1", "y"),))
    result = scan(CompSpec("frfinal", (text("frl_c1t2", "z"),)), one, two)
    assert [e.key for s in result.scenes for e in s.elements] == ["t2"]
    (problem,) = result.problems
    assert (problem.code, problem.level) == ("duplicate_key", "error")
    assert "a/frl_c1t1" in problem.message
    assert "b/FRL_c1T1" in problem.message


def test_what_fits_no_rule_is_reported_with_its_place() -> None:
    layers = (text("frl_c1t1", "a"), text("frl_", "x"), LayerSpec("frc_box", kind=4))
    result = scan(CompSpec("frfinal", (*layers, LayerSpec("frl_c1t2", kind=4))))
    assert result.unclassified == ("frfinal/frl_", "frfinal/frc_box")
    assert codes(result) == [("wrong_layer", "frfinal/frl_c1t2")]


def test_arabic_text_under_the_latin_composer_is_a_problem() -> None:
    result = scan(CompSpec("frfinal", (text("frl_c1t1", "سلام", composer="DVA"),)))
    assert codes(result) == [("latin_composer", "frfinal/frl_c1t1")]


def test_a_scene_in_one_comp_is_as_long_as_the_comp() -> None:
    part = CompSpec("part", (text("frl_c1t1", "a"),), duration_s=2)
    final = CompSpec("frfinal", (LayerSpec(source_id=1), text("frl_c2t1", "b")))
    result = scan(part, final)
    assert [(s.key, s.duration_s) for s in result.scenes] == [("c1", 2.0), ("c2", None)]


def test_the_mode_is_detected_or_given_and_says_why() -> None:
    assert scan(CompSpec("frc_scene")).mode == "flexible"
    assert scan(CompSpec("flatrender")).mode_reason == "there is a comp 'flatrender'"
    assert scan(CompSpec("a", (text("t", "x"),))).mode == "free"
    given = scan(CompSpec("a", (text("frl_c1t1", "x"),)), mode="free")
    assert (given.mode, given.mode_detected) == ("free", "fix")
    assert given.mode_reason.startswith("the mode was given")


def test_a_field_whose_text_an_expression_hides_is_a_problem() -> None:
    layer = LayerSpec("frl_c1t1", text="x", text_expression='thisComp.layer("a").name')
    assert codes(scan(CompSpec("frfinal", (layer,)))) == [("driven_text", "frfinal/frl_c1t1")]
