"""The demo template is what its script makes, and takes every value of the demo order."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from demo import build, media, scenes
from tests.support.bind_job import BindJob, document_of, layer_of, text_of

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return build.build_files()


@pytest.fixture(scope="module")
def committed() -> dict[str, bytes]:
    with zipfile.ZipFile(DEMO / "template.zip") as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def test_the_committed_bundle_is_what_the_script_makes(
    made: dict[str, bytes], committed: dict[str, bytes]
) -> None:
    assert list(committed) == list(made)
    for name, data in made.items():
        if name.endswith(".png"):
            assert pixels(committed[name]) == pixels(data)
        elif name.endswith(".wav"):
            # Sines differ in the last place between processors.
            assert np.abs(samples(committed[name]) - samples(data)).max() <= 2
        else:
            assert committed[name] == data, name
    assert pixels((DEMO / "picture.png").read_bytes()) == pixels(media.landscape())


def test_the_bundle_is_small_and_names_no_folder_of_this_machine(
    committed: dict[str, bytes],
) -> None:
    assert (DEMO / "template.zip").stat().st_size < 1_000_000
    assert build.HOME.encode() in committed["template.aep"]
    for folder in (tempfile.gettempdir(), str(Path.home()), str(DEMO.parent)):
        assert folder.encode() not in committed["template.aep"]


def test_the_music_plays_as_long_as_the_picture(committed: dict[str, bytes]) -> None:
    with wave.open(io.BytesIO(committed["(Footage)/music.wav"])) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(scenes.LENGTH_S)
    loudness = np.abs(samples(committed["(Footage)/music.wav"]))
    assert 20_000 < loudness.max() < 32_767


def test_every_value_of_the_demo_order_is_bound(tmp_path: Path) -> None:
    job = BindJob(tmp_path / "job")
    job.prepare(None)
    with zipfile.ZipFile(DEMO / "template.zip") as bundle:
        bundle.extractall(job.folder)
    shutil.copy(DEMO / "picture.png", job.folder / "media" / "picture.png")
    order = demo_order()

    result = job.run(order)

    bound = job.bound()
    assert result.ok, result.errors
    assert result.warnings == ()
    assert len(result.applied) == sum(len(s["values"]) for s in order["scenes"]) + 2
    assert (result.frames, result.has_audio, result.output_module) == (150, True, "FR RGB")
    assert set(result.fonts) == {"Vazirmatn-Bold", "Vazirmatn-Regular"}
    headline = order["scenes"][0]["values"][0]["value"]
    assert document_of(bound, "opening", "frl_c1t1").text == headline
    assert text_of(bound, "frshare", "accent") == "255,182,39,255"
    assert Path(layer_of(bound, "picture", "frl_c2m1").source.file).name == "picture.png"


def demo_order() -> dict[str, Any]:
    """Read the demo's values with kinds, its picture lying in the job's media folder."""
    order: dict[str, Any] = json.loads((DEMO / "values.json").read_text(encoding="utf-8"))
    for part in order["scenes"]:
        for value in part["values"]:
            value["kind"] = "media" if value["key"].startswith("m") else "text"
            if value["kind"] == "media":
                value["value"] = f"media/{value['value']}"
    return order


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def samples(data: bytes) -> Any:
    with wave.open(io.BytesIO(data)) as file:
        frames = file.readframes(file.getnframes())
    return np.frombuffer(frames, "<i2").astype(int)
