"""Read the names in font files, in a limited child process: fonts are a stranger's programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.errors import Invalid
from orchestrator.sandbox.limited import ProgramLimits, run_limited
from orchestrator.wire.content.fonts import FontFormat

GIB = 2**30
MAX_FONTS = 200
"""Fonts of one bundle that are listed and read; the others lie in it all the same."""
_LIMITS = ProgramLimits(memory_bytes=GIB, cpu_s=30, file_bytes=1, timeout_s=45)
_CHILD = Path(__file__).parents[2] / "sandbox" / "fonts_child.py"
_REFUSED = {
    "no_font": "The file is no font by its content. Send TTF, OTF or TTC.",
    "web_font": "The file is a web font (WOFF), which After Effects cannot install. Send the TTF "
    "or OTF that it was made from.",
    "too_large": "The font is larger than 64 MiB. Send a smaller one.",
    "damaged": "The font is damaged and cannot be read. Export it anew and send that.",
    "no_name": "The font has no PostScript name that templates could know it by.",
}


@dataclass(frozen=True, slots=True)
class Face:
    """Be one face of a font file; templates know it by `name`."""

    name: str
    family: str
    style: str


@dataclass(frozen=True, slots=True)
class Read:
    """Be what one file holds, its faces in the file's order."""

    format: FontFormat
    faces: tuple[Face, ...]


async def read_font(path: Path) -> Read:
    """Read one uploaded font; raises Invalid (`bad_font`)."""
    (found,) = await _run((str(path),))
    if "refused" in found:
        raise Invalid(_REFUSED[found["refused"]], code="bad_font")
    return _read(found)


async def read_bundled(bundle: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Give the PostScript names of fonts in a bundle; those that cannot be read have none."""
    if not paths:
        return ()
    found = await _run(("--zip", str(bundle), *paths[:MAX_FONTS]))
    faces = [face.name for one in found if "faces" in one for face in _read(one).faces]
    return tuple(sorted(set(faces)))


async def _run(words: tuple[str, ...]) -> list[dict[str, Any]]:
    ended = await run_limited((sys.executable, "-I", "-B", str(_CHILD), *words), _LIMITS)
    if ended.timed_out or ended.code != 0:
        raise Invalid(
            "Reading the font took more memory or time than it may. Send another one.",
            code="bad_font",
        )
    try:
        files: list[dict[str, Any]] = json.loads(ended.output)["files"]
    except ValueError as error:
        # Only the last of what a child prints is kept: a collection of lies can print without end.
        raise Invalid(
            "The font has more names than can be kept. Send its faces one by one.", code="bad_font"
        ) from error
    return files


def _read(found: dict[str, Any]) -> Read:
    return Read(found["format"], tuple(Face(**face) for face in found["faces"]))
