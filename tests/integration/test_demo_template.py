"""The demo template is what its script makes, and takes every value of the demo order."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import wave
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from py_aep.models.text import ranges

from demo import build, media, scenes
from tests.support.bind_job import BindJob, document_of, layer_of, text_of

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    # A machine that has the fonts makes the same file as one that has none.
    with patch.object(ranges, "font_version_string", lambda _name: "Version 33.003"):
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


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    job = BindJob(tmp_path / "job")
    job.prepare(None)
    with zipfile.ZipFile(DEMO / "template.zip") as bundle:
        bundle.extractall(job.folder)
    shutil.copy(DEMO / "picture.png", job.folder / "media" / "picture.png")
    return job


def test_every_value_of_the_demo_order_is_bound(job: BindJob) -> None:
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


def test_the_values_are_in_the_pixels(job: BindJob) -> None:
    job.run(demo_order())

    before = frames_of(job, "template.aep", 30, 90)
    after = frames_of(job, "bound.aep", 30, 90)

    # Where nothing lies on the ground, in the sun, and in the middle of the picture.
    assert (before[30].getpixel((690, 690)), after[30].getpixel((690, 690))) == (
        (24, 26, 58),
        (11, 58, 66),
    )
    assert (before[30].getpixel((96, 690)), after[30].getpixel((96, 690))) == (
        (255, 111, 89),
        (255, 182, 39),
    )
    assert before[90].getpixel((440, 300)) != after[90].getpixel((440, 300))
    headline = (200, 290, 1080, 430)
    assert letters(before[30].crop(headline)) != letters(after[30].crop(headline))
    assert letters(after[30].crop(headline)).count(1) > 5_000


def letters(image: Image.Image) -> bytes:
    """Mark what is nearly white, whatever the ground."""
    return image.convert("L").point(lambda level: int(level > 200)).tobytes()


def frames_of(job: BindJob, name: str, *numbers: int) -> dict[int, Image.Image]:
    """Render some frames of frfinal with the aerender stand-in."""
    found = {}
    for number in numbers:
        words = [
            *("-project", str(job.folder / name), "-comp", "frfinal", "-OMtemplate", "FR RGB"),
            *("-output", str(job.folder / "frames" / f"{name}_[#####].png")),
            *("-s", str(number), "-e", str(number)),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "node_agent.preview.aerender", *words],
            env={**os.environ, "FLATRENDER_PREVIEW_HOME": str(job.folder / "home")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        path = job.folder / "frames" / f"{name}_{number:05d}.png"
        found[number] = Image.open(path).convert("RGB")
    return found


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
