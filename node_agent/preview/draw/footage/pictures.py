"""Decodes pictures, big ones also at halved sizes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

MAX_PIXELS = 64_000_000
MAX_CACHED_BYTES = 768 * 1024 * 1024
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "TGA", "PSD")


@dataclass(slots=True)
class Pictures:
    """Decode pictures once; big ones also at halved sizes, for drawing small without shimmer."""

    _known: dict[tuple[Path, int], np.ndarray | None] = field(default_factory=dict)
    _bytes: int = 0

    def pixels(self, path: Path, reduce: int = 1) -> np.ndarray | None:
        """Give straight RGBA pixels (h, w, 4), reduced by a whole factor; None if undecodable."""
        key = (path, reduce)
        if key not in self._known:
            pixels = _decode(path, reduce)
            self._bytes += 0 if pixels is None else pixels.nbytes
            if self._bytes > MAX_CACHED_BYTES:
                self._known.clear()
                self._bytes = 0 if pixels is None else pixels.nbytes
            self._known[key] = pixels
        return self._known[key]


def _decode(path: Path, reduce: int) -> np.ndarray | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                rgba = image.convert("RGBA")
                if reduce > 1:
                    rgba = rgba.reduce(reduce)
                return np.array(rgba, dtype=np.uint8, order="C")
    except Exception:  # noqa: BLE001 - a hostile picture may break a decoder in any way
        return None
