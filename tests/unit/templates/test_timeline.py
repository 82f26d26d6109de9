"""Orders of modes flexible and mockup: scenes in sequence, with their lengths and overlaps."""

from __future__ import annotations

from uuid import UUID

import pytest

from orchestrator import aep
from orchestrator.core.templates import bind_spec, check_order, scan_project
from orchestrator.core.templates.timeline import rendered_comp, sequenced, shots
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.renders import OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

PROJECT = UUID(int=1)
S = OrderScene


def text(name: str, value: str = "x") -> LayerSpec:
    return LayerSpec(name, text=value, cos_data=rifx.cos(value))


def flexible(mode: str = "flexible") -> ScanResult:
    """Scan a template of 25 fps: frc_a (4 s, 1 s kept at both ends, 2 to 9 s), frc_b (4 s)."""
    marks = LayerSpec("m", markers=((1.0, "fr_in"), (3.0, "fr_out")))
    lengths = (text("frd_max_s", "9"), text("frd_overlap_s", "0.48"))
    first = CompSpec("frc_a", (text("frl_title"), marks, *lengths))
    comps = (
        CompSpec("flatrender", (text("frl_mark"),)),
        first,
        CompSpec("frc_b", (text("frl_t"),)),
    )
    return scan_project(aep.read(rifx.comps(*comps)), mode=mode)  # type: ignore[arg-type]


def order(*scenes: OrderScene, **more: object) -> RenderOrder:
    return RenderOrder(project_id=PROJECT, scenes=scenes, **more)  # type: ignore[arg-type]


def problems(
    *scenes: OrderScene, scan: ScanResult | None = None, **more: object
) -> list[tuple[str, str]]:
    found = check_order(order(*scenes, **more), scan or flexible())
    return [(problem.code, problem.place) for problem in found]


def laid_out(*scenes: OrderScene) -> list[tuple[str, int, int]]:
    scan = flexible()
    ordered = sequenced(order(*scenes), scan)
    return [(shot.scene.key, shot.first, shot.frames) for shot in shots(ordered, scan)]


def test_scenes_follow_each_other_and_overlap_as_the_one_before_says() -> None:
    assert laid_out(S(key="frc_a", duration_s=6.0), S(key="FRC_B"), S(key="frc_a")) == [
        ("frc_a", 0, 150),
        ("frc_b", 138, 100),
        ("frc_a", 238, 100),
    ]


def test_the_order_of_a_scene_goes_before_its_place_in_the_list() -> None:
    ordered = sequenced(order(S(key="frc_a", order=5), S(key="frc_b", order=2)), flexible())
    assert [scene.key for scene in ordered.scenes] == ["frc_b", "frc_a"]


def test_without_scenes_all_of_the_template_play_once_and_shared_values_stay() -> None:
    value = OrderValue(key="mark", value="M")
    ordered = sequenced(order(S(key="flatrender", values=(value,))), flexible())
    assert [scene.key for scene in ordered.scenes] == ["frc_a", "frc_b", "flatrender"]
    assert problems(S(key="flatrender", values=(value,))) == []


def test_an_overlap_never_swallows_a_scene() -> None:
    short = S(key="frc_b", duration_s=0.2)
    assert laid_out(S(key="frc_a", duration_s=2.0), short) == [("frc_a", 0, 50), ("frc_b", 46, 5)]


def test_rounding_to_frames_takes_nothing_of_the_protected_ends() -> None:
    scan = flexible()
    scenes = [s.model_copy(update={"protected_in_s": 1.01}) for s in scan.scenes[:1]]
    close = scan.model_copy(update={"scenes": (*scenes, *scan.scenes[1:])})
    ordered = sequenced(order(S(key="frc_a", duration_s=2.01)), close)
    assert [shot.frames for shot in shots(ordered, close)] == [51]


def test_the_video_lasts_from_the_first_scene_to_the_last_in_whole_frames() -> None:
    scan = flexible()
    ordered = sequenced(order(S(key="frc_a", duration_s=6.01), S(key="frc_b")), scan)
    comp = rendered_comp(ordered, scan)
    assert (comp.frames, comp.duration_s) == (238, 9.52)
    spec = bind_spec(ordered, scan, {})
    assert (spec.comp, spec.duration_s) == ("flatrender", 9.52)
    told = [(one.key, one.start_s, one.duration_s, one.protected_in_s) for one in spec.scenes]
    assert told == [("frc_a", 0.0, 6.0, 1.0), ("frc_b", 5.52, 4.0, 0.0)]
    assert spec.scenes[0].protected_out_s == 1.0
    assert BindSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("mode", ["flexible", "mockup"])
def test_a_scene_may_be_ordered_twice_with_other_values(mode: str) -> None:
    one, two = (OrderValue(key="title", value=word) for word in ("one", "two"))
    scan = flexible(mode)
    uses = S(key="frc_a", values=(one,)), S(key="frc_a", values=(two,))
    assert problems(*uses, scan=scan) == []
    spec = bind_spec(sequenced(order(*uses), scan), scan, {})
    assert [scene.values[0].value for scene in spec.scenes] == ["one", "two"]
    assert problems(S(key="frc_a", values=(one, two)), scan=scan) == [
        ("duplicate_key", "scenes[0].values[1].key")
    ]


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(1.9, "scene_too_short"), (2.0, None), (9.0, None), (9.1, "scene_too_long")],
)
def test_a_scene_keeps_its_protected_ends_and_its_longest_length(
    seconds: float, found: str | None
) -> None:
    expected = [] if found is None else [(found, "scenes[0].duration_s")]
    assert problems(S(key="frc_a", duration_s=seconds)) == expected


def test_what_is_shared_has_no_length_and_no_other_comp_is_rendered() -> None:
    assert problems(S(key="flatrender", duration_s=2.0)) == [
        ("scene_duration_fixed", "scenes[0].duration_s")
    ]
    assert problems(comp="frc_a") == [("comp_fixed", "comp")]
    assert problems(comp="FLATRENDER") == []
    assert problems(duration_s=3.0) == [("duration_fixed", "duration_s")]


def test_a_template_without_scenes_cannot_be_ordered() -> None:
    scan = scan_project(aep.read(rifx.comps(CompSpec("flatrender"))))
    assert problems(scan=scan) == [("no_scenes", "project_id")]


def test_a_required_field_is_needed_in_every_use_and_in_no_other_scene() -> None:
    scan = flexible()
    scenes = [
        scene.model_copy(
            update={
                "elements": tuple(e.model_copy(update={"required": True}) for e in scene.elements)
            }
        )
        for scene in scan.scenes
        if not scene.shared
    ]
    needed = scan.model_copy(update={"scenes": tuple(scenes)})
    value = OrderValue(key="title", value="x")
    given = S(key="frc_a", values=(value,))
    assert problems(given, scan=needed) == []
    assert problems(given, S(key="frc_a"), scan=needed) == [("missing", "scenes[1]")]
    assert problems(scan=needed) == [("missing", "scenes"), ("missing", "scenes")]


def test_a_music_visualizer_lasts_as_long_as_it_is_ordered() -> None:
    music = LayerSpec("frl_c1m1", source_id=9)
    extra = (rifx.footage(9, "/m.wav"),)
    comps = rifx.comps(CompSpec("frfinal", (music,)), extra=extra)
    scan = scan_project(aep.read(comps), mode="music_visualizer")
    ordered = order(duration_s=7.01)
    comp = rendered_comp(ordered, scan)
    assert (comp.frames, comp.fps, comp.duration_s) == (175, Fps(num=25), 7.0)
    assert bind_spec(ordered, scan, {}).duration_s == 7.0
    assert bind_spec(order(), scan, {}).duration_s is None
    fix = scan_project(aep.read(comps))
    assert problems(scan=fix, duration_s=7.0) == [("duration_fixed", "duration_s")]
