"""The AfterFX stand-in gives scripts After Effects' objects, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from node_agent.preview import afterfx
from node_agent.preview.config import PreviewConfig
from node_agent.preview.dom.bridge import Bridge, ScriptFailedError
from node_agent.preview.dom.session import Session
from node_agent.preview.templates_store import add_templates
from tests.support.bind_job import add_text, new_project


class Runner:
    """Run lines of script beside a project called p.aep; `say(x)` prints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.config = PreviewConfig()
        self.session: Session | None = None

    def __call__(self, source: str) -> list[str]:
        script = self.folder / "script.jsx"
        opening = "var here = new File($.fileName).parent.fsName; var say = $.writeln;\n"
        script.write_text(opening + source, encoding="utf-8")
        self.session = Session(self.config, self.folder / "home", self.said.append, {"HOME": "/h"})
        Bridge(self.session).run(script)
        return self.said


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    add_templates(tmp_path / "home")
    return Runner(tmp_path)


@pytest.fixture
def project(run: Runner) -> Any:
    made, final = new_project()
    add_text(final, "title", "Hello")
    final.add_solid([1, 0, 0], "ground")
    made.save(run.folder / "p.aep")
    return made


OPEN = "var p = app.open(new File(here + '/p.aep')); var c = p.item(1); var i;\n"
FINAL = OPEN + "for (i = 1; c.name !== 'frfinal'; i += 1) { c = p.item(i); }\n"


def test_newer_built_ins_are_not_there(run: Runner) -> None:
    missing = (
        "typeof JSON, typeof [].map, typeof ''.trim, typeof Object.keys, typeof Promise,"
        "typeof Symbol, typeof Proxy, typeof Date.now, typeof (function () {}).bind,"
        "typeof globalThis, typeof Array.isArray, typeof Map, typeof Uint8Array,"
        "typeof __host, typeof __spec, typeof require, typeof process"
    )
    run(f"var kinds = [{missing}]; say(kinds.join());")

    assert set(run.said[0].split(",")) == {"undefined"}


@pytest.mark.parametrize("name", ["alert", "confirm", "prompt"])
def test_a_dialog_is_an_error_and_is_counted(run: Runner, name: str) -> None:
    with pytest.raises(ScriptFailedError, match="would wait for a person"):
        run(f"{name}('Are you there?');")

    assert run.session is not None
    assert run.session.app.dialogs == [f"{name}: Are you there?"]


def test_objects_are_instances_of_the_classes_of_after_effects(run: Runner, project: Any) -> None:
    run(
        FINAL + "var text = c.layer('title'), solid = c.layer('ground');"
        "say([p === app.project, c instanceof CompItem, c instanceof AVItem,"
        " text instanceof TextLayer, text instanceof AVLayer, solid instanceof TextLayer,"
        " solid.source.mainSource instanceof SolidSource, solid.source instanceof FootageItem,"
        " c.layer(1).index, c.numLayers, c.layers.length].join());"
    )

    assert run.said == ["true,true,true,true,true,false,true,true,1,2,2"]


def test_a_document_is_a_copy_until_it_is_set(run: Runner, project: Any) -> None:
    run(
        FINAL + "var source = c.layer('title').property('Source Text');"
        "var document = source.value; document.text = 'a\\rb'; say(source.value.text);"
        "source.setValue(document); say(escape(source.value.text));"
    )

    assert run.said == ["Hello", "a%0Db"]


def test_only_the_universal_composer_can_be_set(run: Runner, project: Any) -> None:
    with pytest.raises(ScriptFailedError, match="universal"):
        run(
            FINAL + "var document = c.layer('title').property('Source Text').value;"
            "document.composerEngine = ComposerEngine.LATIN_CJK_ENGINE;"
        )


def test_a_value_cannot_be_set_over_keyframes(run: Runner, project: Any) -> None:
    with pytest.raises(ScriptFailedError, match="with keyframes"):
        run(
            FINAL + "var opacity = c.layer('ground').property('ADBE Transform Group')"
            ".property('ADBE Opacity'); opacity.setValueAtTime(0, 10); opacity.setValue(5);"
        )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("app.open(new File(here + '/no.aep'));", "does not exist"),
        ("app.open(new File($.fileName));", "preview engine cannot read 'script.jsx'"),
        ("new ImportOptions(new File(here + '/no.png'));", "does not exist"),
        ("new CompItem();", "cannot make a CompItem"),
        ("app.version = '1';", "read-only"),
        (FINAL + "c.layer('nobody');", "no layer 'nobody'"),
        (FINAL + "p.item(99);", "there is no item 99"),
        (FINAL + "c.layer('title').replaceSource(c, true);", "pass false"),
        (FINAL + "c.layer('title').property('Source Text').setValue({});", "cannot be given"),
        (FINAL + "p.renderQueue.items.add(c).outputModule(1).applyTemplate('No');", "node check"),
        ("var a = []; a[0] = a; new File(a);", "nested too deeply"),
        ("app.endSuppressDialogs(false);", "without beginSuppressDialogs"),
    ],
)
def test_errors_are_clear_sentences(run: Runner, project: Any, source: str, words: str) -> None:
    with pytest.raises(ScriptFailedError, match=words):
        run(source)


def test_a_picture_can_be_imported_and_given_to_a_layer(run: Runner, project: Any) -> None:
    Image.new("RGB", (32, 16)).save(run.folder / "a.png")

    run(
        FINAL + "var item = p.importFile(new ImportOptions(new File(here + '/a.png')));"
        "c.layer('ground').replaceSource(item, false);"
        "say([item.width, item.height, item.mainSource instanceof FileSource,"
        " item.file.name, c.layer('a.png').source === item].join());"
    )

    assert run.said == ["32,16,true,a.png,true"]


def test_without_the_permission_files_do_not_open_for_writing(run: Runner) -> None:
    run.config = PreviewConfig(scripting_allowed=False)

    run(
        "var file = new File(here + '/out.txt'); say(String(file.open('w')));"
        "say(String(app.preferences.getPrefAsLong('Main Pref Section',"
        " 'Pref_SCRIPTING_FILE_NETWORK_SECURITY')));"
    )

    assert run.said == ["false", "0"]
    assert not (run.folder / "out.txt").exists()


def test_a_file_is_written_and_read_as_unicode(run: Runner) -> None:
    run(
        "var file = new File(here + '/out.txt'); file.encoding = 'UTF-8'; file.open('w');"
        "file.write('\\u0633\\u2028\\ud83d\\ude00'); file.close(); file.open('r');"
        "say(escape(file.read())); file.close(); say(String(file.rename('script.jsx')));"
    )

    assert run.said == ["%u0633%u2028%uD83D%uDE00", "false"]
    assert (run.folder / "out.txt").read_text(encoding="utf-8") == "س\u2028😀"


def test_scripts_read_only_the_environment_they_are_given(run: Runner) -> None:
    run("say($.getenv('HOME')); say(String($.getenv('PATH')));")

    assert run.said == ["/h", "null"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("value * 2", ""),
        ("value", ""),
        ('comp("frshare").width', ""),
        ("var a = [1, 2; a", "expecting"),
        ('comp("nowhere").width', "no comp nowhere"),
        ("comp('frfinal').layer('nobody').index", "no layer nobody"),
        ("}); while (true) {} ({", "unexpected token"),
        ("throw new Error('mine')", "mine"),
        ("footage('a').width", ""),
        ("while (true) {}", ""),
    ],
)
def test_the_error_of_an_expression_is_told(run: Runner, expression: str, error: str) -> None:
    made, final = new_project()
    layer = final.add_solid([1, 0, 0], "ground")
    layer.transform.property("ADBE Opacity").expression = expression
    made.save(run.folder / "p.aep")

    run(FINAL + "say('error: ' + c.layer(1).property('ADBE Opacity').expressionError);")

    assert run.said[0].startswith("error: ")
    assert error in run.said[0]
    assert error or run.said == ["error: "]


@pytest.mark.parametrize("words", [[], ["-r"], ["-x", "-r", "a.jsx"], ["-s", "app.quit()"]])
def test_a_wrong_command_line_ends_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert afterfx.main(words) == 1
    assert "usage: AfterFX" in capsys.readouterr().err


def test_a_render_only_engine_runs_no_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script, config = tmp_path / "a.jsx", tmp_path / "config.json"
    script.write_text("new File($.fileName + '.ran').open('w');")
    config.write_text('{"render_only": true}')
    monkeypatch.setenv("FLATRENDER_PREVIEW_CONFIG", str(config))

    assert afterfx.main(["-noui", "-r", str(script)]) == 0
    assert "render-only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "words"),
    [("{", "not JSON"), ("[]", "one JSON object"), ('{"a": 1}', "unknown key"),
     ('{"launch_s": "x"}', "must be a float")],
)  # fmt: skip
def test_a_broken_configuration_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    body: str, words: str,
) -> None:  # fmt: skip
    config = tmp_path / "config.json"
    config.write_text(body)
    monkeypatch.setenv("FLATRENDER_PREVIEW_CONFIG", str(config))

    assert afterfx.main(["-r", "a.jsx"]) == 1
    assert words in capsys.readouterr().err
