"""Which frame shows a scene, and what makes two pictures two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from orchestrator.core.scheduling.waiting import NodeFacts
from orchestrator.core.stills.keys import Drawn, EngineClass, cache_key, engine_class
from orchestrator.core.stills.places import OutsideError, Place, place_of
from orchestrator.core.templates.final import ChoiceNeeded
from orchestrator.wire.agent import Capabilities, EngineInfo
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindColor, BindScene, BindSpec, BindValue
from orchestrator.wire.scan import ScanComp, ScanResult, ScanScene

NTSC = Fps(num=30000, den=1001)


def comp(name: str, seconds: float = 10.0, fps: Fps | None = None) -> ScanComp:
    rate = fps or Fps(num=25)
    return ScanComp(
        name=name, width=64, height=36, fps=rate, duration_s=seconds,
        frames=round(seconds * rate.num / rate.den),
    )  # fmt: skip


def scan(mode: Any = "fix", *scenes: ScanScene, comps: tuple[ScanComp, ...] = ()) -> ScanResult:
    return ScanResult(
        mode=mode, mode_detected=mode, mode_reason="told", ae_version="26.0x1",
        comps=(comp("frfinal"), *comps), final_comp="frfinal", scenes=scenes,
    )  # fmt: skip


def part(**more: Any) -> ScanScene:
    return ScanScene(key="c1", title="Scene 1", **more)


def test_the_middle_of_the_time_in_which_a_scene_is_seen_is_shot() -> None:
    seen = part(seen_from_s=2.0, seen_to_s=6.0)
    assert place_of(scan("fix", seen), seen, None) == Place("frfinal", 100)
    assert place_of(scan("fix", seen), seen, 0.0) == Place("frfinal", 50)
    assert place_of(scan("fix", seen), seen, 4.0) == Place("frfinal", 150)


def test_a_scene_never_found_in_the_final_comp_shows_all_of_it() -> None:
    assert place_of(scan("fix", part()), part(), None) == Place("frfinal", 125)


def test_another_comp_is_shown_whole() -> None:
    seen = part(seen_from_s=2.0, seen_to_s=6.0)
    found = scan("fix", seen, comps=(comp("square", 4.0),))
    assert place_of(found, seen, None, "square") == Place("square", 50)
    with pytest.raises(ChoiceNeeded):
        place_of(found, seen, None, "round")


@pytest.mark.parametrize("mode", ["flexible", "mockup", "free"])
def test_a_scene_that_is_a_comp_is_shot_in_it(mode: str) -> None:
    own = ScanScene(key="frc_a", title="frc_a", comp="frc_a")
    found = scan(mode, own, comps=(comp("frc_a", 2.0, NTSC),))
    assert place_of(found, own, None) == Place("frc_a", 30)
    assert place_of(found, own, 0.0334) == Place("frc_a", 1), "a moment early is the frame meant"
    assert place_of(found, own, 2.0) == Place("frc_a", 59), "its end is its last frame"


def test_a_time_outside_the_scene_is_refused_in_its_own_seconds() -> None:
    seen = part(seen_from_s=2.0, seen_to_s=6.0)
    with pytest.raises(OutsideError, match=r"c1 has 4 s; 4\.5 s lies outside"):
        place_of(scan("fix", seen), seen, 4.5)


ENGINE = EngineClass("preview", 1, "1.0")
DRAWN = Drawn(UUID(int=1), "b" * 64, 1, ENGINE, 640, {"media/a.png": "1" * 64})
PLACE = Place("frfinal", 5)


def spec(*scenes: BindScene, mode: Any = "fix", **more: Any) -> BindSpec:
    return BindSpec(mode=mode, comp="frfinal", scenes=scenes, **more)


def given(scene: str, key: str = "t1", text: str = "x", kind: Any = "text") -> BindScene:
    return BindScene(key=scene, values=(BindValue(key=key, kind=kind, value=text),))


def key_of(one: BindSpec, drawn: Drawn = DRAWN, place: Place = PLACE, scene: str = "c1") -> str:
    return cache_key(drawn, one, scene, place)


def test_everything_that_can_change_a_picture_is_in_its_key() -> None:
    plain = spec(given("c1"))
    keys = {
        key_of(plain),
        key_of(spec(given("c1", text="y"))),
        key_of(spec(given("c1"), colors=(BindColor(key="sky", value="#112233"),))),
        key_of(spec(given("c1"), given("c2"))),
        key_of(plain, place=Place("frfinal", 6)),
        key_of(plain, place=Place("other", 5)),
        key_of(plain, scene="c2"),
        key_of(plain, replace(DRAWN, bundle_sha256="c" * 64)),
        key_of(plain, replace(DRAWN, convention_version=2)),
        key_of(plain, replace(DRAWN, max_side=320)),
        key_of(plain, replace(DRAWN, engine=EngineClass("aftereffects", 26, "26"))),
        key_of(plain, replace(DRAWN, engine=EngineClass("preview", 1, "1.1"))),
        key_of(plain, replace(DRAWN, inputs={"fonts/x.ttf": "2" * 64})),
        key_of(plain, replace(DRAWN, project_id=UUID(int=2))),
    }
    assert len(keys) == 14


def test_what_cannot_change_a_picture_is_not_in_its_key() -> None:
    assert key_of(spec(given("c1"), given("c2"))) == key_of(spec(given("c2"), given("c1")))
    assert key_of(spec(given("c1"), BindScene(key="c3"))) == key_of(spec(given("c1")))
    one, other = given("c1", text="media/a.png", kind="media"), {"media/b.png": "1" * 64}
    same = given("c1", text="media/b.png", kind="media")
    assert key_of(spec(one)) == key_of(spec(same), replace(DRAWN, inputs=other))


def test_in_assembled_modes_other_scenes_values_do_not_count() -> None:
    alone, together = (given("c1"),), (given("c1"), given("c2"))
    for mode in ("flexible", "mockup"):
        assert key_of(spec(*alone, mode=mode)) == key_of(spec(*together, mode=mode))


def node(state: str, *engines: tuple[str, int, str], kinds: tuple[Any, ...] = ()) -> NodeFacts:
    found = tuple(
        EngineInfo(kind=kind, major=major, version=version)  # type: ignore[arg-type]
        for kind, major, version in engines
    )
    able = Capabilities(engines=found, kinds=kinds, cores=2, memory_bytes=2**33)
    return NodeFacts(UUID(int=1), "n", state, "linux", able, 1, 0)


def test_the_newest_version_among_nodes_that_work_draws() -> None:
    nodes = [
        node("online", ("aftereffects", 25, "25.1x1"), ("preview", 1, "1.0")),
        node("offline", ("aftereffects", 27, "27.0x1")),
        node("online", ("aftereffects", 26, "26.2x9"), kinds=("render",)),
        node("quarantined", ("aftereffects", 28, "28.0")),
    ]
    assert engine_class(nodes, "aftereffects") == EngineClass("aftereffects", 25, "25")
    assert engine_class(nodes, "preview") == EngineClass("preview", 1, "1.0")
    assert engine_class(nodes[1:2], "aftereffects").major == 27
    assert engine_class([], "preview") == EngineClass("preview", None, "")
