"""Make fonts of any name out of the one that the preview engine brings."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

BOLD = Path(__file__).parents[2] / "node_agent" / "preview" / "fonts" / "Vazirmatn-Bold.ttf"


@cache
def renamed(postscript_name: str, family: str = "Renamed") -> bytes:
    """Give a real font file that templates know by another name."""
    out = io.BytesIO()
    with TTFont(BOLD) as font:
        font["name"].names = [one for one in font["name"].names if one.platformID == 3]
        for place, text in ((1, family), (2, "Regular"), (6, postscript_name)):
            font["name"].setName(text, place, 3, 1, 0x409)
        for place in (16, 17):
            font["name"].removeNames(nameID=place)
        font.save(out)
    return out.getvalue()
