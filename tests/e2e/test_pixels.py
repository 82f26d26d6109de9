"""What was ordered is in the pixels of the video that the whole farm makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import py_aep
import pytest
from PIL import Image

from tests.support.films import film, project_of, text, transform
from tests.support.videos import Video, colour_at, read_video
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo"
NEAR = 6
"""What a colour may be off after the encoder halved its chroma."""


def rendered(whole: WholeFarm, folder: Path, *words: str | Path) -> Video:
    """Render and decode; the video has as many frames as it says."""
    ran = whole.render(*words, "--out", "a.mp4", cwd=folder)
    assert ran.code == 0, ran.err
    video = read_video(folder / "a.mp4")
    assert len(video.frames) == ran.json["frames"]
    return video


def words_of(video: Video) -> list[int]:
    """Measure the widths of the bright pieces of the first frame, from left to right."""
    columns = (video.frames[0].max(axis=(0, 2)) > 100).astype(int)
    steps = np.flatnonzero(np.diff(columns, prepend=0, append=0))
    return [int(end - begin) for begin, end in steps.reshape(-1, 2)]


def test_colours_texts_and_pictures_of_two_orders_differ_where_they_must(
    whole: WholeFarm, tmp_path: Path
) -> None:
    source = ("--bundle", DEMO / "template.zip", "--frames", "90-90")
    Image.new("RGB", (400, 400), (10, 200, 30)).save(tmp_path / "green.png")
    plain = rendered(whole, tmp_path, *source)
    ordered = rendered(
        whole, tmp_path, *source,
        "--color", "background=#402080", "--color", "accent=#E01060",
        "--set", "c2.m1=green.png", "--set", "c2.t1=i",
    )  # fmt: skip
    assert plain.size == ordered.size == (1280, 720)
    assert colour_at(ordered, 0, 0.98, 0.03) == pytest.approx((0x40, 0x20, 0x80), abs=NEAR)
    assert colour_at(ordered, 0, 0.30, 0.50) == pytest.approx((10, 200, 30), abs=NEAR)
    assert colour_at(ordered, 0, 0.74, 0.515) == pytest.approx((0xE0, 0x10, 0x60), abs=NEAR)
    for x, y in ((0.98, 0.03), (0.30, 0.50), (0.74, 0.515)):
        assert colour_at(plain, 0, x, y) != pytest.approx(colour_at(ordered, 0, x, y), abs=40)

    def title(video: Video) -> int:
        line = video.frames[0][270:345, 700:1200].min(axis=2)
        return int((line > 220).sum())

    assert title(plain) > 5 * title(ordered) > 0


def test_persian_is_joined_and_begins_at_the_right_and_free_fields_are_set_by_their_address(
    whole: WholeFarm, tmp_path: Path
) -> None:
    comp = film(320, 120)
    layer = text(comp, "متن", rtl=True, font_size=60)
    layer.name = "title"
    transform(layer, "Position").value = [300.0, 80.0, 0.0]
    document = layer.text.property("ADBE Text Document").value
    document.justification = py_aep.ParagraphJustification.RIGHT_JUSTIFY
    project_of(comp).save(tmp_path / "متن.aep")
    source = ("--aep", tmp_path / "متن.aep", "--frames", "3-4")
    video = rendered(whole, tmp_path, *source, "--set", "main/title=اسس")
    assert len(video.frames) == 2
    two_seens, alef = words_of(video)
    assert two_seens > 5 * alef
    (joined,) = words_of(rendered(whole, tmp_path, *source, "--set", "title=سس"))
    assert joined == pytest.approx(two_seens, abs=3)
