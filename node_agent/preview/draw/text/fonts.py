"""Finds fonts by PostScript name among the job's own files and the vendored one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uharfbuzz as hb

from node_agent.preview.draw.vector import CLOSE, CUBIC, LINE, MOVE

VENDORED = Path(__file__).resolve().parents[2] / "fonts"
SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
MAX_FILES = 500
MAX_FONT_BYTES = 64 * 1024 * 1024
_HEAVY = ("bold", "black", "heavy")


@dataclass(slots=True, eq=False)
class Font:
    """Hold one face with its outlines; lengths are in font units, `upem` to the em.

    `ascent` is the height of a "d": so far below a box's top stands its first baseline, as the
    ascents that Bodymovin measured in After Effects show.
    """

    name: str
    upem: int
    ascent: float
    shaper: hb.Font
    _outlines: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def has(self, character: str) -> bool:
        """Tell whether the face has a glyph for `character`."""
        return bool(self.shaper.get_nominal_glyph(ord(character)))

    def outline(self, glyph: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the glyph's path commands and its points, y up."""
        known = self._outlines.get(glyph)
        if known is None:
            pen = _Pen()
            self.shaper.draw_glyph_with_pen(glyph, pen)
            known = self._outlines[glyph] = pen.arrays()
        return known


class _Pen:
    """Collects an outline; the names are those the shaping library calls."""

    def __init__(self) -> None:
        self._commands: list[int] = []
        self._points: list[tuple[float, float]] = []

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._commands.append(MOVE)
        self._points.append(point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._commands.append(LINE)
        self._points.append(point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._commands.append(CUBIC)
        self._points.extend(points)

    def qCurveTo(self, control: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        start = self._points[-1]
        first = tuple(s + (c - s) * 2 / 3 for s, c in zip(start, control, strict=True))
        second = tuple(e + (c - e) * 2 / 3 for e, c in zip(end, control, strict=True))
        self.curveTo((first[0], first[1]), (second[0], second[1]), end)

    def closePath(self) -> None:  # noqa: N802
        self._commands.append(CLOSE)

    def endPath(self) -> None:  # noqa: N802
        """Take the end of an open contour; filled outlines need nothing for it."""

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        points = np.array(self._points, dtype=np.float64).reshape(-1, 2)
        return np.array(self._commands, dtype=np.uint8), points


class FontLibrary:
    """Know the fonts of the given folders, and the vendored ones, by PostScript name.

    A face in a folder wins over a vendored face of the same name.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: dict[str, tuple[Path, int]] = {}
        self._loaded: dict[str, Font] = {}
        self.missing: dict[str, str] = {}
        for folder in (*folders, VENDORED):
            for path in _font_files(folder):
                self._register(path)

    @property
    def names(self) -> frozenset[str]:
        """Give the PostScript names of every font that needs no substitute."""
        return frozenset(self._files)

    def find(self, name: str) -> Font:
        """Give the font of that PostScript name, or the vendored one in its place.

        A substitution is remembered in `missing`: asked name to used name.
        """
        if name in self._files:
            return self._load(name)
        heavy = any(word in name.lower() for word in _HEAVY)
        used = "Vazirmatn-Bold" if heavy else "Vazirmatn-Regular"
        self.missing.setdefault(name, used)
        return self._load(used)

    def _load(self, name: str) -> Font:
        font = self._loaded.get(name)
        if font is None:
            path, index = self._files[name]
            font = self._loaded[name] = _open(name, path, index)
        return font

    def _register(self, path: Path) -> None:
        for index in range(16 if path.suffix.lower() in {".ttc", ".otc"} else 1):
            name = _postscript_name(path, index)
            if not name:
                return
            self._files.setdefault(name, (path, index))


def _font_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return [p for p in found[:MAX_FILES] if p.stat().st_size <= MAX_FONT_BYTES]


def _postscript_name(path: Path, index: int) -> str:
    try:
        face = hb.Face(hb.Blob.from_file_path(str(path)), index)
        if not face.glyph_count:
            return ""
        return str(face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or "")
    except (hb.HarfBuzzError, OSError, ValueError, RuntimeError):
        return ""


def _open(name: str, path: Path, index: int) -> Font:
    face = hb.Face(hb.Blob.from_file_path(str(path)), index)
    shaper = hb.Font(face)
    upem = max(1, face.upem)
    letter = shaper.get_nominal_glyph(ord("d"))
    extents = shaper.get_glyph_extents(letter) if letter else None
    ascent = float(extents.y_bearing) if extents is not None else 0.0
    return Font(name, upem, ascent or 0.72 * upem, shaper)
