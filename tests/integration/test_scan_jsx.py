"""scan.jsx inside the AfterFX stand-in finds what the quick scan finds, and what only it can."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import py_aep
import pytest
import quickjs
from PIL import Image

from node_agent.engines.scan import lay_scan, read_facts
from node_agent.errors import TaskBroken
from node_agent.preview.config import PreviewConfig
from node_agent.preview.opening import open_application
from orchestrator import aep
from orchestrator.aep.controls import CONTROLS
from orchestrator.core.templates import scan_project
from orchestrator.core.templates.full import DIFFERENCES, NoFacts, full_scan
from orchestrator.wire.content.facts import ScanFacts
from orchestrator.wire.scan import ScanResult
from tests.fakes.templates import MODES, TemplateMaker
from tests.support.bind_job import add_text, new_project
from tests.support.scan_job import ScanJob, differences, facts_of

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared" / "samples" / "aep"
HOSTILE = (
    'a "quoted" \\ name', "'; app.quit(); //", '");alert(1);("', "line\u2028and\u2029para",
    "</script>", "سلام\u200c\u202e؟", "😀\U0010ffff", "${x} `y`", "%41%20", "\x01\x1f\t",
    "__proto__",
)  # fmt: skip


@pytest.fixture
def job(tmp_path: Path) -> ScanJob:
    return ScanJob(tmp_path / "scan")


def saved(project: Any, folder: Path) -> Path:
    project.save(folder / "template.aep")
    return folder / "template.aep"


def codes(found: ScanResult) -> dict[str, str]:
    return {problem.code: problem.place for problem in found.problems}


def samples(folder: Path, largest_bytes: int) -> Iterator[Path]:
    """Give the samples up to a size that the stand-in's library opens, also those inside zips."""
    for path in sorted(SAMPLES.glob("*")):
        if path.stat().st_size > largest_bytes:
            continue
        if path.suffix == ".zip":
            yield from _inside(path, folder)
        elif path.suffix == ".aep":
            yield path


def _inside(bundle: Path, folder: Path) -> Iterator[Path]:
    with zipfile.ZipFile(bundle) as entries:
        for name in entries.namelist():
            if name.endswith(".aep") and "__MACOSX" not in name:
                target = folder / f"{bundle.stem}-{Path(name).name}"
                target.write_bytes(entries.read(name))
                yield target


def is_opened(path: Path) -> bool:
    try:
        open_application(path)
    except Exception:  # noqa: BLE001 - the library raises bare errors on some real files
        return False
    return True


def test_both_scans_agree_on_samples_that_the_stand_in_opens(
    tmp_path: Path, long_run: bool
) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("no sample projects beside this checkout")
    opened = [path for path in samples(tmp_path, 2**30 if long_run else 100_000) if is_opened(path)]

    wrong = [
        f"{path.name}: {line}" for path in opened for line in differences(path, facts_of(path))
    ]

    assert wrong == []
    assert len(opened) >= (26 if long_run else 10)


@pytest.mark.parametrize("mode", MODES)
def test_both_scans_agree_on_generated_templates(mode: str, tmp_path: Path, long_run: bool) -> None:
    wrong: list[str] = []
    for seed in range(MODES.index(mode), 50 if long_run else 15, len(MODES)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = TemplateMaker(seed, folder).save()
        wrong += [f"seed {seed}: {line}" for line in differences(path, facts_of(path))]
    assert wrong == []


def test_generated_templates_hold_what_the_scans_must_agree_on(
    tmp_path: Path, long_run: bool
) -> None:
    modes, kinds, codes_seen, texts = set(), set(), set(), ""
    for seed in range(50 if long_run else 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        found = scan_project(aep.read(TemplateMaker(seed, folder).save()))
        modes.add(found.mode)
        kinds |= {element.kind for scene in found.scenes for element in scene.elements}
        codes_seen |= {problem.code for problem in found.problems}
        codes_seen |= {"unclassified" for _ in found.unclassified}
        codes_seen |= {f"colors {bool(found.shared_colors)}", f"controls {bool(found.controls)}"}
        texts += found.model_dump_json()
    assert modes == {"fix", "flexible", "free"}
    assert "سلام" in texts
    if not long_run:
        return
    assert kinds >= {"text", "textarea", "media", "color", "number", "checkbox", "dropdown", "fill"}
    assert codes_seen >= {"duplicate_key", "unclassified", "colors True", "controls True",
                          "wrong_layer", "latin_composer", "driven_text",
                          "expression_system"}  # fmt: skip


def test_what_the_scans_may_differ_in_is_a_list_that_the_manual_repeats() -> None:
    manual = (ROOT / "docs" / "scans.md").read_text(encoding="utf-8")

    assert [known.part for known in DIFFERENCES] == [
        "full", "problems", "footage.path", "footage.missing",
    ]  # fmt: skip
    for known in DIFFERENCES:
        assert f"| `{known.part}` |" in manual


def test_the_script_and_the_reader_know_the_same_controls() -> None:
    source = (ROOT / "jsx" / "lib" / "scan" / "30_effects.jsx").read_text(encoding="ascii")
    for name, kind in CONTROLS.items():
        if kind != "fill":
            assert f'"{name}": "{kind}"' in source


def test_the_command_line_leaves_a_file_of_facts_and_the_project_as_it_was(tmp_path: Path) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "سلام")
    path = saved(project, tmp_path)
    before = hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns
    folder = tmp_path / "a scan 100%41 سلام"
    folder.mkdir()
    script, run = lay_scan(folder, path)

    done = subprocess.run(
        [sys.executable, "-m", "node_agent.preview.afterfx", "-m", "-noui", "-r", str(script)],
        env={**os.environ, "FLATRENDER_PREVIEW_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    found = full_scan(read_facts(Path(run.result)))
    assert [(s.key, [e.default for e in s.elements]) for s in found.scenes] == [("c1", ["سلام"])]
    assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == before
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == [
        "scan.jsx", "scan_facts.json", "scan_progress.txt", "scan_request.json",
    ]  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == [folder.name, "template.aep"]


def test_hostile_names_and_texts_arrive_exactly_and_run_nothing(job: ScanJob) -> None:
    project, final = new_project()
    for name in reversed(HOSTILE):
        add_text(final, f"frl_{name}", name)
    add_text(final, "frl_huge", "ب" * 15_000)
    path = saved(project, job.folder.parent)
    facts = job.run(path)

    found = full_scan(facts, mode="fix")

    elements = [element for scene in found.scenes for element in scene.elements]
    assert [element.key for element in elements] == ["huge", *HOSTILE]
    assert [element.default for element in elements] == ["ب" * 15_000, *HOSTILE]
    assert job.said == []
    assert differences(path, facts) == []


def test_half_characters_and_nul_become_valid_text() -> None:
    engine = quickjs.Context()
    engine.eval("var FR = {};")
    engine.eval((ROOT / "jsx" / "lib" / "scan" / "10_read.jsx").read_text(encoding="ascii"))
    written = [
        engine.eval(f"FR.read.{call}")
        for call in (
            'text({n: "a\\ud800b\\u0000c\\udc00"}, "n")',
            'text({n: "\\ud83d\\ude00"}, "n")',
            'cut("ab\\ud83d\\ude00", 3)',
            'text({}, "n")',
        )
    ]

    assert written == ["a\ufffdbc\ufffd", "\U0001f600", "ab\ufffd", ""]


def test_missing_fonts_are_named_with_the_layers_that_use_them(job: ScanJob) -> None:
    project, final = new_project()
    for name, font in (("frl_c1t1", "Vazirmatn-Bold"), ("frl_c1t2", "Lost-Bold")):
        add_text(final, name, "x").text.property("ADBE Text Document").value.font = font
    job.fonts = frozenset({"Vazirmatn-Bold"})

    found = full_scan(job.run(saved(project, job.folder.parent)))

    assert found.full is not None
    assert found.full.fonts_missing == ("Lost-Bold",)
    assert codes(found) == {"font_missing": "frfinal/frl_c1t2"}


def test_footage_is_missing_where_after_effects_does_not_find_it(job: ScanJob) -> None:
    project, final = new_project()
    for name in ("here.png", "gone.png"):
        path = job.folder.parent / name
        Image.new("RGB", (8, 8)).save(path)
        final.add(project.import_file(py_aep.ImportOptions(path)))
    (job.folder.parent / "gone.png").unlink()

    found = full_scan(job.run(saved(project, job.folder.parent)))

    assert found.full is not None
    assert found.full.footage_missing == ("gone.png",)
    assert [(item.name, item.missing) for item in found.footage] == [
        ("here.png", False), ("gone.png", True),
    ]  # fmt: skip
    assert codes(found) == {"footage_missing": "gone.png"}


def test_footage_beside_the_project_is_told_without_the_nodes_folders(job: ScanJob) -> None:
    project, final = new_project()
    folder = job.folder.parent / "(Footage)"
    folder.mkdir()
    Image.new("RGB", (8, 8)).save(folder / "a.png")
    final.add(project.import_file(py_aep.ImportOptions(folder / "a.png")))
    path = saved(project, job.folder.parent)
    moved = job.folder.parent / "elsewhere"
    moved.mkdir()
    folder.rename(moved / "(Footage)")
    path = path.rename(moved / "template.aep")

    facts = job.run(path)

    assert [(item.path, item.missing) for item in full_scan(facts).footage] == [
        ("(Footage)/a.png", False)
    ]
    assert differences(path, facts) == []


def test_broken_expressions_are_named_with_their_place_and_others_give_results(
    job: ScanJob,
) -> None:
    project, final = new_project()
    for name, code in (("good", "value + '!'"), ("bad", "throw 'no'"), ("off", "throw 'never'")):
        source = add_text(final, name, "x").text.property("ADBE Text Document")
        source.expression = code
        source.expression_enabled = name != "off"

    found = full_scan(job.run(saved(project, job.folder.parent)))

    assert found.full is not None
    assert [(e.comp, e.layer, e.property) for e in found.full.expression_errors] == [
        ("frfinal", "bad", "Source Text")
    ]
    assert [(e.layer, e.result) for e in found.full.expression_results] == [("good", "x!")]
    assert (found.full.expressions_checked, found.full.complete) == (2, True)
    assert codes(found)["expression_error"] == "frfinal/bad/Source Text"


def test_a_scan_without_time_for_expressions_says_that_it_is_not_complete(job: ScanJob) -> None:
    project, final = new_project()
    add_text(final, "a", "x").text.property("ADBE Text Document").expression = "value"

    found = full_scan(job.run(saved(project, job.folder.parent), evaluate_s=0.0))

    assert found.full is not None
    assert found.full.complete is False


def test_a_project_that_does_not_open_fails_with_the_engines_words(job: ScanJob) -> None:
    broken = job.folder.parent / "template.aep"
    broken.write_bytes(b"RIFX no project")

    with pytest.raises(TaskBroken, match=r"cannot read 'template\.aep'"):
        job.run(broken)
    facts = ScanFacts.model_validate_json((job.folder / "scan_facts.json").read_bytes())
    with pytest.raises(NoFacts, match=r"cannot read 'template\.aep'"):
        full_scan(facts)


def test_a_node_that_lets_no_script_write_leaves_no_facts(job: ScanJob) -> None:
    job.config = PreviewConfig(scripting_allowed=False)
    project, _ = new_project()

    with pytest.raises(Exception, match="allow scripts to write files"):
        job.run(saved(project, job.folder.parent))
    assert not (job.folder / "scan_facts.json").exists()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"version": 2}', '{"version": 1, "ok": true}', '{"version": 1}']
)
def test_a_result_file_that_holds_no_facts_is_refused(body: str, tmp_path: Path) -> None:
    path = tmp_path / "scan_facts.json"
    path.write_text(body, encoding="ascii")

    with pytest.raises(TaskBroken):
        read_facts(path)


def test_facts_too_large_to_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan_facts.json"
    path.write_text(json.dumps("x" * 100), encoding="ascii")
    monkeypatch.setattr("node_agent.engines.scan.MAX_FACTS_BYTES", 50)

    with pytest.raises(TaskBroken, match="more to tell"):
        read_facts(path)


def test_the_version_is_the_files_where_it_is_known_and_else_the_engines(job: ScanJob) -> None:
    project, _ = new_project()
    path = saved(project, job.folder.parent)
    facts = job.run(path)

    assert full_scan(facts).ae_version == "26.0x0"
    assert full_scan(facts, saved_by=aep.read(path).version).ae_version == str(
        aep.read(path).version
    )


def preview(folder: Path, script: Path, **config: object) -> subprocess.Popen[str]:
    """Start the stand-in as an agent does, with a settings file."""
    (folder / "preview.json").write_text(json.dumps(config), encoding="ascii")
    return subprocess.Popen(
        [sys.executable, "-m", "node_agent.preview.afterfx", "-noui", "-r", str(script)],
        env={
            **os.environ,
            "FLATRENDER_PREVIEW_HOME": str(folder / "home"),
            "FLATRENDER_PREVIEW_CONFIG": str(folder / "preview.json"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_stand_in_tells_missing_fonts_when_it_is_set_so(tmp_path: Path) -> None:
    project, final = new_project()
    for name, font in (("a", "Vazirmatn-Bold"), ("b", "Lost-Bold")):
        add_text(final, name, "x").text.property("ADBE Text Document").value.font = font
    (tmp_path / "scan").mkdir()
    script, run = lay_scan(tmp_path / "scan", saved(project, tmp_path))

    with preview(tmp_path, script, fonts_known=True) as engine:
        engine.wait(60)

    assert read_facts(Path(run.result)).fonts_missing == ("Lost-Bold",)


def test_an_engine_that_was_killed_asks_a_person_at_its_next_launch(tmp_path: Path) -> None:
    script = tmp_path / "hangs.jsx"
    script.write_text("$.writeln('here'); while (true) {}", encoding="ascii")
    settings = {"modal_after_kill": True}
    mark = tmp_path / "home" / "running"

    with preview(tmp_path, script, **settings) as engine:
        while not mark.exists():
            assert engine.poll() is None
        engine.kill()
    with preview(tmp_path, script, **settings) as engine:
        assert engine.stderr is not None
        assert "a dialog waits for a person" in engine.stderr.readline()
        engine.kill()
    mark.unlink()
    script.write_text("1;", encoding="ascii")
    with preview(tmp_path, script, **settings) as engine:
        assert engine.wait(60) == 0
    assert not mark.exists()
