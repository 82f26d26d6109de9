"""Every kind of field reaches the video in a scene that is played twice, with other values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import py_aep
import pytest

from tests.e2e.test_field_kinds import (
    CELL,
    FPS,
    FRAMES,
    HEIGHT,
    NEAR,
    SECONDS,
    Stage,
    cell,
    check_film,
    client_files,
    middle,
)
from tests.e2e.test_modes import pitch
from tests.e2e.test_pixels import rendered
from tests.support.videos import Video
from tests.support.whole_farm import WholeFarm

GREY = (77, 77, 77)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def template(folder: Path) -> Path:
    """Draw a scene with a field of each kind, and an empty flatrender."""
    stage = Stage("frc_all", 10, folder)
    stage.root.add_comp("flatrender", 10 * CELL, HEIGHT, 1.0, SECONDS, FPS)
    stage.words("frl_title", 0)
    stage.words("frl_story", 1, box=True)
    picture = stage.project.import_file(py_aep.ImportOptions(folder / "old.png"))
    stage.media("frl_photo", 2, picture)
    stage.media("frl_clip", 3, stage.project.import_file(py_aep.ImportOptions(folder / "old.png")))
    stage.sound("frl_voice")
    stage.told(stage.comp, "frd_show", "False")
    stage.lit(4, 'thisComp.layer("frd_show").text.sourceText == "True" ? 100 : 0')
    stage.control("frd_glow", "Checkbox")
    stage.lit(5, 'comp("frc_all").layer("frd_glow").effect("Checkbox Control")("Checkbox") * 100')
    stage.control("frd_pick", "Dropdown")
    stage.lit(6, 'thisComp.layer("frd_pick").effect(1)(1) == 3 ? 100 : 0')
    stage.media("frd_floor", 7)
    stage.control("frd_tone", "Color")
    stage.painted(8, 'thisComp.layer("frd_tone").effect(1)(1)')
    stage.control("frd_level", "Slider")
    stage.lit(9, 'thisComp.layer("frd_level").effect(1)(1)')
    return stage.bundle()


def sets(use: int, **values: str) -> list[str]:
    """Write the words of one use's values."""
    return [word for key, given in values.items()
            for word in ("--set", f"frc_all#{use}.{key}={given}")]  # fmt: skip


def lines(video: Video, frame: int) -> int:
    """Count the lines of white text in the second column."""
    rows = (cell(video, 1, frame).min(axis=2).max(axis=1) > 150).astype(int)
    return int((np.diff(rows, prepend=0) == 1).sum())


def test_every_kind_of_field_in_a_scene_that_is_played_twice(
    whole: WholeFarm, tmp_path: Path
) -> None:
    client_files(tmp_path)
    video = rendered(
        whole, tmp_path, "--bundle", template(tmp_path), "--scene", "frc_all",
        "--scene", "frc_all",
        *sets(1, title="MM", story="M\nM\nM", photo="green.png", clip="film.mp4",
              voice="song.wav", show="true", glow="true", pick="Item 3", floor="#C06000",
              tone="#0060C0", level="50"),
        *sets(2, title="i", story="M", floor="#00C060", tone="#C00060", level="0"),
    )  # fmt: skip

    assert (video.size, len(video.frames)) == ((10 * CELL, HEIGHT), 2 * FRAMES)
    widths = [(cell(video, 0, f).min(axis=2) > 150).any(axis=0).sum() for f in (0, FRAMES)]
    assert widths[0] > 25
    assert 0 < widths[1] < 10
    assert [lines(video, frame) for frame in (0, FRAMES)] == [3, 1]
    check_film(video, 3)
    assert middle(video, 3, FRAMES) == pytest.approx(GREY, abs=NEAR)
    assert pitch(video, 0.1, 1.5) == pytest.approx(1000, abs=2)
    assert pitch(video, 1.7, 3.1) == pytest.approx(440, abs=2)
    for number, first, second in (
        (2, (10, 200, 30), GREY), (4, WHITE, BLACK), (5, WHITE, BLACK), (6, WHITE, BLACK),
        (7, (0xC0, 0x60, 0), (0, 0xC0, 0x60)), (8, (0, 0x60, 0xC0), (0xC0, 0, 0x60)),
        (9, (128, 128, 128), BLACK),
    ):  # fmt: skip
        assert middle(video, number, 0) == pytest.approx(first, abs=NEAR), number
        assert middle(video, number, FRAMES) == pytest.approx(second, abs=NEAR), number
