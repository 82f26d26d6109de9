"""Draws solids, pictures, videos and the bars that stand for missing footage."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from node_agent.preview.draw.footage.files import (
    PICTURE_SUFFIXES,
    SOUND_SUFFIXES,
    VIDEO_SUFFIXES,
    FootageFinder,
)
from node_agent.preview.draw.footage.pictures import Pictures
from node_agent.preview.draw.footage.videos import Clip, Videos
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


_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>[0-9]{1,9})(?P<suffix>\.[^./\\]*)", re.DOTALL)


class FootagePainter:
    """Draw footage items in the space of their layer."""

    def __init__(
        self, vector: Vector, values: Values, finder: FootageFinder, pictures: Pictures
    ) -> None:
        self._vector = vector
        self._values = values
        self._finder = finder
        self._pictures = pictures
        self._videos = Videos()
        self.missing: dict[str, str] = {}

    def solid(self, item: Any) -> int:
        """Draw a solid of its own size and colour."""
        shape = self._vector.rect(0, 0, item.width, item.height)
        self._vector.fill(shape, as_colour(item.main_source.color))
        return self._vector.scene([shape])

    def placeholder(self, item: Any) -> int | None:
        """Draw the bars that stand for footage that is still to come."""
        return self._bars(item.width, item.height)

    def file(self, view: LayerView, time_s: float, matrix: Affine) -> int | None:
        """Draw a file's picture at its item's size; a missing one as colour bars."""
        item = view.source
        moment = self._moment(view, time_s)
        stored = _stored(item, moment)
        path = self._finder.find(stored)
        suffix = Path(stored.replace("\\", "/")).suffix.lower() if path is None else _suffix(path)
        if suffix in SOUND_SUFFIXES or moment is None:
            return None
        if path is None:
            self.missing.setdefault(stored, view.place)
            return self._bars(item.width, item.height)
        if suffix in VIDEO_SUFFIXES and not item.main_source.is_still:
            return self._video(view, path, moment, matrix)
        if suffix not in PICTURE_SUFFIXES:
            self._values.counts.add(f"footage {suffix or 'without suffix'}", view.place)
            return None
        return self._still(view, path, matrix)

    def _moment(self, view: LayerView, time_s: float) -> float | None:
        """Give the footage's own time in seconds, None before its begin and after its end."""
        item = view.source
        length = float(item.duration or 0.0)
        if item.main_source.is_still or length <= 0:
            return 0.0
        moment = view.source_time(time_s, self._values)
        last = max(0.0, length - 1.0 / (float(item.frame_rate) or 1.0))
        # An item that plays several times is as long as all of them.
        once = length / max(1, int(getattr(item.main_source, "loop", 1) or 1))
        if view.time_remap is not None:
            return min(max(0.0, moment), last) % once
        if not -1e-6 <= moment < length - 1e-6:
            return None
        return max(0.0, moment) % once

    def _video(self, view: LayerView, path: Path, moment: float, matrix: Affine) -> int | None:
        item = view.source
        clip = Clip(path, int(item.width), int(item.height), float(item.frame_rate or 0.0))
        pixels = self._videos.frame(clip, _number(item, moment), view.place)
        if pixels is None:
            self._values.counts.add("video that cannot be decoded", view.place)
            return None
        times = _shrinking(matrix)
        if times > 1:
            pixels = np.asarray(Image.fromarray(pixels).reduce(times))
        return self._placed(pixels, clip.width, clip.height)

    def _still(self, view: LayerView, path: Path, matrix: Affine) -> int | None:
        full = self._pictures.pixels(path)
        if full is None:
            self._values.counts.add("picture that cannot be decoded", view.place)
            return None
        width = view.source.width or full.shape[1]
        height = view.source.height or full.shape[0]
        times = _shrinking(matrix, width / full.shape[1])
        pixels = full if times == 1 else self._pictures.pixels(path, times)
        return None if pixels is None else self._placed(pixels, width, height)

    def _placed(self, pixels: np.ndarray, width: float, height: float) -> int:
        picture = self._vector.picture(pixels)
        factor = (width / pixels.shape[1], height / pixels.shape[0])
        self._vector.transform(picture, (factor[0], 0.0, 0.0, factor[1], 0.0, 0.0))
        return self._vector.scene([picture])

    def close(self) -> None:
        """End what decodes."""
        self._videos.close()

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


def _shrinking(m: Affine, already: float = 1.0) -> int:
    """Give by how much to halve pixels before they are drawn that small: 1, 2, 4, 8 or 16."""
    shown = max(math.hypot(m[0], m[1]), math.hypot(m[2], m[3]), 1e-6) * already
    times = 1
    while times < 16 and shown * times * 2 <= 1.0:
        times *= 2
    return times


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _number(item: Any, moment: float) -> int:
    """Give the index of the frame that is shown at a moment; a hair before it counts as it."""
    return int(moment * float(item.frame_rate or 0.0) + 1e-3)


def _stored(item: Any, moment: float | None) -> str:
    """Give the path the project holds; of a numbered sequence, that of the moment's picture."""
    source = item.main_source
    stored = str(source.file or "")
    numbered = _NUMBERED.fullmatch(stored)
    if source.is_still or not getattr(source, "target_is_folder", False) or not numbered:
        return stored
    number = int(numbered["number"]) + _number(item, moment or 0.0)
    return f"{numbered['stem']}{number:0{len(numbered['number'])}d}{numbered['suffix']}"
