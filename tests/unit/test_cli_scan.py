"""`flatrender scan FILE` shows what a template offers, whatever kind of file it is."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from orchestrator.cli.commands import run
from orchestrator.wire.scan import ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

PROJECT = rifx.comps(
    CompSpec("frfinal", (LayerSpec("frl_c1t1", text="سلام"), LayerSpec("frl_c1m1", source_id=9))),
    CompSpec("frshare", (LayerSpec("accent", text="1,2,3,255"), LayerSpec("mode", text="2"))),
    extra=(rifx.footage(9, "C:\\work\\(Footage)\\pic.png"),),
)
DEFINITION = {
    "capsuleNameLocalized": {"strDB": [{"localeString": "en_US", "str": "Lower third"}]},
    "authorApp": "aefx",
    "clientControls": [
        {"type": 6, "uiName": {"strDB": [{"str": "Title"}]}, "value": {"strDB": [{"str": "Hi"}]}},
        {"type": 2, "uiName": "Speed", "value": 2.5},
        {"uiName": 7, "value": [1, 2]},
        "nonsense",
    ],
}


def zipped(files: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def scan_json(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> dict[str, object]:
    assert call("scan", str(path), "--json", *more) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(list(words))
    return int(ended.value.code or 0)


def test_a_project_alone_is_scanned_into_a_whole_scan_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "پروژه one.aep"
    path.write_bytes(PROJECT)
    found = ScanResult.model_validate_json(json.dumps(scan_json(capsys, path)))
    assert (found.mode, found.final_comp) == ("fix", "frfinal")
    assert [element.key for element in found.scenes[0].elements] == ["t1", "m1"]
    assert [color.value for color in found.shared_colors] == ["#010203"]
    assert found.footage[0].missing is None


def test_a_bundle_says_whether_its_footage_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(zipped({"T/main.aep": PROJECT, "T/(Footage)/pic.png": b"x"}))
    whole = scan_json(capsys, path)
    path.write_bytes(zipped({"T/main.aep": PROJECT, "__MACOSX/T/._main.aep": b"x"}))
    lacking = scan_json(capsys, path)
    assert [item["missing"] for item in whole["footage"]] == [False]  # type: ignore[attr-defined]
    assert [item["missing"] for item in lacking["footage"]] == [True]  # type: ignore[attr-defined]
    assert [p["code"] for p in lacking["problems"]] == ["footage_missing"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("packed", [True, False], ids=["zipped again", "bare"])
def test_a_motion_graphics_template_shows_its_controls_and_its_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, packed: bool
) -> None:
    inner = zipped({"x.aep": PROJECT, "(Footage)/pic.png": b"x"}) if packed else PROJECT
    files = {"definition.json": json.dumps(DEFINITION).encode(), "project.aegraphic": inner}
    path = tmp_path / "t.mogrt"
    path.write_bytes(zipped({**files, "thumb.png": b"x"}))
    found = scan_json(capsys, path)
    assert found["capsule"] == {
        "name": "Lower third",
        "author_app": "aefx",
        "controls": [
            {"name": "Title", "kind": 6, "value": "Hi"},
            {"name": "Speed", "kind": 2, "value": 2.5},
            {"name": "", "kind": None, "value": None},
        ],
    }
    assert found["final_comp"] == "frfinal"


def test_people_read_a_table_of_comps_fields_and_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.aep"
    layers = (LayerSpec("frl_c1t1", text="x"), LayerSpec("frl_c1t1", text="y"))
    path.write_bytes(rifx.comps(CompSpec("frfinal", layers)))
    assert call("scan", str(path)) == 0
    out = capsys.readouterr().out
    assert "fix (the layer 'frl_c1t1' of comp 'frfinal' has a scene's number)" in out
    assert "1280x720" in out
    assert "error: frfinal/frl_c1t1: the key 't1' of scene 'c1'" in out


def test_the_mode_can_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.aep"
    path.write_bytes(PROJECT)
    assert scan_json(capsys, path, "--mode", "free")["mode"] == "free"
    assert call("scan", str(path), "--mode", "fancy") == 2
    assert "no mode fancy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"GIF89a", 1, "not an After Effects project"),
        (PROJECT[:-9], 1, "cut off"),
        (b"PK\x03\x04broken", 1, "zip"),
        (zipped({"a.txt": b"x"}), 1, "no "),
        (zipped({"definition.json": b"{}", "project.aegraphic": b"x"}), 1, "not an After"),
        (None, 2, "cannot be read"),
    ],
)
def test_what_cannot_be_scanned_is_one_sentence_and_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes | None, code: int, words: str
) -> None:
    path = tmp_path / "file"
    if data is not None:
        path.write_bytes(data)
    assert call("scan", str(path), "--json") == code
    out, err = capsys.readouterr()
    assert words in err
    assert json.loads(out)["ok"] is False
