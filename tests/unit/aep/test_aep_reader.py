"""The project reader says what a file holds, over generated files and real ones."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from orchestrator import aep
from orchestrator.aep.comps import frame_rate
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def one_layer(layer: LayerSpec) -> aep.Layer:
    return aep.read(rifx.comps(CompSpec("a", (layer,)))).comps[0].layers[0]


def test_a_comp_has_its_size_rate_length_and_background() -> None:
    comp = aep.read(rifx.comps(CompSpec("frfinal", fps=Fraction(30000, 1001)))).comps[0]
    assert (comp.id, comp.name, comp.width, comp.height) == (1, "frfinal", 1280, 720)
    assert comp.fps == Fraction(30000, 1001)
    assert (comp.duration_s, comp.frames, comp.work_end_s) == (4.0, 120, 4.0)
    assert comp.background == (10, 20, 30)
    assert comp.pixel_aspect == 1


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (23.976, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (25, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (30, Fraction(30)),
    ],
)
def test_a_frame_rate_is_the_rational_that_is_meant(stored: float, meant: Fraction) -> None:
    assert frame_rate(round(stored * 65536)) == meant


def test_the_version_is_that_of_the_file() -> None:
    project = aep.read(rifx.project(version=26))
    assert str(project.version) == "26.3x53"
    assert project.bits_per_channel == 16


def test_a_text_layer_gives_text_font_size_colour_and_direction() -> None:
    layer = one_layer(LayerSpec("frl_c1t1", text="سلام (دنیا)\rدو", cos_data=None))
    assert layer.kind == "text"
    assert layer.text is not None
    assert layer.text.text == "سلام (دنیا)\nدو"
    assert (layer.text.font, layer.text.font_size) == ("Vazirmatn-Bold", 40.0)
    assert layer.text.fill == (255, 128, 0)
    assert (layer.text.justify, layer.text.direction) == ("center", "ltr")
    assert layer.text.composer == "universal"
    right = one_layer(LayerSpec("t", text="x", cos_data=rifx.cos("x", rtl=True, composer="DVA")))
    assert right.text is not None
    assert (right.text.direction, right.text.composer) == ("rtl", "latin")


def test_colour_and_slider_controls_are_read_and_defaults_completed() -> None:
    slider = rifx.effect(
        "ADBE Slider Control", "speed", rifx.prop("ADBE Slider Control-0001", (7.5,))
    )
    untouched = rifx.effect("ADBE Color Control", "plain")
    fill = rifx.effect("ADBE Fill", "Fill", rifx.prop("ADBE Fill-0002", (255.0, 1.0, 2.0, 3.0)))
    effects = (rifx.color_control("main", (1, 2, 3)), slider, untouched, fill)
    layer = one_layer(LayerSpec("ctrl", effects=effects))
    assert [(e.match_name, e.name) for e in layer.effects] == [
        ("ADBE Color Control", "main"),
        ("ADBE Slider Control", "speed"),
        ("ADBE Color Control", "plain"),
        ("ADBE Fill", "Fill"),
    ]
    assert layer.effects[0].controls[0].values == (1.0, 2.0, 3.0, 255.0)
    assert layer.effects[1].controls[0].values == (7.5,)
    assert layer.effects[2].controls[0].values == (255.0, 0.0, 0.0, 255.0)
    assert layer.effects[3].controls[0].kind == "fill"
    assert layer.effects[3].controls[0].values == (1.0, 2.0, 3.0, 255.0)


def test_expressions_are_read_with_the_names_that_lead_to_them() -> None:
    code = 'comp("frshare").layer("main").text.sourceText'
    fill = rifx.effect("ADBE Fill", "Fill", rifx.prop("ADBE Fill-0002", (), code))
    layer = one_layer(LayerSpec("a", props=(rifx.prop("ADBE Position", (), "wiggle(1,2)"),)))
    assert layer.expressions == (
        aep.Expression(("ADBE Transform Group", "ADBE Position"), "wiggle(1,2)", enabled=True),
    )
    inner = one_layer(LayerSpec("b", effects=(fill,)))
    assert inner.expressions[0].path == ("ADBE Effect Parade", "ADBE Fill", "ADBE Fill-0002")
    assert inner.expressions[0].source == code


def test_a_layer_without_a_name_takes_its_sources_and_times_count_in_the_comp() -> None:
    layers = (
        LayerSpec(source_id=9, in_s=1, out_s=3, start_s=2),
        LayerSpec(source_id=8, guide=True, enabled=False),
        LayerSpec("mine", source_id=8, null=True),
    )
    extra = (
        rifx.footage(9, "C:\\a\\pic.png"),
        rifx.folder(20, "f", rifx.solid(8, "Red", (1, 0, 0))),
    )
    project = aep.read(rifx.comps(CompSpec("a", layers), extra=extra))
    first, second, third = project.comps[0].layers
    assert (first.name, first.in_s, first.out_s, first.start_s) == ("pic.png", 3.0, 5.0, 2.0)
    assert (second.name, second.guide, second.enabled) == ("Red", True, False)
    assert (third.name, third.null) == ("mine", True)
    picture, red = project.footage
    assert (picture.kind, picture.path, picture.width, picture.format) == (
        "file",
        "C:\\a\\pic.png",
        640,
        "png!",
    )
    assert (red.kind, red.color, red.folder_id) == ("solid", (255, 0, 0), 20)
    assert project.folders == (aep.Folder(20, "f", 0),)


def test_one_layer_of_a_drawing_is_called_as_after_effects_calls_it() -> None:
    opti = b"TEXT\x00\x08" + bytes(62) + b"BG1".ljust(256, b"\0") + bytes(272)
    whole = b"TEXT\x00\x08" + bytes(590)
    items = (rifx.footage(9, "C:\\a\\b.ai", opti=opti), rifx.footage(8, "/a/b.ai", opti=whole))
    assert [item.name for item in aep.read(rifx.project(*items)).footage] == ["BG1/b.ai", "b.ai"]


def test_layer_markers_have_times_and_comments() -> None:
    layer = one_layer(LayerSpec("a", markers=((0.5, "fr_in"), (3.25, "fr_out"))))
    assert layer.markers == (aep.Marker(0.5, "fr_in"), aep.Marker(3.25, "fr_out"))


def test_names_of_old_files_that_are_not_utf8_are_still_valid_text() -> None:
    body = rifx.lst(
        b"Item", rifx.chunk(b"idta", b"\0\x01" + bytes(82)), rifx.chunk(b"Utf8", b"\xe9t\x81")
    )
    name = aep.read(rifx.project(body)).folders[0].name
    assert name.encode("utf-8") == "ét�".encode()


def test_lone_surrogates_in_a_text_do_not_leave_the_reader() -> None:
    layer = one_layer(LayerSpec("a", text="x", cos_data=rifx.cos("a\ud800b\x00c")))
    assert layer.text is not None
    layer.text.text.encode("utf-8")
    assert "\x00" not in layer.text.text


def sample_projects(samples: Path) -> list[tuple[dict[str, Any], bytes]]:
    """Pair each manifest entry that lists comps with the one project it speaks of."""
    found = []
    for entry in json.loads((samples / "manifest.json").read_text()):
        path = samples / entry["file"]
        if entry["comps"] and path.suffix == ".aep":
            found.append((entry, path.read_bytes()))
    return found


def test_every_comp_of_the_sample_projects_agrees_with_the_manifest(samples: Path) -> None:
    seen = 0
    for entry, data in sample_projects(samples):
        project = aep.read(data)
        assert str(project.version) == entry["ae_version"], entry["file"]
        mine = {
            c.id: (c.name, c.width, c.height, len(c.layers), c.duration_s) for c in project.comps
        }
        want = {
            c["id"]: (c["name"], c["width"], c["height"], c["layers"], pytest.approx(c["duration"]))
            for c in entry["comps"]
        }
        assert mine == want, entry["file"]
        rates = {c["id"]: c["fps"] for c in entry["comps"]}
        assert all(abs(float(c.fps) - rates[c.id]) < 0.005 for c in project.comps)
        seen += len(mine)
    assert seen >= 40


def test_a_path_is_read_as_the_bytes_are(tmp_path: Path) -> None:
    data = rifx.comps(CompSpec("a", (LayerSpec("x", text="y"),)))
    path = tmp_path / "پروژه with space.aep"
    path.write_bytes(data)
    assert aep.read(path) == aep.read(data)
