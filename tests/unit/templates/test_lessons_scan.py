"""What went wrong when the owner's first scanner ran: one test for each lesson of the scan."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.wire.scan import ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


def text(name: str, value: str) -> LayerSpec:
    return LayerSpec(name, text=value, cos_data=rifx.cos(value))


def scan(*comps: CompSpec, extra: tuple[bytes, ...] = (), **more: object) -> ScanResult:
    return scan_project(aep.read(rifx.comps(*comps, extra=extra)), **more)  # type: ignore[arg-type]


def test_renamed_footage_items_are_found_though_no_layer_has_their_name() -> None:
    uses = CompSpec("frfinal", (LayerSpec(source_id=9), LayerSpec("photo", source_id=8)))
    items = (
        rifx.footage(9, "/x/a.png", name="frl_c1m1"),
        rifx.footage(8, "/x/b.png", name="frl_c2m1"),
        rifx.footage(7, "/x/c.wav", name="frl_c3m1", size=(0, 0)),
    )
    found = {s.key: s.elements[0] for s in scan(uses, extra=items).scenes}
    assert {key: (e.key, e.kind, e.default) for key, e in found.items()} == {
        "c1": ("m1", "media", "a.png"),
        "c2": ("m1", "media", "b.png"),
        "c3": ("m1", "audio", "c.wav"),
    }


def test_a_comp_that_carries_a_placeholders_name_is_found_under_its_unnamed_layer() -> None:
    inner = CompSpec("frl_c1m1")
    result = scan(inner, CompSpec("frfinal", (LayerSpec(source_id=1),)))
    assert [(s.key, s.elements[0].key, s.elements[0].kind) for s in result.scenes] == [
        ("c1", "m1", "media")
    ]
    assert result.problems == ()


def test_an_item_named_without_a_number_is_a_field_where_it_is_shown() -> None:
    sound = rifx.footage(9, "/x/beat.wav", name="frl_music", size=(0, 0))
    final = CompSpec("frfinal", (LayerSpec(source_id=9),))
    (scene,) = scan(final, extra=(sound,), mode="music_visualizer").scenes
    assert (scene.key, scene.elements[0].key, scene.elements[0].kind) == (
        "frfinal",
        "music",
        "audio",
    )


def test_a_comps_duration_is_its_own_and_not_the_work_areas_nor_the_display_starts() -> None:
    item = bytearray(CompSpec("main", duration_s=4).write(1))
    body = item.index(b"cdta") + 8
    struct.pack_into(">iIiI", item, body + 0x1C, 600, 600, 1800, 600)  # work area: 1 s to 3 s
    struct.pack_into(">iI", item, body + 0xA4, 6000, 600)  # the first frame is called 10 s
    comp = aep.read(rifx.project(bytes(item))).comps[0]
    assert (comp.duration_s, comp.work_start_s, comp.work_end_s, comp.display_start_s) == (
        4.0,
        1.0,
        3.0,
        10.0,
    )
    assert comp.frames == 100


def test_scenes_that_share_a_key_keep_their_own_values() -> None:
    comps = [
        CompSpec(f"frc_{n}", (text("frl_title", n), text("frd_dtitle", way), text("frd_fast", n)))
        for n, way in (("one", "rtl"), ("two", "ltr"))
    ]
    result = scan(*comps, CompSpec("flatrender"))
    assert {
        s.key: [(e.key, e.default, e.direction) for e in s.elements] for s in result.scenes
    } == {
        "frc_one": [("title", "one", "rtl"), ("fast", "one", None)],
        "frc_two": [("title", "two", "ltr"), ("fast", "two", None)],
    }
    assert result.problems == ()


def test_every_name_of_a_scan_is_written_in_one_style() -> None:
    layers = (text("frl_c1t1", "a"), LayerSpec("frl_c1m1", source_id=9))
    result = scan(CompSpec("frfinal", layers), extra=(rifx.footage(9, "/a.png"),), files=["a.png"])
    waiting, names = [json.loads(result.model_dump_json())], set[str]()
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            names |= set(found)
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
    assert len(names) > 40
    assert [name for name in names if name != name.lower() or "-" in name] == []


def test_edited_texts_and_colours_have_a_layer_that_shows_them_or_a_problem_says_so() -> None:
    hidden = LayerSpec("frl_c1t1", text="x", text_expression='thisComp.layer("a").name')
    kept = LayerSpec("frl_c1t2", text="x", text_expression="value.toUpperCase()")
    result = scan(CompSpec("frfinal", (hidden, kept, text("frd_maincolor", "no colour"))))
    assert [(p.code, p.place) for p in result.problems] == [
        ("driven_text", "frfinal/frl_c1t1"),
        ("not_a_color", "frfinal/frd_maincolor"),
    ]


@pytest.mark.parametrize("data", [b"", b"\x00" * 4096, b"PK\x03\x04", b"{}"])
def test_what_is_no_template_is_a_clean_failure_at_once(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "none.aep"
    path.write_bytes(data)
    with pytest.raises(aep.BadAep):
        aep.read(path)
    with pytest.raises(aep.BadAep, match="cannot be read"):
        aep.read(tmp_path / "never there.aep")
