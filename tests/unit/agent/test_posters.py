"""The poster shows something where anything is shown at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from node_agent.runner.exporting.pictures import brightness, pictures, telling


def frames_of(folder: Path, *greys: int) -> dict[int, Path]:
    made = {}
    for number, grey in enumerate(greys):
        made[number] = folder / f"{number:05d}.png"
        Image.new("RGB", (64, 36), (grey, grey, grey)).save(made[number])
    return made


@pytest.mark.parametrize(
    ("greys", "shown"),
    [((0, 0, 90, 200), 90), ((0, 0, 0, 200), 200), ((0, 0, 0, 0), 0), ((200, 0, 0, 0), 200),
     ((0, 3, 0, 0), 3), ((70,), 70)],
)  # fmt: skip
def test_a_dark_middle_gives_way_to_a_brighter_frame(
    tmp_path: Path, greys: tuple[int, ...], shown: int
) -> None:
    poster, thumbnail = pictures(tmp_path, frames_of(tmp_path, *greys))
    for one in (poster, thumbnail):
        assert brightness_of_jpeg(one.path) == pytest.approx(shown, abs=2)
        assert one.picture_size == (64, 36)


def test_what_is_clear_counts_as_dark(tmp_path: Path) -> None:
    clear, solid = tmp_path / "clear.png", tmp_path / "solid.png"
    Image.new("RGBA", (8, 8), (255, 255, 255, 2)).save(clear)
    Image.new("RGBA", (8, 8), (40, 40, 40, 255)).save(solid)
    assert brightness(clear) < 3
    assert telling([clear, solid]) == solid


def brightness_of_jpeg(path: Path) -> float:
    with Image.open(path) as picture:
        return float(picture.convert("L").getpixel((30, 20)))  # type: ignore[arg-type]
