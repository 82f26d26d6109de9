"""The smaller parts that the project reader knows: markers, dropdowns, fills, missing files."""

from __future__ import annotations

import pytest

from orchestrator import aep
from tests.bench.scan import files
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def one_layer(layer: LayerSpec) -> aep.Layer:
    return aep.read(rifx.comps(CompSpec("a", (layer,)))).comps[0].layers[0]


def test_a_comps_own_markers_are_read_and_its_hidden_layer_is_none() -> None:
    comp = aep.read(rifx.comps(CompSpec("a", (LayerSpec("x"),), markers=((1.5, "fr_in"),)))).comps[
        0
    ]
    assert comp.markers == (aep.Marker(1.5, "fr_in"),)
    assert len(comp.layers) == 1


def test_a_dropdown_is_told_by_its_definitions_and_another_own_effect_is_none() -> None:
    layer = one_layer(LayerSpec("a", effects=(rifx.dropdown("menu", ("a", "b"), 2.0),)))
    control = layer.effects[0].controls[0]
    assert (control.kind, control.values, control.options) == ("dropdown", (2.0,), ("a", "b"))
    slider = rifx.dropdown("menu", ("a", "b")).replace(b"\0\7\0", b"\0\x0a\0")
    assert one_layer(LayerSpec("a", effects=(slider,))).effects[0].controls == ()


def test_a_fill_that_was_never_touched_is_red() -> None:
    layer = one_layer(LayerSpec("a", effects=(rifx.effect("ADBE Fill", "f"),)))
    assert layer.effects[0].controls[0].values == (255.0, 0.0, 0.0, 255.0)


def test_time_remapping_is_on_when_it_has_keys() -> None:
    keys = rifx.lst(b"tdbs", rifx.tdb4(), rifx.lst(b"list", rifx.chunk(b"ldat", bytes(16))))
    remap = rifx.tdmn("ADBE Time Remapping")
    empty = rifx.lst(b"tdbs", rifx.tdb4())
    data = rifx.comps(CompSpec("a", (LayerSpec("x"), LayerSpec("y"))))
    assert [layer.time_remap for layer in aep.read(data).comps[0].layers] == [False, False]
    for body, on in ((keys, True), (empty, False)):
        group = rifx.lst(b"tdgp", remap + body)
        layer = rifx.lst(b"Layr", rifx.chunk(b"ldta", bytes(164)), rifx.utf8("n"), group)
        item = CompSpec("a").write(1)
        made = rifx.project(rifx.lst(b"Item", item[12:] + layer))
        assert aep.read(made).comps[0].layers[0].time_remap is on


def test_a_file_that_was_missing_when_the_project_was_saved_says_so() -> None:
    items = rifx.footage(1, "/a.png", missing=True), rifx.footage(2, "/b.png")
    found = aep.read(rifx.project(*items, rifx.placeholder(3, "p"))).footage
    assert [(item.kind, item.missing) for item in found] == [
        ("file", True),
        ("file", False),
        ("placeholder", False),
    ]


def test_a_sequence_is_its_folder_and_the_ends_of_its_names() -> None:
    item = rifx.footage(1, "/shots", sequence=("a_", ".png"))
    (found,) = aep.read(rifx.project(item)).footage
    assert (found.kind, found.path) == ("sequence", "/shots/a_.png")


def test_an_endless_name_is_cut_between_two_letters() -> None:
    name = aep.read(rifx.comps(CompSpec("ی" * 5000))).comps[0].name
    assert name == "ی" * 512
    odd = aep.read(rifx.comps(CompSpec("a" + "ی" * 5000))).comps[0].name
    assert odd == "a" + "ی" * 511


def test_more_parts_than_a_file_of_its_size_can_hold_are_refused() -> None:
    effect = rifx.effect("ADBE Fill", "f")
    data = rifx.comps(CompSpec("a", (LayerSpec("a", effects=(effect * 30_000,)),)))
    with pytest.raises(aep.BadAep, match="more parts"):
        aep.read(data)


def test_a_large_project_made_of_others_holds_all_of_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("large") / "large.aep"
    sources = [rifx.comps(CompSpec("a", (LayerSpec("x", text="t"),))), rifx.comps(CompSpec("b"))]
    size = files.large(path, 40_000, sources)
    project = aep.read(path)
    assert size >= 40_000
    assert {comp.name for comp in project.comps} == {"a", "b"}
    assert len(project.comps) == len(project.folders)
