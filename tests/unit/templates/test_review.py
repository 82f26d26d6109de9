"""Orders follow what people reviewed: deleted things are gone, edited values hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from orchestrator.core.importing.diff import diff
from orchestrator.core.importing.edit import edited
from orchestrator.core.importing.merge import chosen, merged
from orchestrator.core.importing.review import Review
from orchestrator.core.importing.rows import Row
from orchestrator.core.templates import bind_spec, check_order
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanResult

PROJECT = UUID(int=1)
COMP = {
    "name": "frfinal",
    "width": 8,
    "height": 8,
    "fps": {"num": 25},
    "duration_s": 1,
    "frames": 25,
}


def scan(**more: Any) -> ScanResult:
    """Write a scan: two scenes with fields of every sort, a shared colour and a control."""

    def field(key: str, kind: str, default: str | None, **extra: Any) -> dict[str, Any]:
        made = {"key": key, "kind": kind, "layer": key, "comp": "frfinal", "default": default}
        return {**made, **extra}

    first = [
        field("title", "text", "Hello"),
        field("pick", "dropdown", "1", options=["a", "b"]),
        field("glow", "color", "#112233"),
    ]
    made = {
        "mode": "fix",
        "mode_detected": "fix",
        "mode_reason": "r",
        "ae_version": "24",
        "comps": [COMP],
        "final_comp": "frfinal",
        "scenes": [
            {"key": "c1", "title": "One", "elements": first},
            {"key": "c2", "title": "Two", "order": 1, "elements": [field("title", "text", "x")]},
        ],
        "shared_colors": [{"key": "Accent", "value": "#ff0000"}],
        "controls": [{"key": "layout", "value": 1}],
        **more,
    }
    return ScanResult.model_validate(made, strict=False)


class World:
    """Hold a template's scan and the rows of its first import."""

    def __init__(self, **more: Any) -> None:
        self.scan = scan(**more)
        numbers = count(2)
        changes, _ = chosen(diff((), self.scan), None, remove_orphans=False)
        made = merged(changes, (), PROJECT, lambda: UUID(int=next(numbers)))
        self.rows = {row.id: row for row in made}

    def row(self, kind: str, key: str, scene: str | None = None) -> Row:
        """Find a row."""
        parent = None if scene is None else self.row("scene", scene).id
        return next(
            r for r in self.rows.values() if (r.kind, r.key, r.parent) == (kind, key, parent)
        )

    def edit(self, kind: str, key: str, scene: str | None = None, **values: Any) -> None:
        """Edit a row as a person does."""
        row = edited(self.row(kind, key, scene), values)
        self.rows[row.id] = row

    def delete(self, kind: str, key: str, scene: str | None = None) -> None:
        """Delete a row as a person does."""
        row = replace(self.row(kind, key, scene), deleted=True)
        self.rows[row.id] = row

    def codes(self, **order: Any) -> list[str]:
        """Order, and give what is wrong."""
        review, wanted = Review(self.scan, self.rows.values()), ordered(**order)
        found = (*check_order(wanted, review.orderable()), *review.problems(wanted))
        return [problem.code for problem in found]

    def bound(self, **order: Any) -> dict[str, Any]:
        """Order, and give what bind is told: values by scene and key, colours, controls."""
        review = Review(self.scan, self.rows.values())
        spec = bind_spec(review.completed(ordered(**order)), self.scan, {})
        values = {f"{s.key}/{v.key}": v.value for s in spec.scenes for v in s.values}
        shared = {color.key: color.value for color in spec.colors}
        return {**values, **shared, **{c.key: c.value for c in spec.controls}}


def ordered(**more: Any) -> RenderOrder:
    """Write an order."""
    return RenderOrder.model_validate({"project_id": PROJECT, **more}, strict=False)


def values(scene: str, **given: Any) -> dict[str, Any]:
    """Write the values of one scene."""
    return {"key": scene, "values": [{"key": key, "value": value} for key, value in given.items()]}


def test_without_edits_an_order_is_what_the_scan_says() -> None:
    world = World()
    assert Review(world.scan, ()).orderable() == world.scan
    assert world.codes(scenes=[values("c1", title="a", pick=2)]) == []
    assert world.bound() == {}


def test_what_was_deleted_cannot_be_ordered() -> None:
    world = World()
    world.delete("scene", "c2")
    world.delete("element", "pick", "c1")
    world.delete("shared_color", "Accent")
    world.delete("control", "layout")
    assert world.codes(
        scenes=[values("c2", title="a"), values("c1", pick=1)],
        colors=[{"key": "accent", "value": "#000000"}],
        controls=[{"key": "layout", "value": 2}],
    ) == ["unknown_scene", "unknown_key", "unknown_color", "unknown_control"]


@pytest.mark.parametrize(
    ("field", "edit", "given", "code"),
    [
        ("title", {"required": True}, {"pick": 1}, ["missing"]),
        ("title", {"required": True}, {"title": "a"}, []),
        ("title", {"length_max": 3}, {"title": "abcd"}, ["too_long"]),
        ("title", {"length_max": 3}, {"TITLE": "abcd"}, ["too_long"]),
        ("title", {"length_max": 3}, {"title": "abc"}, []),
        ("pick", {"options": ["a"]}, {"pick": 2}, ["unknown_option"]),
    ],
)
def test_a_persons_limits_hold(field: str, edit: Any, given: Any, code: list[str]) -> None:
    world = World()
    world.edit("element", field, "c1", **edit)
    assert world.codes(scenes=[values("c1", **given)]) == code


def test_edited_texts_and_edited_colours_reach_the_video() -> None:
    world = World()
    world.edit("element", "title", "c1", default_value="Mine")
    world.edit("scene_color", "glow", "c1", value="#0000ff")
    world.edit("shared_color", "Accent", value="#00ff00")
    world.edit("control", "layout", value=3)
    assert world.bound() == {
        "c1/title": "Mine",
        "c1/glow": "#0000ff",
        "Accent": "#00ff00",
        "layout": 3,
    }
    assert world.bound(
        scenes=[values("C1", TITLE="theirs")], colors=[{"key": "accent", "value": "#ABCDEF"}]
    ) == {"c1/title": "theirs", "c1/glow": "#0000ff", "Accent": "#ABCDEF", "layout": 3}


def test_a_scene_colour_follows_the_shared_one_that_it_was_given() -> None:
    world = World()
    world.edit(
        "scene_color", "glow", "c1", shared_color_id=str(world.row("shared_color", "Accent").id)
    )
    assert world.bound()["c1/glow"] == "#ff0000"
    accent = [{"key": "accent", "value": "#ABCDEF"}]
    assert world.bound(colors=accent)["c1/glow"] == "#ABCDEF"
    own = [values("c1", glow="#010101")]
    assert world.bound(colors=accent, scenes=own)["c1/glow"] == "#010101"


def test_what_was_deleted_brings_no_default_and_new_scenes_are_as_scanned() -> None:
    world = World()
    world.edit("element", "title", "c1", default_value="Mine")
    world.delete("element", "title", "c1")
    assert world.bound() == {}
    world.rows = {key: row for key, row in world.rows.items() if row.key != "c2"}
    assert world.codes(scenes=[values("c2", title="a")]) == []


def test_only_ordered_scenes_get_defaults_where_a_mode_renders_only_those() -> None:
    world = World(mode="flexible")
    world.edit("element", "title", "c1", default_value="Mine")
    world.edit("element", "title", "c2", default_value="Mine too")
    world.edit("scene", "c2", duration_s=4.0)
    assert world.bound(scenes=[{"key": "c2"}]) == {"c2/title": "Mine too"}
    review = Review(world.scan, world.rows.values())
    assert review.completed(ordered(scenes=[{"key": "c2"}])).scenes[0].duration_s == 4.0


def test_a_direction_that_a_person_chose_goes_with_the_text() -> None:
    world = World()
    world.edit("element", "title", "c1", direction="rtl")
    review = Review(world.scan, world.rows.values())
    done = review.completed(ordered(scenes=[values("c1", title="سلام")]))
    assert done.scenes[0].values[0].direction == "rtl"
