"""The picture's way through ffmpeg's filters: its size, its alpha, its colours.

Sides: a format of 4:2:0 has even ones, and an odd side of the frames loses its last row or column.
Alpha stays straight: pictures are premultiplied only while they are scaled, because the colour of
what is transparent would else bleed into the edges. Colours: sRGB to BT.709 of limited range, with
the values of the transfer curve unchanged, as players expect of tagged video.
"""

from __future__ import annotations

from node_agent.core.export.film import Film
from orchestrator.wire.media.output import Codec, even

SCALER = "flags=lanczos+accurate_rnd+full_chroma_int+bitexact"
_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_YUV: dict[Codec, tuple[str, str]] = {
    "h264": ("yuv420p", ""),
    "h265": ("yuv420p", ""),
    "vp9": ("yuv420p", "yuva420p"),
    "prores": ("yuv444p10le", "yuva444p10le"),
}
"""Pixel formats without and with alpha."""


def picture(film: Film) -> str:
    """Write the filters from the frames `[0:v]` to `[picture]`."""
    steps = [*_straight(film), *_shaped(film), *_coloured(film), "setsar=1"]
    return f"[0:v]{','.join(steps)}[picture]"


def is_yuv(codec: Codec) -> bool:
    """Tell whether a codec keeps its picture as BT.709, and is tagged so."""
    return codec in _YUV


def _straight(film: Film) -> list[str]:
    if not (film.premultiplied and film.output.alpha):
        return []
    return ["format=gbrap", "setparams=alpha_mode=premultiplied", "unpremultiply=inplace=1"]


def _shaped(film: Film) -> list[str]:
    """Bring the frames to the video's size: cut, scaled, or scaled within bars or over the edge."""
    wide, high = film.source
    width, height = film.width, film.height
    if (wide, high) == (width, height):
        return []
    if (even(wide), even(high)) == (width, height):
        return [f"crop={width}:{height}:0:0:exact=1"]
    if film.output.fit == "exact":
        return _scaled(film, width, height)
    pad = film.output.fit == "pad"
    factor = (min if pad else max)(width / wide, height / high)
    inner = round(wide * factor), round(high * factor)
    if pad:
        inner = min(width, max(1, inner[0])), min(height, max(1, inner[1]))
        bars = "black@0" if film.output.alpha else "black"
        return [
            *_scaled(film, *inner),
            "format=rgba" if film.output.alpha else "format=rgb24",
            f"pad={width}:{height}:{(width - inner[0]) // 2}:{(height - inner[1]) // 2}:{bars}",
        ]
    inner = max(width, inner[0]), max(height, inner[1])
    left, top = (inner[0] - width) // 2, (inner[1] - height) // 2
    return [*_scaled(film, *inner), f"crop={width}:{height}:{left}:{top}:exact=1"]


def _scaled(film: Film, width: int, height: int) -> list[str]:
    scale = f"scale={width}:{height}:{SCALER}"
    if film.output.alpha:
        return ["format=gbrap", "premultiply=inplace=1", scale, "unpremultiply=inplace=1"]
    return ["format=gbrp", scale]


def _coloured(film: Film) -> list[str]:
    if film.output.coded_as not in _YUV:
        return ["format=rgba" if film.output.alpha else "format=rgb24"]
    pixels = _YUV[film.output.coded_as][film.output.alpha]
    convert = f"scale={SCALER}:in_range=pc:out_range=tv:out_color_matrix=bt709"
    return [convert, f"format={pixels}", _TAGS]
