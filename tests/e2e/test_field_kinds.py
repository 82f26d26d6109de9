"""Every kind of field reaches the video: one template with all of them, ordered and measured."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from tests.e2e.test_modes import pitch, tone
from tests.e2e.test_pixels import rendered
from tests.support.films import fill, rectangle, shape_group, solid, text, transform
from tests.support.videos import Video
from tests.support.whole_farm import WholeFarm

NEAR = 10
CELL, HEIGHT, FPS, SECONDS = 60, 120, 25.0, 1.6
FRAMES = 40
GREY = [0.3, 0.3, 0.3]


def cell(video: Video, number: int, frame: int = 0) -> np.ndarray:
    """Give the pixels of one column of the comp."""
    return video.frames[frame][:, number * CELL : (number + 1) * CELL].astype(int)


def middle(video: Video, number: int, frame: int = 0) -> tuple[int, ...]:
    """Give the colour in the middle of a column."""
    return tuple(int(part) for part in cell(video, number, frame)[HEIGHT // 2, CELL // 2])


def lines(video: Video, number: int) -> int:
    """Count the lines of white text in a column."""
    rows = (cell(video, number).min(axis=2).max(axis=1) > 150).astype(int)
    return int((np.diff(rows, prepend=0) == 1).sum())


def film(path: Path, *colours: str) -> None:
    """Write a video of 40x40 that shows each colour for half a second."""
    parts = [f"color=c={colour}:s=40x40:r=25:d=0.5[{n}]" for n, colour in enumerate(colours)]
    joined = "".join(f"[{n}]" for n in range(len(colours)))
    graph = ";".join([*parts, f"{joined}concat=n={len(colours)}[out0]"])
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", graph,
               "-c:v", "libx264", "-qp", "4", "-pix_fmt", "yuv420p", str(path)]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)


class Stage:
    """Fill a comp column by column; hidden layers carry the values that expressions read."""

    def __init__(self, name: str, cells: int, folder: Path) -> None:
        self.folder = folder
        self.project = py_aep.new().project
        self.root = self.project.root_folder
        self.comp = self.root.add_comp(name, CELL * cells, HEIGHT, 1.0, SECONDS, FPS)

    def at(self, layer: Any, number: int, y: float = HEIGHT / 2) -> Any:
        """Put a layer into a column."""
        transform(layer, "Position").value = [(number + 0.5) * CELL, y, 0.0]
        return layer

    def words(self, name: str, number: int, box: bool = False) -> None:
        """Show a white text, in a box or from a point."""
        layer = self.comp.add_box_text([50, 110], "i") if box else text(self.comp, "i")
        document = layer.text.property("ADBE Text Document").value
        document.font, document.font_size, document.fill_color = "Vazirmatn-Regular", 24, [1, 1, 1]
        document.justification = py_aep.ParagraphJustification.CENTER_JUSTIFY
        layer.name = name
        self.at(layer, number, HEIGHT / 2)

    def media(self, name: str, number: int, item: Any = None) -> None:
        """Show a solid, or an item, where a file is to be."""
        layer = solid(self.comp, GREY, 40, 40) if item is None else self.comp.add(item)
        layer.name = name
        self.at(layer, number)

    def painted(self, number: int, expression: str) -> None:
        """Show a square whose colour is an expression's."""
        layer, contents = shape_group(self.comp)
        rectangle(contents, 40, 40)
        paint = fill(contents, GREY).property("ADBE Vector Fill Color")
        paint.expression = expression
        self.at(layer, number)

    def lit(self, number: int, expression: str) -> None:
        """Show a white square whose opacity is an expression's."""
        layer = self.at(solid(self.comp, [1, 1, 1], 40, 40, "light"), number)
        transform(layer, "Opacity").expression = expression

    def control(self, name: str, kind: str) -> None:
        """Hide a control effect in a layer that is not seen."""
        layer = solid(self.comp, GREY, 4, 4)
        layer.name, layer.enabled = name, False
        layer.effects.add_property(f"ADBE {kind} Control")

    def told(self, comp: Any, name: str, words: str) -> None:
        """Hide a text that says a value."""
        layer = text(comp, words)
        layer.name, layer.enabled = name, False

    def sound(self, name: str) -> None:
        """Play a tone of 440 Hz."""
        path = tone(self.folder / "own.wav", 440, SECONDS)
        self.comp.add(self.project.import_file(py_aep.ImportOptions(path))).name = name

    def bundle(self) -> Path:
        """Save the template with its footage."""
        self.project.save(self.folder / "t.aep")
        path = self.folder / "template.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in ("t.aep", "own.wav", "old.png"):
                archive.write(self.folder / file, file)
        return path


def client_files(folder: Path) -> None:
    """Write what the client sends: a green picture, a film of two colours, a tone of 1000 Hz."""
    Image.new("RGB", (80, 40), (10, 200, 30)).save(folder / "green.png")
    Image.new("RGB", (40, 40), (77, 77, 77)).save(folder / "old.png")
    film(folder / "film.mp4", "red", "blue")
    tone(folder / "song.wav", 1000, SECONDS)


def check_film(video: Video, number: int) -> None:
    """A film of one second in a place of 1.6 s: red, blue, and red again."""
    for frame, colour in ((5, (254, 0, 0)), (18, (0, 0, 254)), (30, (254, 0, 0))):
        assert middle(video, number, frame) == pytest.approx(colour, abs=16), frame


def test_every_kind_of_field_in_mode_fix(whole: WholeFarm, tmp_path: Path) -> None:
    client_files(tmp_path)
    stage = Stage("frfinal", 11, tmp_path)
    shared = stage.root.add_comp("frshare", 100, 100, 1.0, SECONDS, FPS)
    stage.words("frl_c1t1", 0)
    stage.words("frl_c1t2", 1, box=True)
    stage.media("frl_c1m1", 2)
    stage.media("frl_c1m2", 3)
    stage.sound("frl_c1m3")
    stage.told(stage.comp, "frd_show", "False")
    stage.lit(4, 'thisComp.layer("frd_show").text.sourceText == "True" ? 100 : 0')
    stage.control("frd_glow", "Checkbox")
    stage.lit(5, 'thisComp.layer("frd_glow").effect("Checkbox Control")("Checkbox") * 100')
    stage.control("frd_pick", "Dropdown")
    stage.lit(6, 'thisComp.layer("frd_pick").effect(1)(1) == 3 ? 100 : 0')
    stage.media("frd_floor", 7)
    stage.control("frd_tone", "Color")
    stage.painted(8, 'thisComp.layer("frd_tone").effect(1)(1)')
    stage.control("frd_level", "Slider")
    stage.lit(9, 'thisComp.layer("frd_level").effect(1)(1)')
    stage.told(shared, "accent", "10,20,30,255")
    stage.painted(
        10, 'c = comp("frshare").layer("accent").text.sourceText.split(",");'
        "[c[0] / 255, c[1] / 255, c[2] / 255, 1]",
    )  # fmt: skip
    source = ("--bundle", stage.bundle(), "--frames", f"0-{FRAMES - 1}")

    video = rendered(
        whole, tmp_path, *source,
        "--set", "c1.t1=MM", "--set", "c1.t2=M\nM\nM", "--set", "c1.m1=green.png",
        "--set", "c1.m2=film.mp4", "--set", "c1.m3=song.wav", "--set", "frfinal.show=true",
        "--set", "frfinal.glow=true", "--set", "frfinal.pick=Item 3", "--set",
        "frfinal.floor=#C06000", "--set", "frfinal.tone=#0060C0", "--set", "frfinal.level=50",
        "--color", "accent=#E01060", "--look", "c1.m1=fit:cover", "--look", "c1.t1=size:12",
    )  # fmt: skip

    assert video.size == (11 * CELL, HEIGHT)
    bright = cell(video, 0).min(axis=2) > 150
    assert 10 < bright.any(axis=0).sum() < 25
    assert lines(video, 1) == 3
    # The picture is twice as wide as its place: it covers all 40 lines and no more columns.
    covered = cell(video, 2)[:, :, 1] > 150
    assert (covered.any(axis=1).sum(), covered.any(axis=0).sum()) == (40, 40)
    check_film(video, 3)
    assert pitch(video) == pytest.approx(1000, abs=2)
    for number, colour in (
        (2, (10, 200, 30)), (4, (255, 255, 255)), (5, (255, 255, 255)), (6, (255, 255, 255)),
        (7, (0xC0, 0x60, 0)), (8, (0, 0x60, 0xC0)), (9, (128, 128, 128)), (10, (0xE0, 0x10, 0x60)),
    ):  # fmt: skip
        assert middle(video, number) == pytest.approx(colour, abs=NEAR), number


def test_every_kind_of_field_in_mode_free(whole: WholeFarm, tmp_path: Path) -> None:
    client_files(tmp_path)
    stage = Stage("Main", 6, tmp_path)
    picture = stage.project.import_file(py_aep.ImportOptions(tmp_path / "old.png"))
    stage.words("Title", 0)
    stage.words("Story", 1, box=True)
    stage.media("old.png", 2, picture)
    stage.media("Clip", 3, stage.project.import_placeholder("place", 40, 40, FPS, 4.0))
    stage.sound("Music")
    stage.control("rig", "Color")
    stage.painted(4, 'thisComp.layer("rig").effect("Color Control")("Color")')
    stage.painted(5, "[0, 1, 0, 1]")
    source = ("--bundle", stage.bundle(), "--frames", f"0-{FRAMES - 1}")

    video = rendered(
        whole, tmp_path, *source,
        "--set", "Main/Title=MM", "--set", "Main/Story=M\nM", "--set", "Main/old.png=green.png",
        "--set", "Main/Clip=film.mp4", "--set", "Main/Music=song.wav",
        "--set", "Main/rig/Color Control=#0060C0",
    )  # fmt: skip

    assert (cell(video, 0).min(axis=2) > 150).any(axis=0).sum() > 25
    assert lines(video, 1) == 2
    check_film(video, 3)
    assert pitch(video) == pytest.approx(1000, abs=2)
    for number, colour in ((2, (10, 200, 30)), (4, (0, 0x60, 0xC0)), (5, (0, 255, 0))):
        assert middle(video, number) == pytest.approx(colour, abs=NEAR), number
