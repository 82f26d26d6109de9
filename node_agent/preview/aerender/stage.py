"""Puts the drawing parts together for one project and draws finished frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from node_agent.preview.config import PreviewPlaces
from node_agent.preview.draw.compositor import Compositor
from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.footage.files import FootageFinder
from node_agent.preview.draw.footage.painter import FootagePainter
from node_agent.preview.draw.footage.pictures import Pictures
from node_agent.preview.draw.project import reachable
from node_agent.preview.draw.text.document import TextSpec
from node_agent.preview.draw.text.fonts import FontLibrary
from node_agent.preview.draw.text.layout import Composer
from node_agent.preview.draw.text.painter import TextPainter
from node_agent.preview.draw.values import Values
from node_agent.preview.draw.vector import Vector
from node_agent.preview.expressions.evaluator import ExpressionEvaluator

_FONT_FOLDERS = ("fonts", "Fonts", "(Fonts)", "Document fonts")
_MAX_CLIMB = 6


class Stage:
    """Hold the engine for one project.

    `root` bounds where footage is looked for: the folder named by FLATRENDER_PREVIEW_ROOT, else
    the nearest folder above the project that has `media/` in it (a job folder), else its own.
    """

    def __init__(self, project: Any, path: Path, places: PreviewPlaces) -> None:
        folder = path.resolve().parent
        root = places.root or job_root(folder)
        self.counts = Counts()
        self.values = Values(self.counts)
        self.fonts = FontLibrary(_font_folders(folder, root, places.fonts))
        self.finder = FootageFinder(folder, root)
        self._vector = Vector()
        composer = Composer(self.fonts)
        self.footage = FootagePainter(self._vector, self.values, self.finder, Pictures())
        texts = TextPainter(self._vector, self.values, composer)
        self._composer = composer
        self._compositor = Compositor(self._vector, self.values, texts, self.footage)
        evaluator = ExpressionEvaluator(project, self.values)
        evaluator.world.geometry = self._compositor
        self.values.evaluator = evaluator

    def frame(self, comp: Any, time_s: float) -> np.ndarray:
        """Draw one frame without its background: straight RGBA (h, w, 4)."""
        return self._compositor.frame(comp, time_s)

    def close(self) -> None:
        """End the programs that decode footage; drawing may go on and starts them anew."""
        self.footage.close()

    def check_fonts(self, comp: Any) -> dict[str, str]:
        """Give the fonts that the comp's texts want and that are not here: asked to used."""
        for item in reachable(comp):
            for layer in item.layers:
                if type(layer).__name__ != "TextLayer":
                    continue
                name = self._font_of(layer)
                if name:
                    self.fonts.find(name)
        return dict(self.fonts.missing)

    def _font_of(self, layer: Any) -> str:
        try:
            source = self.values.child(layer.text, "ADBE Text Document")
            document = self.values.stored(source, 0.0) if source is not None else None
            return str(getattr(document, "font", None) or "")
        except Exception:  # noqa: BLE001 - py-aep raises bare errors; drawing will count the layer
            return ""

    def stamp(self, pixels: np.ndarray) -> np.ndarray:
        """Write "approximate" into the lower left corner of straight RGBA pixels."""
        height, width = pixels.shape[:2]
        size = max(8.0, height / 24)
        spec = TextSpec(
            "approximate preview", "Vazirmatn-Bold", size, (255, 255, 255, 200), None, 0.0, True,
            0.0, 0.0, size, 1.0, 1.0, 0.0, True, False, None,
        )  # fmt: skip
        layout = self._composer.layout(spec)
        back = self._vector.rect(0, height - size * 1.8, layout.rect[2] + size * 1.4, size * 1.8)
        self._vector.fill(back, (0, 0, 0, 150))
        words = self._vector.shape(layout.commands, layout.points)
        self._vector.fill(words, (255, 255, 255, 230))
        self._vector.transform(words, (1, 0, 0, 1, size * 0.7, height - size * 0.6))
        over = self._vector.draw(self._vector.scene([back, words]), width, height)
        return composite(over, pixels)


def composite(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Lay straight RGBA pixels over others."""
    base = Image.fromarray(under)
    base.alpha_composite(Image.fromarray(over))
    return np.asarray(base)


def flatten(pixels: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """Give RGB pixels of straight RGBA ones over a background colour."""
    image = Image.fromarray(pixels)
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return np.asarray(image.convert("RGB"))
    base = Image.new("RGB", image.size, background)
    box = alpha.getbbox()
    if box is not None:
        drawn = image.crop(box)
        base.paste(drawn.convert("RGB"), box, drawn)
    return np.asarray(base)


def job_root(folder: Path) -> Path:
    """Give the job folder that a project stands in, by its `media` folder."""
    for candidate in (folder, *folder.parents[:_MAX_CLIMB]):
        if (candidate / "media").is_dir():
            return candidate
    return folder


def _font_folders(folder: Path, root: Path, named: tuple[Path, ...]) -> list[Path]:
    places = [folder, *(p for p in folder.parents if p.is_relative_to(root))]
    return [*named, *(place / name for place in places for name in _FONT_FOLDERS)]
