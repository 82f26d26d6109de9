"""Modes flexible and mockup: a scene is a comp, its fields the named layers inside it."""

from __future__ import annotations

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.core.templates.scanning import flexible
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

FINAL = CompSpec("flatrender")


def text(name: str, value: str = "x") -> LayerSpec:
    return LayerSpec(name, text=value, cos_data=rifx.cos(value))


def scan(*comps: CompSpec, extra: tuple[bytes, ...] = (), **more: object) -> ScanResult:
    return scan_project(aep.read(rifx.comps(*comps, extra=extra)), **more)  # type: ignore[arg-type]


def scenes(result: ScanResult) -> dict[str, ScanScene]:
    return {scene.key: scene for scene in result.scenes}


def fields(result: ScanResult) -> dict[str, ScanElement]:
    return {f"{s.key}.{e.key}": e for s in result.scenes for e in s.elements}


def codes(result: ScanResult) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in result.problems]


@pytest.mark.parametrize("mode", ["flexible", "mockup"])
def test_a_scene_is_a_comp_its_key_the_comps_name_its_fields_the_layers_inside(mode: str) -> None:
    intro = CompSpec("frc_Intro", (text("frl_title", "سلام"), text("frd_speed", "3")), duration_s=3)
    plain = CompSpec("Outro", (text("frl_title", "bye"),))
    result = scan(FINAL, intro, plain, CompSpec("nothing", (text("a"),)), mode=mode)
    assert (result.mode, result.mode_detected) == (mode, "flexible")
    assert result.final_comp == "flatrender"
    assert {key: (s.comp, s.duration_s, s.order) for key, s in scenes(result).items()} == {
        "frc_Intro": ("frc_Intro", 3.0, 0),
        "Outro": ("Outro", 4.0, 1),
    }
    assert {key: e.default for key, e in fields(result).items()} == {
        "frc_Intro.title": "سلام",
        "frc_Intro.speed": "3",
        "Outro.title": "bye",
    }
    assert result.problems == ()


def test_what_a_nested_comp_holds_belongs_to_every_scene_that_uses_it() -> None:
    inner = CompSpec("inner", (text("frl_name"),))
    one, two = (CompSpec(f"frc_{n}", (LayerSpec(source_id=1),)) for n in ("one", "two"))
    result = scan(inner, one, two, FINAL)
    assert list(fields(result)) == ["frc_one.name", "frc_two.name"]
    assert fields(result)["frc_one.name"].comp == "inner"


def test_a_repeat_box_is_part_of_its_scene_and_no_scene_of_its_own() -> None:
    box = CompSpec("frc_box", (text("frl_item"),))
    scene = CompSpec("frc_list", (LayerSpec("frc_box", source_id=1), text("frl_head")))
    result = scan(box, scene, FINAL)
    assert list(scenes(result)) == ["frc_list"]
    assert sorted(fields(result)) == ["frc_list.head", "frc_list.item"]
    assert result.unclassified == ()


def test_a_container_without_fields_is_a_scene_all_the_same() -> None:
    assert [s.key for s in scan(CompSpec("frc_still"), FINAL).scenes] == ["frc_still"]


def test_a_scene_says_its_lengths_and_its_overlap() -> None:
    slider = rifx.effect("ADBE Slider Control", "s", rifx.prop("ADBE Slider Control-0001", (9,)))
    layers = (
        text("frl_title"),
        text("frd_min_s", "1.5"),
        LayerSpec("FRD_Max_s", effects=(slider,)),
        text("frd_overlap_s", " 0.5 "),
    )
    scene = scan(CompSpec("frc_a", layers), FINAL).scenes[0]
    assert (scene.min_s, scene.max_s, scene.overlap_s) == (1.5, 9.0, 0.5)
    assert [element.key for element in scene.elements] == ["title"]


def test_a_length_that_is_none_and_lengths_that_cross_are_problems() -> None:
    bad = CompSpec("frc_a", (text("frd_min_s", "soon"),))
    crossed = CompSpec("frc_b", (text("frd_min_s", "5"), text("frd_max_s", "2")))
    result = scan(bad, crossed, FINAL)
    assert codes(result) == [("not_a_length", "frc_a/frd_min_s"), ("lengths_crossed", "frc_b")]
    assert scenes(result)["frc_b"].min_s is None


def test_markers_of_a_layer_tell_the_protected_ends_in_the_comps_time() -> None:
    marked = LayerSpec("m", markers=((0.5, "fr_in"), (1.0, "FR_out ")), start_s=1, stretch=2)
    scene = scan(CompSpec("frc_a", (marked,)), FINAL).scenes[0]
    assert (scene.protected_in_s, scene.protected_out_s) == (2.0, 1.0)
    assert scene.min_s == 3.0


def test_the_comps_own_markers_go_before_its_layers() -> None:
    layer = LayerSpec("m", markers=((1.0, "fr_in"),))
    scene = scan(CompSpec("frc_a", (layer,), markers=((0.25, "fr_in"),)), FINAL).scenes[0]
    assert (scene.protected_in_s, scene.protected_out_s) == (0.25, None)


def test_markers_in_the_wrong_order_protect_nothing_and_are_a_problem() -> None:
    layer = LayerSpec("m", markers=((3.0, "fr_in"), (1.0, "fr_out")))
    result = scan(CompSpec("frc_a", (layer,)), FINAL)
    assert codes(result) == [("markers_crossed", "frc_a")]
    assert result.scenes[0].protected_in_s is None


def test_definitions_are_a_shared_scene_and_references_must_find_theirs() -> None:
    shared = CompSpec("All", (text("frl_logo", "ACME"), text("badge")))
    layers = (LayerSpec("frs_logo", source_id=9), LayerSpec("FRS_Badge"), LayerSpec("frs_none"))
    result = scan(CompSpec("frc_a", layers), shared, FINAL, extra=(rifx.footage(9, "/a.png"),))
    assert codes(result) == [("shared_missing", "frc_a/frs_none")]
    assert result.problems[0].level == "error"
    assert (scenes(result)["All"].shared, scenes(result)["All"].order) == (True, 1)
    assert fields(result)["All.logo"].default == "ACME"
    assert result.unclassified == ()


def test_shared_values_are_read_as_in_every_mode() -> None:
    share = CompSpec("frshare", (text("accent", "1,2,3,255"), text("style", "3"), text("by", "me")))
    result = scan(CompSpec("frc_a", (text("frd_bgcolor", "9,9,9"),)), share, FINAL)
    assert [c.key for c in result.shared_colors] == ["frd_bgcolor", "accent"]
    assert [(c.key, c.value) for c in result.controls] == [("style", 3)]
    assert scenes(result)["frshare"].shared
    assert fields(result)["frshare.by"].default == "me"


def test_layers_of_the_assembled_comp_are_shared_by_all_scenes() -> None:
    final = CompSpec("flatrender", (text("frl_watermark", "©"),))
    result = scan(CompSpec("frc_a", (text("frl_t"),)), final)
    assert scenes(result)["flatrender"].shared
    assert [scene.key for scene in result.scenes] == ["frc_a", "flatrender"]


def test_without_flatrender_nothing_can_be_assembled() -> None:
    result = scan(CompSpec("frc_a", (text("frl_t"),)))
    assert (result.final_comp, result.final_choices) == (None, ())
    assert codes(result) == [("no_flatrender", "project")]


def test_two_scenes_of_one_name_are_an_error_that_names_both_places() -> None:
    one = CompSpec("frc_a", (text("frl_t"),)).write(1)
    two = rifx.folder(7, "spare", CompSpec("frc_A", (text("frl_u"),)).write(2))
    result = scan_project(aep.read(rifx.project(one, two, FINAL.write(3))))
    problem = next(p for p in result.problems if p.code == "duplicate_scene")
    assert problem.level == "error"
    assert "frc_a and spare/frc_A" in problem.message


def test_one_key_twice_in_one_scene_is_an_error_and_in_two_scenes_is_none() -> None:
    inner = CompSpec("inner", (text("frl_Title"),))
    one = CompSpec("frc_one", (LayerSpec(source_id=1), text("frl_title")))
    result = scan(inner, one, CompSpec("frc_two", (text("frl_title"),)), FINAL)
    assert list(fields(result)) == ["frc_two.title"]
    (problem,) = result.problems
    assert (problem.code, problem.level) == ("duplicate_key", "error")
    assert "frc_one/frl_title" in problem.message
    assert "inner/frl_Title" in problem.message


def driven(name: str, expression: str) -> LayerSpec:
    return LayerSpec(name, text="x", text_expression=expression)


def test_an_expression_may_name_what_is_copied_with_it_and_no_other_copied_comp() -> None:
    inner = CompSpec("deep", (driven("b", 'comp("frc_a").name'),))
    scene = CompSpec("frc_a", (LayerSpec(source_id=1), text("frl_t"), driven("a", "comp('deep')")))
    fine = driven("c", "comp('frshare').layer('k').text.sourceText /* comp('deep') */")
    other = driven("d", 'comp("deep").name')
    outside = CompSpec("flatrender", (driven("o", 'comp("deep")'),))
    result = scan(inner, scene, CompSpec("frc_b", (fine, other)), outside)
    assert codes(result) == [
        ("copied_comp_named", "frc_b/d/ADBE Text Document"),
        ("copied_comp_named", "flatrender/o/ADBE Text Document"),
    ]
    assert all(p.level == "error" for p in result.problems)


def test_a_comp_of_two_scenes_may_name_only_what_both_hold() -> None:
    inner = CompSpec("deep", (driven("b", 'comp("frc_a").name'), driven("c", "comp('deep')")))
    one, two = (CompSpec(f"frc_{n}", (LayerSpec(source_id=1), text("frl_t"))) for n in "ab")
    result = scan(inner, one, two, FINAL)
    assert codes(result) == [("copied_comp_named", "deep/b/ADBE Text Document")]


def test_a_name_that_is_worked_out_is_told_and_refused_where_bind_would_fail() -> None:
    near = driven("n", "comp('de' + 'ep')")
    scene = CompSpec("frc_a", (LayerSpec(source_id=1), text("frl_t"), near))
    far = driven("f", 'var n = "deep"; comp(n)')
    fine = driven("g", 'comp(thisComp.name).layer("frc") + "comp(" + myc.comp(1) + "a"')
    result = scan(CompSpec("deep"), scene, CompSpec("frc_b", (fine, far)), FINAL)
    assert [(p.code, p.place, p.level) for p in result.problems] == [
        ("copied_comp_unclear", "frc_a/n/ADBE Text Document", "error"),
        ("copied_comp_unclear", "frc_b/g/ADBE Text Document", "error"),
        ("copied_comp_unclear", "frc_b/f/ADBE Text Document", "warning"),
    ]


def test_the_direction_layer_of_a_scene_speaks_for_that_scene_only() -> None:
    one = CompSpec("frc_one", (text("frl_title"), text("frd_dtitle", "rtl")))
    two = CompSpec("frc_two", (text("frl_title"), text("frd_dtitle", "ltr")))
    found = fields(scan(one, two, FINAL))
    assert {key: e.direction for key, e in found.items()} == {
        "frc_one.title": "rtl",
        "frc_two.title": "ltr",
    }


def test_scenes_that_hold_each_other_in_endless_number_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flexible, "MAX_VISITS", 20)
    inner = CompSpec("inner", tuple(text(f"frl_{n}") for n in range(9)))
    many = [CompSpec(f"frc_{n}", (LayerSpec(source_id=1),)) for n in range(9)]
    result = scan(inner, *many, FINAL)
    assert ("too_many_layers", "frc_1") in codes(result)
    assert len(fields(result)) == 9


def test_a_colour_slot_of_a_comp_that_two_scenes_hold_is_one_colour() -> None:
    inner = CompSpec("inner", (text("frd_bgcolor", "1,2,3"),))
    one, two = (CompSpec(f"frc_{n}", (LayerSpec(source_id=1),)) for n in "ab")
    result = scan(inner, one, two, FINAL)
    assert codes(result) == []
    assert [color.key for color in result.shared_colors] == ["frd_bgcolor"]
