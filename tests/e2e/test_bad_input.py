"""Bad input ends with one clear sentence and exit code 1 or 2, and leaves nothing half-written."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from orchestrator.cli.render import upload
from tests.support.commands import Ran, flatrender
from tests.support.films import RED, film, project_of, solid, text
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of good and bad files."""
    folder = tmp_path_factory.mktemp("inputs")
    comp = film(160, 90, seconds=2)
    solid(comp, RED, 160, 90)
    text(comp, "title")
    project_of(comp).save(folder / "good.aep")
    project_of(comp).root_folder.add_comp("second", 160, 90, 1.0, 1.0, 25.0)
    project_of(comp).save(folder / "two comps.aep")
    whole = (folder / "good.aep").read_bytes()
    (folder / "words.aep").write_text("These are words, not a project.")
    (folder / "empty.aep").write_bytes(b"")
    (folder / "truncated.aep").write_bytes(whole[: len(whole) // 2])
    for name, members in {"none.zip": ["a.txt"], "two.zip": ["a.aep", "b.aep"]}.items():
        with zipfile.ZipFile(folder / name, "w") as out:
            for member in members:
                out.writestr(member, whole)
    (folder / "words.png").write_text("These are words, not a picture.")
    return folder


@pytest.fixture(scope="module")
async def project(started_farm: WholeFarm) -> str:
    """Upload the demo's template once."""
    async with started_farm.client() as client:
        return str(await upload(client, DEMO / "template.zip"))


def refused(ran: Ran, folder: Path, *words: str) -> None:
    """See that a command was refused with these words and wrote nothing."""
    assert ran.code == 2, ran.err
    told = ran.json
    assert told["ok"] is False
    for word in words:
        assert word in told["error"]
    assert told["error"] in ran.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("words.aep", ["words.aep: ", "neither", ".aep"]),
        ("empty.aep", ["empty.aep: ", "is empty"]),
        ("truncated.aep", ["cut off", "upload it again"]),
        ("none.zip", ["none.zip: ", "no .aep"]),
        ("two.zip", ["several projects", "a.aep", "b.aep", "keep one"]),
        ("missing.aep", ["There is no file", "missing.aep"]),
        (".", ["There is no file"]),
        ("two comps.aep", ["which comp", "'main'", "'second'", "--comp"]),
    ],
)
def test_a_template_that_cannot_be_rendered_is_refused(
    whole: WholeFarm, inputs: Path, tmp_path: Path, source: str, words: list[str]
) -> None:
    option = "--bundle" if source.endswith(".zip") else "--aep"
    ran = whole.render(option, inputs / source, "--out", "a.mp4", cwd=tmp_path)
    refused(ran, tmp_path, *words)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--set", "nothing=x"], ["no field nothing", "c1.t1"]),
        (["--set", "t1=x"], ["more than one field", "c1.t1", "c3.t1"]),
        (["--set", "words"], ["'words'", "scene.key=value"]),
        (["--set", "c2.m1=words.png"], ["words.png", "picture"]),
        (["--set", "c2.m1=none.png"], ["c2.m1", "no file none.png"]),
        (["--color", "background=#12345"], ["'#12345'", "background=#RRGGBB"]),
        (["--color", "nothing=#123456"], ["nothing", "background"]),
        (["--comp", "nothing"], ["'nothing' does not exist", "'frfinal'"]),
        (["--frames", "140-150"], ["frfinal", "0-149", "140-150"]),
        (["--frames", "9-3"], ["frames", "9-3"]),
        (["--frames", "some"], ["frames", "some"]),
    ],
)
def test_wishes_that_do_not_fit_the_template_are_refused(
    whole: WholeFarm,
    inputs: Path,
    project: str,
    tmp_path: Path,
    given: list[str],
    words: list[str],
) -> None:
    given = [word.replace("=words.png", f"={inputs / 'words.png'}") for word in given]
    ran = whole.render("--project", project, "--out", "a.mp4", *given, cwd=tmp_path)
    refused(ran, tmp_path, *words)


def test_a_key_that_is_not_ours_and_a_server_that_is_not_there_are_told_apart(
    whole: WholeFarm, inputs: Path, tmp_path: Path
) -> None:
    words = ("render", "--aep", inputs / "good.aep", "--out", "a.mp4")
    key = inputs / "wrong key"
    key.write_text("fr_wrong")
    ran = flatrender(*words, "--server", whole.url, "--key-file", key, cwd=tmp_path)
    assert ran.code == 1
    assert "The API key is not valid" in ran.err
    ran = flatrender(*words, "--server", whole.url, "--key-file", "none", cwd=tmp_path)
    assert ran.code == 2
    assert "none cannot be read" in ran.err
    away = ("--server", "http://127.0.0.1:1", "--key-file", key)
    ran = flatrender(*words, *away, cwd=tmp_path)
    assert ran.code == 1
    assert "http://127.0.0.1:1 does not answer" in ran.err
    assert list(tmp_path.iterdir()) == []
