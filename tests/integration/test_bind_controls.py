"""bind.jsx sets controls and colours of every sort, and names what it cannot set."""

from __future__ import annotations

import io
import shutil
import wave
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.bind_job import (
    BindJob,
    add_text,
    layer_of,
    new_project,
    scene,
    text_of,
    value,
)


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "job")


def control(comp: Any, name: str, *kinds: str) -> list[Any]:
    """Add a solid with control effects; give the property of each."""
    layer = comp.add_solid([1, 0, 0], name, 64, 36)
    effects = [layer.effects.add_property(f"ADBE {kind} Control") for kind in kinds]
    return [effect.properties[0] for effect in effects]


def bound_values(job: BindJob, layer: str) -> list[Any]:
    effects = layer_of(job.bound(), "frfinal", layer).effects.properties
    return [effect.properties[0].value for effect in effects]


def test_each_kind_finds_its_own_control_among_others(job: BindJob) -> None:
    project, final = new_project()
    kinds = ("Layer", "Color", "Angle", "Dropdown", "Checkbox", "Slider")
    control(final, "frd_all", *kinds)
    job.prepare(project)
    given = {
        "checkbox": "true", "number": "-12.5", "dropdown": "3", "color": "#336699",
    }  # fmt: skip
    for kind, text in given.items():
        result = job.run({"scenes": [scene("frfinal", value("all", text, kind))]})
        assert result.ok, result.errors
        found = dict(zip(kinds, bound_values(job, "frd_all"), strict=True))
        changed = {
            "checkbox": ("Checkbox", 1), "number": ("Angle", -12.5), "dropdown": ("Dropdown", 3),
            "color": ("Color", [0.2, 0.4, 0.6, 1.0]),
        }[kind]  # fmt: skip
        assert found[changed[0]] == pytest.approx(changed[1])


def test_a_control_that_nothing_moves_goes_before_one_with_keys(job: BindJob) -> None:
    project, final = new_project()
    moved, free = control(final, "frd_speed", "Slider", "Slider")
    moved.set_value_at_time(0.0, 1.0)
    moved.set_value_at_time(2.0, 9.0)
    free.value = 5.0
    job.prepare(project)

    result = job.run({"scenes": [scene("frfinal", value("speed", "40", "number"))]})

    effects = layer_of(job.bound(), "frfinal", "frd_speed").effects.properties
    assert result.ok, result.errors
    assert [key.value for key in effects[0].properties[0].keyframes] == [1.0, 9.0]
    assert effects[1].properties[0].value == 40


def test_every_key_of_a_control_gets_the_value_and_a_warning_says_so(job: BindJob) -> None:
    project, final = new_project()
    (speed,) = control(final, "frd_speed", "Slider")
    for time_s, amount in ((0.0, 1.0), (2.0, 9.0)):
        speed.set_value_at_time(time_s, amount)
    job.prepare(project)

    result = job.run({"scenes": [scene("frfinal", value("speed", "40", "number"))]})

    (kept,) = layer_of(job.bound(), "frfinal", "frd_speed").effects.properties
    assert result.ok, result.errors
    assert [(key.time, key.value) for key in kept.properties[0].keyframes] == [(0, 40), (2, 40)]
    assert [(w.code, w.key, w.layer) for w in result.warnings] == [
        ("keyframes_levelled", "speed", "frd_speed")
    ]


# The default in the template, what the spec says, what is written.
SWITCHES = (("true", "false", "false"), ("True", "false", "False"), ("FALSE", "true", "TRUE"),
            ("0", "true", "1"), ("on", "1", "true"))  # fmt: skip


def test_a_switch_is_spelled_as_its_default(job: BindJob) -> None:
    project, final = new_project()
    for number, (default, _, _) in enumerate(SWITCHES):
        add_text(final, f"frd_show{number}", default)
    job.prepare(project)
    values = [value(f"show{n}", given, "checkbox") for n, (_, given, _) in enumerate(SWITCHES)]

    assert job.run({"scenes": [scene("frfinal", *values)]}).ok

    bound = job.bound()
    for number, (_, _, written) in enumerate(SWITCHES):
        assert text_of(bound, "frfinal", f"frd_show{number}") == written


def test_points_and_effects_are_addressed_by_name_in_mode_free(job: BindJob) -> None:
    project, final = new_project()
    control(final, "rig", "Point", "Point3D", "Angle", "Color")
    job.prepare(project)
    values = (
        value("rig/Point Control", "12.5,-40", "number"),
        value("rig/3D Point Control/3D Point", "1,2,3", "number"),
        value("rig/Angle Control", "90", "number"),
        value("rig/Color Control", "#ff8000", "color"),
        value("rig/Transform/Position", "5,6,0", "number"),
    )

    result = job.run({"mode": "free", "scenes": [scene("frfinal", *values)]})

    assert result.ok, result.errors
    point, deep, angle, color = bound_values(job, "rig")
    assert (point, deep, angle) == ([12.5, -40], [1, 2, 3], 90)
    assert color == pytest.approx([1, 0x80 / 255, 0, 1])
    place = layer_of(job.bound(), "frfinal", "rig").transform.property("ADBE Position")
    assert place.value == [5, 6, 0]


def test_an_expression_that_shows_the_value_lets_it_be_set(job: BindJob) -> None:
    project, final = new_project()
    _, follower = control(final, "source", "Slider", "Slider")
    follower.expression = 'effect("Slider Control")(1)'
    follower.parent_property.name = "Second"
    (moved,) = control(final, "moved", "Slider")
    moved.expression = "value * 2"
    job.prepare(project)
    values = [value("source/Slider Control", "7", "number"), value("source/Second", "7", "number"),
              value("moved/Slider Control", "3", "number")]  # fmt: skip

    result = job.run({"mode": "free", "scenes": [scene("frfinal", *values)]})
    assert result.ok, result.errors
    assert bound_values(job, "moved") == [3]

    values[1]["value"] = "8"
    result = job.run({"mode": "free", "scenes": [scene("frfinal", *values)]})
    (error,) = result.errors
    assert (error.code, error.scene, error.key) == ("expression_wins", "frfinal", "source/Second")
    assert (error.layer, error.property) == ("source", "Slider")
    assert "shows 7" in error.message


# Kind, value, layer, words of the reason.
REFUSED = (
    ("text", "x", "frl_c1m1", "it is not a text layer"),
    ("media", "p.png", "frl_c1t2", "it is not a layer with footage"),
    ("media", "gone.png", "frl_c1m1", "the file gone.png is not in the job folder"),
    ("media", "song.wav", "frl_c1m1", "the file has no picture"),
    ("audio", "p.png", "frl_c1m1", "the file has no sound"),
    ("media", "broken.png", "frl_c1m1", "cannot import"),
    ("number", "fast", "frd_speed", '"fast" is not a number'),
    ("number", "2000000", "frd_speed", "takes -1000000 to 1000000, not 2000000"),
    ("number", "many", "frd_show", '"many" is not a number'),
    ("dropdown", "9", "frd_pick", "takes 1 to 3, not 9"),
    ("dropdown", "1", "frd_speed", "it holds no dropdown"),
    ("checkbox", "true", "frd_speed", "it holds no checkbox"),
    ("color", "#00ff00", "frd_show", 'its default "true" is not a colour'),
    ("color", "red", "frd_speed", '"red" is not a colour'),
    ("fill", "#00ff00", "frd_shape", "it holds no colour"),
    ("number", "1", "frd_rig", "it holds no number"),
)


def test_what_cannot_be_set_names_scene_key_and_layer(job: BindJob) -> None:
    project, final = new_project()
    job.prepare(None)
    Image.new("RGB", (8, 8)).save(job.folder / "p.png")
    (job.folder / "broken.png").write_bytes(b"no picture")
    (job.folder / "song.wav").write_bytes(_wave())
    targets = {"frl_c1m1": (), "frd_speed": ("Slider",), "frd_pick": ("Dropdown",),
               "frd_rig": ("Layer",)}  # fmt: skip
    for name, kinds in targets.items():
        control(final, name, *kinds)
    add_text(final, "frl_c1t2", "x")
    add_text(final, "frd_show", "true")
    final.add_shape().name = "frd_shape"
    job.prepare(project)

    scenes = []
    for kind, given, layer, _ in REFUSED:
        key = layer.replace("frl_c1", "").replace("frd_", "")
        scenes.append(scene("c1", value(key, given, kind)))
    result = job.run({"scenes": scenes})

    assert len(result.errors) == len(REFUSED)
    for error, (_, _, layer, words) in zip(result.errors, REFUSED, strict=True):
        key = layer.replace("frl_c1", "").replace("frd_", "")
        assert (error.scene, error.key, error.layer, error.comp) == ("c1", key, layer, "frfinal")
        assert f'"c1.{key}" in layer "{layer}"' in error.message
        assert words in error.message
    assert result.applied == ()
    assert not (job.folder / "bound.aep").exists()


def _wave() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(b"\0\0" * 2400)
    return buffer.getvalue()


FREE_REFUSED = (
    ("rig/Layer Control", "1", "number", "holds no number"),
    ("rig/Layer Control/Layer", "1", "number", "is no place for a number"),
    ("rig/Point Control", "1", "number", "takes 2 numbers with commas"),
    ("rig/Point Control", "1,b", "number", '"b" is not a number'),
    ("rig/Color Control/Color", "3", "number", "is no place for a number"),
    ("rig/Point Control", "#00ff00", "color", "holds no colour"),
    ("rig/Transform/Opacity", "120", "number", "takes 0 to 100, not 120"),
)


def test_in_mode_free_too_what_cannot_be_set_is_named(job: BindJob) -> None:
    project, final = new_project()
    control(final, "rig", "Layer", "Point", "Color")
    job.prepare(project)
    values = [value(key, given, kind) for key, given, kind, _ in FREE_REFUSED]

    result = job.run({"mode": "free", "scenes": [scene("frfinal", one) for one in values]})

    assert len(result.errors) == len(FREE_REFUSED)
    for error, (key, _, _, words) in zip(result.errors, FREE_REFUSED, strict=True):
        assert (error.scene, error.key, error.layer) == ("frfinal", key, "rig")
        assert words in error.message


def test_a_fill_effect_takes_a_colour_and_one_that_follows_a_control_does_not(
    job: BindJob, samples: Path
) -> None:
    job.prepare(None)
    template = job.folder / "template.aep"
    shutil.copyfile(samples / "aftereffects-aep-parser-Layer-01.aep", template)
    given = value("Effects Enabled/Fill", "#00ff80", "color")

    result = job.run({"mode": "free", "comp": "Comp 01", "scenes": [scene("Comp 01", given)]})

    assert result.ok, result.errors
    layer = layer_of(job.bound(), "Comp 01", "Effects Enabled")
    color = layer.effects.property("ADBE Fill").property("ADBE Fill-0002").value
    assert color == pytest.approx([0, 1, 0x80 / 255, 1], abs=0.001)

    shutil.copyfile(samples / "aod-AE-pj-template-template.aep", template)
    given = value("short/Fill", "#00ff80", "color")
    result = job.run({"mode": "free", "comp": "clk", "scenes": [scene("clk", given)]})
    (error,) = [error for error in result.errors if error.code == "expression_wins"]
    assert (error.scene, error.key, error.layer) == ("clk", "short/Fill", "short")
    assert "shows #" in error.message
