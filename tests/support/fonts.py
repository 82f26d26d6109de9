"""Make fonts of any name out of the one that the preview engine brings."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

_EMPTY = Glyph()
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


def crowded(faces: int, family: str) -> bytes:
    """Give a collection of so many empty faces, all of one long family name."""
    collection = TTCollection()
    for number in range(faces):
        made = FontBuilder(1000, isTTF=True)
        made.setupGlyphOrder([".notdef"])
        made.setupCharacterMap({})
        made.setupGlyf({".notdef": _EMPTY})
        made.setupHorizontalMetrics({".notdef": (500, 0)})
        made.setupHorizontalHeader()
        made.setupNameTable({"familyName": family, "styleName": family, "psName": f"F-{number}"})
        made.setupOS2()
        made.setupPost()
        collection.fonts.append(made.font)
    out = io.BytesIO()
    collection.save(out)
    return out.getvalue()
