"""Draws solids, pictures and the bars that stand for missing footage."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from node_agent.preview.draw.footage.files import PICTURE_SUFFIXES, SOUND_SUFFIXES, FootageFinder
from node_agent.preview.draw.footage.pictures import Pictures
from node_agent.preview.draw.layers import LayerView
from node_agent.preview.draw.values import Values, as_colour
from node_agent.preview.draw.vector import Affine, Vector

_BARS = (
    (192, 192, 192),
    (192, 192, 0),
    (0, 192, 192),
    (0, 192, 0),
    (192, 0, 192),
    (192, 0, 0),
    (0, 0, 192),
)


class FootagePainter:
    """Draw footage items in the space of their layer."""

    def __init__(
        self, vector: Vector, values: Values, finder: FootageFinder, pictures: Pictures
    ) -> None:
        self._vector = vector
        self._values = values
        self._finder = finder
        self._pictures = pictures
        self.missing: dict[str, str] = {}

    def solid(self, item: Any) -> int:
        """Draw a solid of its own size and colour."""
        shape = self._vector.rect(0, 0, item.width, item.height)
        self._vector.fill(shape, as_colour(item.main_source.color))
        return self._vector.scene([shape])

    def picture(self, view: LayerView, _time_s: float, matrix: Affine) -> int | None:
        """Draw a picture file at its item's size; a missing one as colour bars."""
        item = view.source
        stored = str(item.main_source.file or "")
        path = self._finder.find(stored)
        if path is None and Path(stored.replace("\\", "/")).suffix.lower() in SOUND_SUFFIXES:
            return None
        if path is None:
            self.missing.setdefault(stored, view.place)
            return self._bars(item.width, item.height)
        if path.suffix.lower() in SOUND_SUFFIXES:
            return None
        if path.suffix.lower() not in PICTURE_SUFFIXES:
            self._values.counts.add(
                f"footage {path.suffix.lower() or 'without suffix'}", view.place
            )
            return None
        return self._file(view, path, matrix)

    def _file(self, view: LayerView, path: Path, matrix: Affine) -> int | None:
        full = self._pictures.pixels(path)
        if full is None:
            self._values.counts.add("picture that cannot be decoded", view.place)
            return None
        width = view.source.width or full.shape[1]
        height = view.source.height or full.shape[0]
        shown = _scale(matrix) * width / full.shape[1]
        reduce = 1
        while reduce < 16 and shown * reduce * 2 <= 1.0:
            reduce *= 2
        pixels = full if reduce == 1 else self._pictures.pixels(path, reduce)
        if pixels is None:
            return None
        picture = self._vector.picture(pixels)
        factor = (width / pixels.shape[1], height / pixels.shape[0])
        self._vector.transform(picture, (factor[0], 0.0, 0.0, factor[1], 0.0, 0.0))
        return self._vector.scene([picture])

    def _bars(self, width: float, height: float) -> int | None:
        if width <= 0 or height <= 0:
            return None
        scene = self._vector.scene()
        step = width / len(_BARS)
        for i, colour in enumerate(_BARS):
            bar = self._vector.rect(i * step, 0, step + 0.5, height)
            self._vector.fill(bar, (*colour, 255))
            self._vector.add(scene, bar)
        return scene


def _scale(m: Affine) -> float:
    """Give how much a matrix enlarges, at most in any direction."""
    return max(math.hypot(m[0], m[1]), math.hypot(m[2], m[3]), 1e-6)
