"""bind.jsx assembles flatrender: scenes in their order, with their lengths, each use a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest
from PIL import Image

from orchestrator.wire.bind import BindResult
from tests.support.bind_job import BindJob, add_text, new_project, scene, text_of, value
from tests.support.films import source_text
from tests.support.scenes import FIELD_Y, FPS, GREY, drawn, flexible, hand_of, scene_comp

RED, BLUE, BACK = (153, 0, 0), (0, 0, 153), (0, 77, 0)
Values = tuple[dict[str, Any], ...]


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "job")


def use(
    key: str, start_s: float, seconds: float, *values: dict[str, Any], **more: float
) -> dict[str, Any]:
    """Write one use of a scene in a bind spec."""
    return {**scene(key, *values), "start_s": start_s, "duration_s": seconds, **more}


def assemble(
    job: BindJob, project: Any, seconds: float, *uses: dict[str, Any], **more: Any
) -> BindResult:
    """Bind a template in mode flexible."""
    job.prepare(project)
    for name, colour in (("pink", (250, 0, 250)), ("yellow", (250, 250, 0))):
        Image.new("RGB", (80, 80), colour).save(job.folder / "media" / f"{name}.png")
    spec = {"mode": "flexible", "comp": "flatrender", "duration_s": seconds, "scenes": list(uses)}
    return job.run({**spec, **more})


def colour(frame: np.ndarray, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(c) for c in frame[y, x, :3])


def comp_of(project: Any, name: str) -> Any:
    return next(comp for comp in project.compositions if comp.name == name)


def test_scenes_play_in_their_order_each_use_with_its_own_value(job: BindJob) -> None:
    result = assemble(
        job, flexible(job.folder), 5.0,
        use("frc_red", 0.0, 2.0, value("pic", "media/pink.png", "media")),
        use("frc_blue", 2.0, 1.0),
        use("frc_red", 3.0, 2.0, value("pic", "media/yellow.png", "media")),
    )  # fmt: skip

    assert result.ok, result.errors
    assert (result.final_comp, result.duration_s, result.frames) == ("flatrender", 5.0, 125)
    bound = job.bound()
    seen = [drawn(bound, frame, job.folder) for frame in (0, 49, 50, 74, 75, 124)]
    assert [colour(frame, 200, 60) for frame in seen] == [RED, RED, BLUE, BLUE, RED, RED]
    fields = [colour(frame, 20, FIELD_Y) for frame in seen]
    assert fields == [(250, 0, 250)] * 2 + [GREY] * 2 + [(250, 250, 0)] * 2
    hands = [hand_of(frame) for frame in seen]
    assert hands == pytest.approx([0, 1.96, 0, 0.96, 0, 1.96], abs=0.02)


@pytest.mark.parametrize("seconds", [6.0, 1.2])
def test_only_the_middle_of_a_scene_stretches(job: BindJob, seconds: float) -> None:
    kept = {"protected_in_s": 0.4, "protected_out_s": 0.4}
    result = assemble(job, flexible(job.folder), 1 + seconds, use("frc_blue", 0.0, 1.0),
                      use("frc_red", 1.0, seconds, **kept))  # fmt: skip

    assert result.ok, result.errors
    bound = job.bound()
    speed = 1.2 / (seconds - 0.8)
    for at_s in (0.0, 0.2, 0.4, seconds / 2, seconds - 0.4, seconds - 0.2, seconds - 0.04):
        own = min(at_s, 0.4) + max(0.0, min(at_s, seconds - 0.4) - 0.4) * speed
        own += max(0.0, at_s - seconds + 0.4)
        frame = drawn(bound, round((1 + at_s) * FPS), job.folder)
        assert hand_of(frame) == pytest.approx(own, abs=0.03), at_s


def test_a_later_scene_comes_in_over_the_one_before(job: BindJob) -> None:
    uses = use("frc_red", 0.0, 2.0), use("frc_blue", 1.6, 1.0)
    assert assemble(job, flexible(job.folder), 2.6, *uses).ok

    seen = [drawn(job.bound(), frame, job.folder) for frame in (39, 40, 64)]
    assert [colour(frame, 200, 60) for frame in seen] == [RED, BLUE, BLUE]


def test_what_stands_in_flatrender_stays_in_its_place_to_the_new_end(job: BindJob) -> None:
    uses = use("frc_blue", 0.0, 1.0), use("frc_blue", 7.0, 1.0)
    marked = scene("flatrender", value("mark", "M"))
    result = assemble(job, flexible(job.folder), 8.0, *uses, marked)

    assert result.ok, result.errors
    bound = job.bound()
    names = [layer.name for layer in comp_of(bound, "flatrender").layers]
    assert names == ["frl_mark", "frc_blue #2", "frc_blue #1", "back"]
    assert text_of(bound, "flatrender", "frl_mark") == "M"
    between = drawn(bound, 100, job.folder)
    assert colour(between, 200, 60) == BACK
    assert [layer.out_point for layer in comp_of(bound, "flatrender").layers][-1] == 8.0


def test_an_expression_that_names_a_copied_comp_follows_the_copy(job: BindJob) -> None:
    project = flexible(job.folder)
    add_text(comp_of(project, "frc_red inner"), "frl_title", "old")
    follower = add_text(comp_of(project, "frc_red"), "follower", "x")
    source_text(
        follower
    ).expression = (
        "/* comp('frc_red inner') */ comp( 'frc_red inner' ).layer(\"frl_title\").text.sourceText"
    )

    result = assemble(job, project, 4.0, use("frc_red", 0.0, 2.0, value("title", "one")),
                      use("frc_red", 2.0, 2.0, value("title", "سلام")))  # fmt: skip

    assert result.ok, result.errors
    bound = job.bound()
    for number, text in ((1, "one"), (2, "سلام")):
        assert text_of(bound, f"frc_red inner #{number}", "frl_title") == text
        layers = comp_of(bound, f"frc_red #{number}").layers
        written = next(source_text(layer) for layer in layers if layer.name == "follower")
        assert f'comp( "frc_red inner #{number}" ).layer' in written.expression
        assert written.expression.startswith("/* comp('frc_red inner') */")
    assert text_of(bound, "frc_red inner", "frl_title") == "old"


def test_an_expression_that_works_a_name_out_is_refused_with_its_place(job: BindJob) -> None:
    project = flexible(job.folder)
    layer = add_text(comp_of(project, "frc_red"), "follower", "x")
    source_text(layer).expression = 'comp("frc_red " + "inner").name'

    result = assemble(job, project, 2.0, use("frc_red", 0.0, 2.0))

    assert [error.code for error in result.errors] == ["copied_comp_named"]
    issue = result.errors[0]
    assert (issue.scene, issue.comp, issue.layer) == ("frc_red", "frc_red #1", "follower")
    assert issue.property == "Source Text"


def test_an_expression_that_a_copy_breaks_fails_with_its_place(job: BindJob) -> None:
    project = flexible(job.folder)
    final = comp_of(project, "flatrender")
    mark = next(layer for layer in final.layers if layer.name == "frl_mark")
    mark.transform.property("ADBE Opacity").expression = 'thisComp.layer("frc_blue").index'

    result = assemble(job, project, 1.0, use("frc_red", 0.0, 1.0))

    assert [(e.code, e.comp, e.layer) for e in result.errors] == [
        ("expression_error", "flatrender", "frl_mark")
    ]


def test_shared_layers_reach_every_use_by_their_references(job: BindJob) -> None:
    project = flexible(job.folder)
    every = project.root_folder.add_comp("all", 100, 100, 1.0, 3.0, FPS)
    add_text(every, "frl_brand", "old")
    every.add_solid([0, 0, 0], "frl_logo", 40, 40)
    for name in ("frc_red", "frc_blue"):
        add_text(comp_of(project, name), "frs_brand", "old")
        comp_of(project, name).add_solid([0, 0, 0], "frs_logo", 40, 40)
    told = add_text(comp_of(project, "frc_red inner"), "frs_brand", "told")
    source_text(told).expression = 'comp("all").layer("frl_brand").text.sourceText'

    values = value("brand", "ACME"), value("logo", "media/pink.png", "media")
    result = assemble(job, project, 3.0, use("frc_red", 0.0, 2.0), use("frc_blue", 2.0, 1.0),
                      scene("all", *values))  # fmt: skip

    assert result.ok, result.errors
    bound = job.bound()
    for comp in ("frc_red #1", "frc_blue #2"):
        assert text_of(bound, comp, "frs_brand") == "ACME"
        shown = {Path(layer.source.file).name for layer in comp_of(bound, comp).file_layers}
        assert shown == {"pink.png"}
    assert text_of(bound, "frc_red inner #1", "frs_brand") == "told"


def test_a_shared_colour_is_set_in_every_use(job: BindJob) -> None:
    project = flexible(job.folder)
    for name in ("frc_red", "frc_blue"):
        add_text(comp_of(project, name), "frd_slotcolor", "1,2,3,255")

    result = assemble(
        job, project, 4.0, use("frc_red", 0.0, 2.0), use("frc_red", 2.0, 1.0),
        use("frc_blue", 3.0, 1.0), colors=[{"key": "frd_slotcolor", "value": "#0a0b0c"}],
    )  # fmt: skip

    assert result.ok, result.errors
    written = {comp: text_of(job.bound(), comp, "frd_slotcolor")
               for comp in ("frc_red #1", "frc_red #2", "frc_blue #3")}  # fmt: skip
    assert set(written.values()) == {"10,11,12,255"}


def test_shared_values_of_frshare_are_carried_into_every_copy(job: BindJob) -> None:
    project = flexible(job.folder)
    shared = project.root_folder.add_comp("frshare", 100, 100, 1.0, 3.0, FPS)
    for name, text in (("accent", "1,2,3,255"), ("layout", "1"), ("brand", "old")):
        add_text(shared, name, text)
    add_text(comp_of(project, "frc_red"), "accent", "a layer of the designer's")
    follower = add_text(comp_of(project, "frc_red inner"), "follower", "x")
    source_text(follower).expression = 'comp("frshare").layer("brand").text.sourceText'

    result = assemble(
        job, project, 2.0, use("frc_red", 0.0, 2.0), scene("frshare", value("brand", "ACME")),
        colors=[{"key": "accent", "value": "#0a0b0c"}], controls=[{"key": "layout", "value": 3}],
    )  # fmt: skip

    assert result.ok, result.errors
    bound = job.bound()
    written = [text_of(bound, "frshare", name) for name in ("accent", "layout", "brand")]
    assert written == ["10,11,12,255", "3", "ACME"]
    assert text_of(bound, "frc_red #1", "accent") == "a layer of the designer's"


def test_layers_keep_their_names_when_their_comps_are_copied(job: BindJob) -> None:
    project = flexible(job.folder)
    assert assemble(job, project, 2.0, use("frc_red", 0.0, 2.0)).ok

    copy = comp_of(job.bound(), "frc_red #1")
    shown = [(layer.name, layer.source.name) for layer in copy.composition_layers]
    assert shown == [("frc_red inner", "frc_red inner #1")]


@pytest.mark.parametrize(
    ("uses", "code", "words"),
    [
        ((use("frc_none", 0.0, 1.0),), "scene_missing", "no comp named"),
        ((use("frc_red", 0.0, 1.0, value("nope", "x")),), "field_missing", "frc_red.nope"),
        ((use("frc_red", 0.0, 0.5, protected_in_s=0.4, protected_out_s=0.4),), "scene_refused",
         "its protected parts alone take 0.8 s"),
        ((use("frc_twin", 0.0, 1.0),), "scene_ambiguous", "2 comps"),
        ((use("frc_red", 0.0, 1.0, value("pic", "no.png", "media")),), "value_refused",
         "frc_red.pic"),
    ],
)  # fmt: skip
def test_what_cannot_be_assembled_is_named_and_nothing_is_saved(
    job: BindJob, uses: Values, code: str, words: str
) -> None:
    project = flexible(job.folder)
    for _ in range(2):
        scene_comp(project, "frc_twin", 1.0, [0, 0, 0])

    result = assemble(job, project, 1.0, *uses)

    assert [error.code for error in result.errors] == [code]
    assert words in result.errors[0].message
    assert not (job.folder / "bound.aep").exists()


def test_a_stretched_scene_with_sound_is_told(job: BindJob) -> None:
    project = flexible(job.folder)
    job.prepare(None)
    write_tone(job.folder / "tone.wav")
    item = project.import_file(py_aep.ImportOptions(job.folder / "tone.wav"))
    comp_of(project, "frc_blue").add(item)

    uses = use("frc_blue", 0.0, 1.0), use("frc_blue", 1.0, 2.0)
    result = assemble(job, project, 3.0, *uses)

    assert (result.ok, result.has_audio) == (True, True)
    told = [(warning.code, warning.scene, warning.key) for warning in result.warnings]
    assert told == [("sound_stretched", "frc_blue", None)]


def write_tone(path: Path) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        wave_form = np.sin(np.arange(24000) * 2 * np.pi * 440 / 24000) * 8000
        file.writeframes(wave_form.astype("<i2").tobytes())


@pytest.mark.parametrize(("seconds", "frames"), [(9.0, 225), (2.0, 50)])
def test_a_music_visualizer_is_as_long_as_it_is_ordered(
    job: BindJob, seconds: float, frames: int
) -> None:
    project = py_aep.new().project
    final = project.root_folder.add_comp("frfinal", 100, 100, 1.0, 4.0, FPS)
    bars = project.root_folder.add_comp("bars", 100, 100, 1.0, 4.0, FPS)
    bars.add_solid([1, 0, 0], "bar", 100, 100)
    final.add(bars)
    early = final.add_solid([0, 0, 0], "intro", 10, 10)
    early.out_point = 1.0
    job.prepare(project)

    result = job.run({"mode": "music_visualizer", "duration_s": seconds})

    assert result.ok, result.errors
    assert (result.duration_s, result.frames) == (seconds, frames)
    bound = job.bound()
    ends = {layer.name: layer.out_point for layer in comp_of(bound, "frfinal").layers}
    assert ends["intro"] == 1.0
    longest = max(seconds, 4.0)
    assert ends["bars"] == longest
    assert comp_of(bound, "bars").duration == longest
    assert comp_of(bound, "bars").layers[0].out_point == longest


def test_another_rate_than_the_comps_is_set_and_another_size_is_told(job: BindJob) -> None:
    project, _ = new_project()
    job.prepare(project)

    result = job.run({"fps": {"num": 30000, "den": 1001}, "width": 1920, "height": 1080})

    assert result.ok
    assert [warning.code for warning in result.warnings] == ["size_differs"]
    assert (result.width, result.height, result.frames) == (1280, 720, 180)
    assert result.fps == pytest.approx(30000 / 1001)
    assert final_rate(job) == pytest.approx(30000 / 1001)


def final_rate(job: BindJob) -> float:
    return next(float(c.frame_rate) for c in job.bound().compositions if c.name == "frfinal")
