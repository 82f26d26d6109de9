"""Every format that can be ordered is made by the real ffmpeg, decoded back and measured."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from node_agent.core.export import command
from node_agent.core.export.film import Sound
from node_agent.core.export.probe import wrong
from node_agent.errors import TaskBroken
from orchestrator.wire.base import Fps
from tests.support.exports import film_in, make, pixels_of, samples_of, tone, write_wav

SWATCHES = (
    (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255),
    (16, 32, 64), (200, 120, 40), (255, 255, 255), (0, 0, 0), (128, 128, 128), (230, 190, 170),
)  # fmt: skip
CELL = 32
NTSC = Fps(num=30000, den=1001)


def swatches(_: int = 0) -> np.ndarray:
    """Paint twelve colours, four in a row."""
    picture = np.zeros((3 * CELL, 4 * CELL, 3), np.uint8)
    for at, colour in enumerate(SWATCHES):
        row, column = divmod(at, 4)
        picture[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = colour
    return picture


def counted(number: int, size: tuple[int, int] = (48, 32)) -> np.ndarray:
    """Paint a frame whose grey tells its number."""
    return np.full((size[1], size[0], 3), 20 + 10 * number, np.uint8)


def veil(_: int = 0) -> np.ndarray:
    """Paint orange in four strengths: clear, thin, thick and solid."""
    picture = np.zeros((32, 128, 4), np.uint8)
    picture[..., :3] = (240, 120, 20)
    for at, alpha in enumerate((0, 64, 192, 255)):
        picture[:, at * 32 : (at + 1) * 32, 3] = alpha
    return picture


@pytest.mark.parametrize(
    ("output", "off"),
    [
        ({"quality": "draft"}, 3), ({}, 3), ({"quality": "high"}, 3), ({"codec": "h265"}, 3),
        ({"container": "mov"}, 3), ({"container": "webm"}, 3), ({"container": "gif"}, 3),
        ({"container": "png"}, 0),
    ],
)  # fmt: skip
async def test_twelve_colours_survive_every_codec(
    tmp_path: Path, output: dict[str, Any], off: int
) -> None:
    film = film_in(tmp_path, swatches, count=2, **output)
    await make(tmp_path, film)
    if film.output.container == "png":
        frames = unzipped(film.target)
    else:
        frames = pixels_of(film.target, (film.width, film.height))
    middles = frames[-1, CELL // 2 :: CELL, CELL // 2 :: CELL].reshape(12, 3).astype(int)
    assert np.abs(middles - np.array(SWATCHES)).max() <= off


@pytest.mark.parametrize("fps", [Fps(num=1), NTSC, Fps(num=60)])
@pytest.mark.parametrize(
    "output",
    [
        {"quality": "draft"}, {"codec": "h265", "quality": "draft"}, {"container": "mov"},
        {"container": "mov", "alpha": True}, {"container": "webm", "quality": "draft"},
        {"container": "webm", "alpha": True, "quality": "draft"}, {"container": "gif"},
        {"container": "gif", "alpha": True}, {"container": "png"},
        {"container": "png", "alpha": True},
    ],
)  # fmt: skip
async def test_each_format_has_each_frame_once_at_any_rate_and_odd_sides(
    tmp_path: Path, output: dict[str, Any], fps: Fps
) -> None:
    if output.get("container") == "gif" and fps.num == 60:
        fps = Fps(num=50)

    def paint(number: int) -> np.ndarray:
        frame = counted(number - 3, (51, 35))
        solid = np.full((35, 51, 1), 255, np.uint8)
        return np.concatenate([frame, solid], axis=2) if output.get("alpha") else frame

    film = film_in(tmp_path, paint, count=4, first=3, fps=fps, **output)
    sides = (50, 34) if film.output.format.even else (51, 35)
    film = replace(film, width=sides[0], height=sides[1])
    probe = await make(tmp_path, film)
    assert (probe.frames, probe.width, probe.height) == (4, *sides)
    if film.output.container == "png":
        frames = unzipped(film.target)[..., :3]
    else:
        frames = pixels_of(film.target, sides)
    assert frames[:, 17, 25, 1].tolist() == pytest.approx([20, 30, 40, 50], abs=3)


@pytest.mark.parametrize(
    ("container", "off"), [("mov", 3), ("webm", 12), ("png", 0)]
)  # fmt: skip
async def test_alpha_stays_straight(tmp_path: Path, container: str, off: int) -> None:
    film = film_in(tmp_path, veil, count=2, container=container, alpha=True, quality="high")
    assert (await make(tmp_path, film)).alpha is True
    frames = (
        unzipped(film.target) if container == "png"
        else pixels_of(film.target, (128, 32), alpha=True)
    )  # fmt: skip
    shown = frames[-1, 16, 16::32].astype(int)
    assert np.abs(shown[:, 3] - (0, 64, 192, 255)).max() <= min(off, 3)
    assert np.abs(shown[1:, :3] - (240, 120, 20)).max() <= off


async def test_a_gif_is_clear_or_solid(tmp_path: Path) -> None:
    film = film_in(tmp_path, veil, container="gif", alpha=True, quality="high")
    await make(tmp_path, film)
    shown = pixels_of(film.target, (128, 32), alpha=True)[-1, 16, 16::32]
    assert shown[:, 3].tolist() == [0, 0, 255, 255]
    assert np.abs(shown[3, :3].astype(int) - (240, 120, 20)).max() <= 3


@pytest.mark.parametrize("container", ["mov", "png"])
async def test_matted_frames_of_the_stock_template_are_made_straight(
    tmp_path: Path, container: str
) -> None:
    def matted(_: int) -> np.ndarray:
        straight = veil().astype(int)
        dark = straight[..., :3] * straight[..., 3:] // 255
        return np.concatenate([dark, straight[..., 3:]], axis=2).astype(np.uint8)

    film = film_in(tmp_path, matted, count=2, ending="tif", container=container, alpha=True)
    await make(tmp_path, film)
    frames = (
        unzipped(film.target) if container == "png"
        else pixels_of(film.target, (128, 32), alpha=True)
    )  # fmt: skip
    shown = frames[-1, 16, 16::32].astype(int)
    assert np.abs(shown[1:, :3] - (240, 120, 20)).max() <= 6


async def test_scaling_lets_no_colour_of_the_clear_part_into_the_edge(tmp_path: Path) -> None:
    def edge(_: int) -> np.ndarray:
        picture = np.zeros((64, 64, 4), np.uint8)
        picture[:, 32:] = (255, 255, 255, 255)
        return picture

    film = film_in(tmp_path, edge, count=1, size=(30, 30), container="png", alpha=True)
    await make(tmp_path, film)
    (frame,) = unzipped(film.target)
    seen = frame[frame[..., 3] > 8]
    assert seen[:, :3].min() >= 250


@pytest.mark.parametrize(
    ("fit", "size", "corner", "middle"),
    [
        ("pad", (64, 64), (0, 0, 0), (200, 100, 50)),
        ("crop", (36, 36), (200, 100, 50), (200, 100, 50)),
        ("pad", (128, 36), (0, 0, 0), (200, 100, 50)),
    ],
)
async def test_another_shape_has_bars_or_is_cut(
    tmp_path: Path, fit: str, size: tuple[int, int], corner: tuple[int, ...],
    middle: tuple[int, ...],
) -> None:  # fmt: skip
    film = film_in(
        tmp_path, lambda _: np.full((36, 64, 3), (200, 100, 50), np.uint8), count=2, size=size,
        fit=fit, quality="high",
    )  # fmt: skip
    await make(tmp_path, film)
    frame = pixels_of(film.target, size)[-1].astype(int)
    assert np.abs(frame[1, 1] - corner).max() <= 4
    assert np.abs(frame[size[1] // 2, size[0] // 2] - middle).max() <= 4


async def test_an_mp4_can_start_before_it_is_whole_and_h265_bears_apples_tag(
    tmp_path: Path,
) -> None:
    film = film_in(tmp_path, counted, codec="h265", quality="draft")
    await make(tmp_path, film)
    raw = film.target.read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat")
    assert b"hvc1" in raw


async def test_png_frames_are_the_verified_bytes_and_the_zip_is_the_same_each_time(
    tmp_path: Path,
) -> None:
    sound = Sound(write_wav(tmp_path / "a.wav", tone(440, 1)), 1.0)
    film = film_in(tmp_path, counted, first=7, container="png", sounds=(sound,))
    await make(tmp_path, film)
    once = film.target.read_bytes()
    await make(tmp_path, film)
    assert film.target.read_bytes() == once
    with zipfile.ZipFile(film.target) as made:
        names = [f"frame_{number:05d}.png" for number in range(7, 12)]
        assert made.namelist() == [*names, "sound.wav"]
        assert {entry.compress_type for entry in made.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time[0] for entry in made.infolist()} == {1980}
        assert made.read(names[0]) == (tmp_path / "frames" / "00007.png").read_bytes()
        (tmp_path / "sound.wav").write_bytes(made.read("sound.wav"))
    assert len(samples_of(tmp_path / "sound.wav")) == 9600


async def test_a_file_that_is_not_what_was_ordered_is_named(tmp_path: Path) -> None:
    film = film_in(tmp_path, counted, container="mov", alpha=False)
    probe = await make(tmp_path, film)
    clear = replace(film, output=film.output.model_copy(update={"alpha": True}))
    loud = replace(film, sounds=(Sound(tmp_path / "a.wav", 1.0),))
    assert wrong(probe, replace(film, count=6)) == "5 frames, not 6"
    assert wrong(probe, replace(film, width=50)) == "48x32 pixels, not 50x32 pixels"
    assert wrong(probe, replace(film, fps=Fps(num=24))) == "25.0 frames a second, not 24/1"
    assert wrong(probe, clear) == "no transparency"
    assert wrong(probe, loud) == "no sound"
    assert wrong(replace(probe, has_audio=True), film) == "a sound that nobody ordered"
    assert wrong(replace(probe, bt709=False), film) == "no word that its colours are BT.709"
    assert wrong(replace(probe, duration_s=0.3), film) == "a length of 0.3 s, not 0.20 s"


async def test_an_ffmpeg_without_an_encoder_is_the_nodes_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(command._CODEC, "h264", "-c:v libnone")
    film = film_in(tmp_path, counted)
    with pytest.raises(TaskBroken) as told:
        await make(tmp_path, film)
    failure = told.value.failure
    assert (failure.code, failure.failure_class) == ("ffmpeg_lacks", "node")
    assert "has no encoder libnone" in failure.message


def unzipped(path: Path) -> np.ndarray:
    """Give the frames of a zip of PNG files."""
    with zipfile.ZipFile(path) as made:
        frames = []
        for name in (name for name in made.namelist() if name.endswith(".png")):
            with made.open(name) as content, Image.open(content) as image:
                frames.append(np.asarray(image))
    return np.stack(frames)
