"""An order is checked against the scan as a whole, and becomes a bind spec."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from orchestrator import aep
from orchestrator.core.templates import bind_spec, check_order, files_of, scan_project
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindControl, BindSpec
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.sound import OrderAudio, OrderTrack
from orchestrator.wire.renders import (
    FileRef,
    OrderColor,
    OrderScene,
    OrderValue,
    RenderOrder,
)
from orchestrator.wire.scan import ScanProblem, ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

PROJECT = UUID(int=1)
FILE = UUID(int=2)


def fix_scan() -> ScanResult:
    slider = rifx.effect("ADBE Slider Control", "s")
    shared = (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1"))
    layers = (
        LayerSpec("frl_c1t1", text="one"),
        LayerSpec("frl_c1m1", source_id=9),
        LayerSpec("frd_speed", effects=(slider,)),
        LayerSpec("frd_show", text="true"),
    )
    comps = (CompSpec("frfinal", layers), CompSpec("frshare", shared))
    return scan_project(aep.read(rifx.comps(*comps, extra=(rifx.footage(9, "/p.png"),))))


def free_scan() -> ScanResult:
    layers = (
        LayerSpec("Title", text="x"),
        LayerSpec("twin", text="x"),
        LayerSpec("twin", text="x"),
        LayerSpec("ctrl", effects=(rifx.color_control("main", (1, 2, 3)),)),
    )
    return scan_project(aep.read(rifx.comps(CompSpec("Main", layers))))


def order(*values: OrderValue, scene: str = "c1", **more: object) -> RenderOrder:
    scenes = (OrderScene(key=scene, values=values),) if values else ()
    return RenderOrder(project_id=PROJECT, scenes=scenes, **more)  # type: ignore[arg-type]


def problems(ordered: RenderOrder, scan: ScanResult | None = None) -> list[tuple[str, str]]:
    return [(p.code, p.place) for p in check_order(ordered, scan or fix_scan())]


V = OrderValue


def test_a_good_order_has_no_problem_and_keys_may_differ_in_case() -> None:
    good = order(
        V(key="T1", value="سلام"),
        V(key="m1", value=FileRef(file_id=FILE)),
        scene="C1",
        colors=(OrderColor(key="ACCENT", value="#00ff00"),),
        controls=(BindControl(key="layout", value=3),),
        frames="0-99",
    )
    assert problems(good) == []


@pytest.mark.parametrize(
    ("scene", "value", "code"),
    [
        ("c9", V(key="t1", value="x"), "unknown_scene"),
        ("c1", V(key="t9", value="x"), "unknown_key"),
        ("c1", V(key="t1", value=3), "wrong_kind"),
        ("c1", V(key="t1", value=FileRef(file_id=FILE)), "wrong_kind"),
        ("c1", V(key="m1", value="picture.png"), "wrong_kind"),
        ("c1", V(key="t1", value="x", font="Comic"), "unknown_font"),
        ("frfinal", V(key="speed", value="fast"), "wrong_kind"),
        ("frfinal", V(key="speed", value=True), "wrong_kind"),
        ("frfinal", V(key="show", value="maybe"), "wrong_kind"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(scene: str, value: OrderValue, code: str) -> None:
    found = problems(order(value, scene=scene))
    assert [found_code for found_code, _ in found] == [code]
    assert found[0][1].startswith("scenes[0]")


@pytest.mark.parametrize("value", [V(key="speed", value="2.5"), V(key="speed", value=-3)])
def test_numbers_may_come_as_text(value: OrderValue) -> None:
    assert problems(order(value, scene="frfinal")) == []


def test_all_problems_come_at_once() -> None:
    bad = order(
        V(key="t1", value=1),
        V(key="t1", value="again"),
        V(key="zz", value="x"),
        colors=(OrderColor(key="nope", value="#000000"), OrderColor(key="accent", value="#000000"),
                OrderColor(key="Accent", value="#111111")),
        controls=(BindControl(key="nope", value=0),),
        comp="missing",
    )  # fmt: skip
    assert problems(bad) == [
        ("comp_missing", "comp"),
        ("wrong_kind", "scenes[0].values[0].value"),
        ("duplicate_key", "scenes[0].values[1].key"),
        ("unknown_key", "scenes[0].values[2].key"),
        ("unknown_color", "colors[0].key"),
        ("duplicate_key", "colors[2].key"),
        ("unknown_control", "controls[0].key"),
    ]


def test_frames_are_those_of_the_rate_that_is_ordered() -> None:
    double = OutputSpec(fps=Fps(num=50))
    assert problems(order(frames="100-199", output=double)) == []


def test_scenes_that_the_template_does_not_let_move_are_not_moved_in_silence() -> None:
    first, second = (LayerSpec(f"frl_c{number}t1", text="x") for number in (1, 2))
    comps = (CompSpec("one", (first,)), CompSpec("two", (second,)))
    scan = scan_project(aep.read(rifx.comps(CompSpec("frfinal"), *comps)))
    length = scan.scenes[0].duration_s
    assert length is not None

    def ordered(*scenes: OrderScene) -> list[tuple[str, str]]:
        return problems(RenderOrder(project_id=PROJECT, scenes=scenes), scan)

    as_it_is = OrderScene(key="c1", order=3, duration_s=length), OrderScene(key="C2", order=7)
    assert ordered(*as_it_is) == []
    assert ordered(OrderScene(key="c2", order=1), OrderScene(key="c1", order=2)) == [
        ("scene_order_fixed", "scenes[1].order")
    ]
    assert ordered(OrderScene(key="c2", duration_s=length + 1)) == [
        ("scene_duration_fixed", "scenes[0].duration_s")
    ]


def test_a_control_that_is_given_twice_is_named() -> None:
    twice = (BindControl(key="layout", value=1), BindControl(key="LAYOUT", value=2))
    assert problems(order(controls=twice)) == [("duplicate_key", "controls[1].key")]


def test_a_missing_required_field_is_named() -> None:
    scan = fix_scan()
    needed = scan.scenes[0].elements[0].model_copy(update={"required": True})
    scene = scan.scenes[0].model_copy(update={"elements": (needed,)})
    assert problems(order(), scan.model_copy(update={"scenes": (scene,)})) == [
        ("missing", "scenes")
    ]


def test_in_mode_free_an_ambiguous_address_says_so_and_case_matters() -> None:
    scan = free_scan()
    assert problems(order(V(key="twin", value="x"), scene="Main"), scan) == [
        ("ambiguous_key", "scenes[0].values[0].key")
    ]
    assert problems(order(V(key="title", value="x"), scene="Main"), scan)[0][0] == "unknown_key"
    assert problems(order(V(key="Title", value="x"), scene="Main"), scan) == []
    assert problems(order(V(key="ctrl/main", value="blue"), scene="Main"), scan) == [
        ("wrong_color", "scenes[0].values[0].value")
    ]
    whole = order(colors=(OrderColor(key="Main/ctrl/main", value="#010203"),))
    assert problems(whole, scan) == []


def test_the_spec_names_keys_as_the_template_spells_them_and_files_by_their_path() -> None:
    music = uuid4()
    ordered = order(
        V(key="T1", value='سلام\n"دنیا"', direction="rtl"),
        V(key="M1", value=FileRef(file_id=FILE)),
        scene="C1",
        colors=(OrderColor(key="ACCENT", value="#00ff00"),),
        audio=OrderAudio(music=OrderTrack(file_id=music, volume=0.5)),
    )
    assert files_of(ordered) == (FILE, music)
    spec = bind_spec(ordered, fix_scan(), {FILE: "media/a.png", music: "media/m.wav"})
    assert (spec.mode, spec.comp) == ("fix", "frfinal")
    (scene,) = spec.scenes
    assert (scene.key, [(v.key, v.kind, v.value) for v in scene.values]) == (
        "c1",
        [("t1", "text", 'سلام\n"دنیا"'), ("m1", "media", "media/a.png")],
    )
    assert scene.values[0].direction == "rtl"
    assert [(c.key, c.value) for c in spec.colors] == [("accent", "#00ff00")]
    assert spec.audio.music is not None
    assert (spec.audio.music.path, spec.audio.music.volume) == ("media/m.wav", 0.5)
    assert BindSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("given", "written"), [(True, "true"), (2.50, "2.5"), (3, "3"), ("1", "1")]
)
def test_values_are_written_as_text(given: bool | float | str, written: str) -> None:
    key = "show" if given is True else "speed"
    ordered = order(V(key=key, value=given), scene="frfinal")
    spec = bind_spec(ordered, fix_scan(), {})
    assert spec.scenes[0].values[0].value == written


def test_a_project_that_calls_a_file_server_never_reaches_after_effects() -> None:
    extra = (rifx.footage(9, "\\\\srv\\share\\a.png"),)
    scan = scan_project(aep.read(rifx.comps(CompSpec("Main", (LayerSpec("a"),)), extra=extra)))

    assert problems(order(engine="aftereffects"), scan) == [("footage_network", "project_id")]
    assert problems(order(engine="preview"), scan) == []


ERRORS = {
    "duplicate_key": CompSpec("frfinal", (LayerSpec("frl_c1t1", text="a"),) * 2),
    "duplicate_shared": CompSpec("frshare", (LayerSpec("tint", text="1,2,3,4"),) * 2),
}


@pytest.mark.parametrize("engine", ["aftereffects", "preview"])
@pytest.mark.parametrize("code", ["duplicate_key", "duplicate_shared"])
def test_an_error_of_the_scan_stops_every_order_with_its_code_and_place(
    code: str, engine: str
) -> None:
    field = LayerSpec("frl_c2t1", text="b")
    final = () if code == "duplicate_key" else (CompSpec("frfinal", (field,)),)
    scan = scan_project(aep.read(rifx.comps(ERRORS[code], *final)))
    (error,) = (problem for problem in scan.problems if problem.level == "error")

    (found,) = check_order(order(engine=engine), scan)

    assert (found.code, found.place) == (error.code, "project_id")
    assert found.message == f"{error.place}: {error.message}"


def test_a_warning_of_the_scan_stops_no_order() -> None:
    layers = (LayerSpec("frl_c1t1", text="a"), LayerSpec("frl_", text="b"))
    scan = scan_project(aep.read(rifx.comps(CompSpec("frfinal", layers), CompSpec("frl_c2t1"))))
    warned = scan.model_copy(
        update={"problems": (ScanProblem(code="x", place="y", message="z"), *scan.problems)}
    )

    assert problems(order(), warned) == []


def test_a_final_comp_without_a_size_is_told_once_and_another_may_be_ordered() -> None:
    good = CompSpec("other", (LayerSpec("frl_c1t1", text="a"),))
    scan = scan_project(aep.read(rifx.comps(CompSpec("frfinal", width=0), good)))

    assert [(p.code, p.level) for p in scan.problems] == [("empty_comp", "warning")]
    assert [place for _, place in problems(order(), scan)] == ["comp"]
    assert problems(order(comp="other"), scan) == []
