"""bind.jsx writes a client's values into real project files, through the AfterFX stand-in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import py_aep
import pytest
from PIL import Image

from node_agent.preview.config import PreviewConfig
from node_agent.preview.opening import open_application
from node_agent.preview.templates_store import add_templates
from tests.support.bind_job import (
    BindJob,
    add_text,
    document_of,
    layer_of,
    new_project,
    scene,
    text_of,
    value,
)

PERSIAN = "سلام دنیا"


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "job")


def test_a_text_written_by_the_command_line_is_in_the_saved_copy(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "Hello")
    job.prepare(project)
    script = job.write_spec({"scenes": [scene("c1", value("t1", "Bonjour"))]})
    add_templates(job.folder / "home")

    done = subprocess.run(
        [sys.executable, "-m", "node_agent.preview.afterfx", "-m", "-noui", "-r", str(script)],
        env={**os.environ, "FLATRENDER_PREVIEW_HOME": str(job.folder / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert job.result().ok
    assert text_of(job.bound(), "frfinal", "frl_c1t1") == "Bonjour"
    original = py_aep.parse(job.folder / "template.aep").project
    assert text_of(original, "frfinal", "frl_c1t1") == "Hello"


def test_folders_may_hold_spaces_percent_signs_and_persian_letters(tmp_path: Path) -> None:
    job = BindJob(tmp_path / "a job 100%41 سلام")
    project, final = new_project()
    final.add_solid([1, 0, 0], "frl_c1m1", 64, 36)
    job.prepare(project)
    Image.new("RGB", (64, 36)).save(job.folder / "media" / "a.png")

    assert job.run({"scenes": [scene("c1", value("m1", "media/a.png", "media"))]}).ok


def test_persian_text_gets_the_universal_composer_and_its_direction(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "Hello")
    add_text(final, "frd_dc1t1", "ltr")
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", PERSIAN + "\nخط دوم"))]})

    document = document_of(job.bound(), "frfinal", "frl_c1t1")
    assert result.ok
    assert document.text == PERSIAN + "\nخط دوم"
    assert document.composer_engine == py_aep.ComposerEngine.UNIVERSAL_TYPE_ENGINE
    assert document.direction == py_aep.ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
    assert text_of(job.bound(), "frfinal", "frd_dc1t1") == "rtl"


def test_font_size_and_justification_change_only_when_they_are_given(job: BindJob) -> None:
    project, final = new_project()
    for name in ("frl_c1t1", "frl_c1t2"):
        layer = add_text(final, name, "Hello")
        layer.text.property("ADBE Text Document").value.font_size = 51
    job.prepare(project)

    job.run(
        {
            "scenes": [
                scene(
                    "c1",
                    value("t1", "A"),
                    value("t2", "B", font="Vazirmatn-Bold", size=72.0, justify="center"),
                )
            ]
        }
    )

    kept = document_of(job.bound(), "frfinal", "frl_c1t1")
    changed = document_of(job.bound(), "frfinal", "frl_c1t2")
    assert (kept.font_size, kept.font) == (51, "MyriadPro-Regular")
    assert (changed.font_size, changed.font) == (72, "Vazirmatn-Bold")
    assert changed.justification == py_aep.ParagraphJustification.CENTER_JUSTIFY


@pytest.mark.parametrize(
    ("default", "written"),
    [
        ("240,120,30,255", "0,255,128,255"),
        ("240, 120, 30", "0, 255, 128"),
        ("1.0,0.5,0.25,0.8", "0,1,0.502,0.8"),
        ("#AABBCC", "#00ff80"),
        ("aabbcc", "00ff80"),
        ("#aabbcc40", "#00ff8040"),
        ("aabbcc40", "00ff8040"),
    ],
)
def test_a_colour_keeps_the_notation_of_its_default(
    job: BindJob, default: str, written: str
) -> None:
    project, _ = new_project()
    shared = next(comp for comp in project.compositions if comp.name == "frshare")
    add_text(shared, "accent", default)
    job.prepare(project)

    result = job.run({"colors": [{"key": "accent", "value": "#00ff80"}]})

    assert result.ok, result.errors
    assert text_of(job.bound(), "frshare", "accent") == written


def test_an_image_is_fitted_into_its_placeholder_and_stays_centred(job: BindJob) -> None:
    project, final = new_project()
    final.add_solid([1, 0, 0], "frl_c1m1", 640, 360)
    job.prepare(project)
    Image.new("RGB", (1600, 1200), (0, 0, 200)).save(job.folder / "media" / "a.png")

    result = job.run({"scenes": [scene("c1", value("m1", "media/a.png", "media"))]})

    layer = layer_of(job.bound(), "frfinal", "frl_c1m1")
    assert result.ok, result.errors
    assert Path(layer.source.file).name == "a.png"
    assert layer.transform.property("ADBE Scale").value[:2] == pytest.approx([30, 30])
    assert layer.transform.property("ADBE Anchor Point").value[:2] == pytest.approx([800, 600])


def test_a_renamed_footage_item_can_be_the_placeholder(job: BindJob) -> None:
    job.prepare(None)
    Image.new("RGB", (200, 100), (0, 0, 200)).save(job.folder / "old.png")
    Image.new("RGB", (400, 100), (0, 200, 0)).save(job.folder / "media" / "new.png")
    project, final = new_project()
    item = project.import_file(py_aep.ImportOptions(job.folder / "old.png"))
    item.name = "frl_c1m1"
    final.add(item).name = "picture"
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("m1", "media/new.png", "media"))]})

    layer = layer_of(job.bound(), "frfinal", "picture")
    assert result.ok, result.errors
    assert Path(layer.source.file).name == "new.png"
    assert layer.transform.property("ADBE Scale").value[:2] == pytest.approx([50, 50])


def test_in_a_music_visualizer_the_named_sound_is_the_clients(job: BindJob, tmp_path: Path) -> None:
    project, final = new_project()
    _write_silence(tmp_path / "old.wav")
    item = project.import_file(py_aep.ImportOptions(tmp_path / "old.wav"))
    item.name = "frl_music"
    final.add(item)
    job.prepare(project)
    _write_silence(job.folder / "media" / "song.wav")

    spec = {"scenes": [scene("c1", value("music", "media/song.wav", "audio"))]}
    result = job.run({"mode": "music_visualizer", **spec})

    assert result.ok, result.errors
    assert result.has_audio
    assert [Path(item.file).name for item in job.bound().footages if item.file] == ["song.wav"]


def test_hidden_values_go_into_texts_controls_effects_and_solids(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "frd_speed", "1")
    add_text(final, "frd_maincolor", "1,2,3")
    for name, kind in (
        ("frd_glow", "ADBE Checkbox Control"),
        ("frd_size", "ADBE Slider Control"),
        ("frd_backcolor", "ADBE Color Control"),
    ):
        final.add_solid([1, 0, 0], name).effects.add_property(kind)
    final.add_solid([1, 0, 0], "frd_floorcolor")
    job.prepare(project)

    result = job.run(
        {
            "scenes": [
                scene(
                    "c1",
                    value("speed", "2.5", "number"),
                    value("glow", "true", "checkbox"),
                    value("size", "40", "number"),
                    value("maincolor", "#102030", "color"),
                    value("backcolor", "#ff0000", "color"),
                    value("floorcolor", "#0000ff", "fill"),
                )
            ]
        }
    )

    bound = job.bound()
    assert result.ok, result.errors
    assert text_of(bound, "frfinal", "frd_speed") == "2.5"
    assert text_of(bound, "frfinal", "frd_maincolor") == "16,32,48"
    assert first_value(bound, "frd_glow") == 1
    assert first_value(bound, "frd_size") == 40
    assert first_value(bound, "frd_backcolor") == pytest.approx([1, 0, 0, 1])
    floor = layer_of(bound, "frfinal", "frd_floorcolor").source.main_source.color
    assert list(floor)[:3] == pytest.approx([0, 0, 1])


def first_value(project: Any, layer: str) -> Any:
    """Give the value of the first effect of a layer in frfinal."""
    return layer_of(project, "frfinal", layer).effects.properties[0].properties[0].value


def test_the_sound_is_rendered_and_the_queue_then_holds_the_frames(job: BindJob) -> None:
    project, final = new_project()
    job.prepare(None)
    sound = job.folder / "music.wav"
    _write_silence(sound)
    final.add(project.import_file(py_aep.ImportOptions(sound)))
    project.render_queue.add(next(c for c in project.compositions if c.name == "frshare"))
    final.display_start_time = 2.0
    final.work_area_start = 1.0
    final.work_area_duration = 2.0
    job.prepare(project)

    result = job.run({})

    bound = job.bound()
    items = bound.render_queue.items
    final = next(comp for comp in bound.compositions if comp.name == "frfinal")
    assert result.has_audio
    assert result.sound == f"{job.folder}/out/sound.wav"
    with wave.open(result.sound) as heard:
        assert (heard.getframerate(), heard.getnframes()) == (48_000, 6 * 48_000)
    assert [item.output_modules[0].name for item in items] == ["FR RGB"]
    assert [item.comp.name for item in items] == ["frfinal"]
    assert [(item.time_span_start, item.time_span_duration) for item in items] == [(0, 6)]
    assert (final.display_start_time, final.work_area_start) == (0, 0)
    assert final.work_area_duration == pytest.approx(6)
    assert (result.width, result.height, result.fps, result.frames) == (1280, 720, 25, 150)


def test_a_sound_that_nobody_is_to_hear_or_that_cannot_be_written_is_not_there(
    job: BindJob,
) -> None:
    project, final = new_project()
    job.prepare(None)
    sound = job.folder / "music.wav"
    _write_silence(sound)
    final.add(project.import_file(py_aep.ImportOptions(sound)))
    job.prepare(project)

    assert job.run({}, sound_module=None).sound is None
    assert list((job.folder / "out").iterdir()) == []

    (job.folder / "out").rmdir()
    result = job.run({})
    assert not result.ok
    assert [issue.code for issue in result.errors] == ["sound_failed"]
    assert "frfinal" in result.errors[0].message


def test_a_template_that_is_not_on_the_node_falls_back_to_a_stock_one(job: BindJob) -> None:
    project, _ = new_project()
    job.prepare(project)

    result = job.run({}, output_module="FR HDR")

    assert result.ok
    assert result.output_module == "TIFF Sequence with Alpha"
    assert [warning.code for warning in result.warnings] == ["output_module_fallback"]


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ({"scenes": [scene("c1", value("t9", "x"))]}, "field_missing", "c1.t9"),
        ({"colors": [{"key": "nope", "value": "#000000"}]}, "field_missing", "nope"),
        ({"scenes": [scene("c1", value("m1", "no.png", "media"))]}, "value_refused", "no.png"),
        ({"scenes": [scene("c1", value("t1", "a.png", "media"))]}, "value_refused", "frl_c1t1"),
        ({"comp": "nothing"}, "comp_missing", "nothing"),
        ({"mode": "flexible"}, "no_scenes", "no scene is ordered"),
        ({"scenes": [scene("c1", value("twice", "x"))]}, "field_ambiguous", "rename"),
        ({"scenes": [scene("c1", value("driven", "x"))]}, "expression_wins", "always this"),
        ({"scenes": [scene("c1", value("t1", "x", font="No Such"))]}, "value_refused", "font"),
    ],
)
def test_what_cannot_be_set_is_named_and_nothing_is_saved(
    job: BindJob, spec: dict[str, object], code: str, words: str
) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "Hello")
    final.add_solid([1, 0, 0], "frl_c1m1")
    add_text(final, "twice", "a")
    add_text(final, "twice", "b")
    driven = add_text(final, "driven", "a")
    driven.text.property("ADBE Text Document").expression = '"always this"'
    job.prepare(project)

    result = job.run(spec)

    assert not result.ok
    assert [error.code for error in result.errors] == [code]
    assert words in result.errors[0].message
    assert not (job.folder / "bound.aep").exists()


def test_a_value_that_breaks_an_expression_fails_with_its_place(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "50")
    follower = add_text(final, "follower", "x")
    follower.transform.property("ADBE Opacity").expression = (
        'var n = Number(comp("frfinal").layer("frl_c1t1").text.sourceText);'
        " if (isNaN(n)) { throw new Error('not a number'); } n"
    )
    broken = add_text(final, "old trouble", "x")
    broken.transform.property("ADBE Opacity").expression = 'comp("gone").width'
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", "fifty"))]})

    assert [(e.code, e.layer, e.comp, e.property) for e in result.errors] == [
        ("expression_error", "follower", "frfinal", "Opacity")
    ]
    assert 'property "Transform/Opacity": not a number' in result.errors[0].message


def test_scenes_and_shared_values_tell_layers_of_one_name_apart(job: BindJob) -> None:
    project, final = new_project()
    shared = next(comp for comp in project.compositions if comp.name == "frshare")
    outro = project.root_folder.add_comp("Outro", 640, 360, 1.0, 2.0, 25.0)
    add_text(final, "frl_title", "a")
    add_text(outro, "frl_title", "b")
    add_text(outro, "frd_dtitle", "ltr")
    add_text(shared, "accent", "1,2,3,255")
    add_text(final, "accent", "not a colour")
    job.prepare(project)

    result = job.run(
        {
            "scenes": [
                scene("frfinal", value("title", "first")),
                scene("outro", value("title", PERSIAN)),
                scene("frshare", value("accent", "9,9,9,255")),
            ],
            "colors": [{"key": "accent", "value": "#102030"}],
        }
    )

    bound = job.bound()
    assert result.ok, result.errors
    assert text_of(bound, "frfinal", "frl_title") == "first"
    assert text_of(bound, "Outro", "frl_title") == PERSIAN
    assert text_of(bound, "Outro", "frd_dtitle") == "rtl"
    assert text_of(bound, "frshare", "accent") == "16,32,48,255"
    assert text_of(bound, "frfinal", "accent") == "not a colour"


def test_mode_free_addresses_texts_effects_and_properties(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "Title/Main", "Hello")
    layer = final.add_solid([1, 0, 0], "control")
    for kind, name in (("ADBE Color Control", "Accent"), ("ADBE Slider Control", "Speed")):
        layer.effects.add_property(kind).name = name
    job.prepare(project)

    result = job.run(
        {
            "mode": "free",
            "scenes": [
                scene("frfinal", value("Title/Main", "Hi"), value("control/Speed", "7.5", "number"))
            ],
            "colors": [{"key": "frfinal/control/Accent", "value": "#ff0000"}],
        }
    )

    effects = layer_of(job.bound(), "frfinal", "control").effects.properties
    assert result.ok, result.errors
    assert text_of(job.bound(), "frfinal", "Title/Main") == "Hi"
    assert effects[0].properties[0].value == pytest.approx([1, 0, 0, 1])
    assert effects[1].properties[0].value == pytest.approx(7.5)


def test_mode_free_lists_the_meanings_of_an_address_that_means_two(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "Title", "a")
    add_text(final, "Title", "b")
    job.prepare(project)

    result = job.run({"mode": "free", "scenes": [scene("frfinal", value("Title", "x"))]})

    assert [error.code for error in result.errors] == ["field_ambiguous"]
    assert "layer 1" in result.errors[0].message
    assert "layer 2" in result.errors[0].message


def test_without_the_permission_to_write_there_is_no_result_file(job: BindJob) -> None:
    project, _ = new_project()
    job.prepare(project)
    job.config = PreviewConfig(scripting_allowed=False)

    with pytest.raises(Exception, match="allow scripts to write files"):
        job.run({})

    assert not (job.folder / "bind_result.json").exists()


def test_a_project_of_a_newer_version_is_refused_by_name(job: BindJob) -> None:
    project, _ = new_project()
    job.prepare(project)
    job.config = PreviewConfig(engine_major=24)

    result = job.run({})

    assert [error.code for error in result.errors] == ["script_error"]
    assert "cannot be opened with version 24" in result.errors[0].message


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [("value.toUpperCase()", True), ('thisComp.layer("a").text.sourceText.value', False)],
)
def test_a_text_whose_expression_reads_its_value_can_be_set(
    job: BindJob, expression: str, accepted: bool
) -> None:
    project, final = new_project()
    add_text(final, "a", "a")
    source_text(add_text(final, "frl_c1t1", "x")).expression = expression
    job.prepare(project)

    assert job.run({"scenes": [scene("c1", value("t1", "new"))]}).ok is accepted


def source_text(layer: Any) -> Any:
    return layer.text.property("ADBE Text Document")


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(b"\0\0" * 24000)


@pytest.mark.parametrize(
    "name",
    [
        "Keyframes-KeyframesLogo",
        "aod-AE-pj-template-template",
        "lottie-android-Multiline",
        "lottie-android-PointText",
        "lottie-android-TwitterHeart",
    ],
)
def test_real_projects_take_a_persian_text_and_open_again(
    job: BindJob, samples: Path, name: str
) -> None:
    job.prepare(None)
    shutil.copyfile(samples / f"{name}.aep", job.folder / "template.aep")
    project = open_application(job.folder / "template.aep").project
    used = {layer.source for comp in project.compositions for layer in comp.composition_layers}
    comp = next(comp for comp in project.compositions if comp not in used)
    still = [layer for layer in comp.text_layers if not source_text(layer).expression]
    texts = [value(layer.name, PERSIAN) for layer in still[:1]]

    result = job.run({"mode": "free", "comp": comp.name, "scenes": [scene(comp.name, *texts)]})

    assert result.ok, result.errors
    queue = job.bound().render_queue
    assert [(item.comp.name, item.output_modules[0].name) for item in queue.items] == [
        (comp.name, "FR RGB")
    ]
