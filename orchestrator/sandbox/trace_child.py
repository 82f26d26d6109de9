"""Traces one picture to flat paths of a few colours, in a process with limits.

Started as `python -I trace_child.py SOURCE TARGET COLORS MAX_SIDE MAX_BYTES`. It writes a JSON
object {width, height, fills: [[fill, share]], paths: [[d, x, y, fill]]} to TARGET, fills being
#rrggbb, and prints one JSON object that says how it went.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

SPECKLES = (2, 6, 12, 24)
"""Side of the specks that are left out: tried in turn until the picture is small enough."""
_PATH = re.compile(
    r'<path d="([^"]*)" fill="#([0-9A-Fa-f]{6})" transform="translate\(([-0-9.]+),([-0-9.]+)\)"/>'
)
Color = tuple[int, int, int]


def main(arguments: list[str]) -> int:
    """Trace; what cannot be traced is told, not raised."""
    source, target, colors, max_side, max_bytes = arguments
    warnings.simplefilter("ignore")
    try:
        answer = trace(Path(source), Path(target), int(colors), int(max_side), int(max_bytes))
    except ImportError:
        answer = {"refused": "no_tracer"}
    except MemoryError:
        answer = {"refused": "too_large"}
    except Exception as error:  # noqa: BLE001
        # Decoders raise anything over hostile bytes; all of it means the same to the sender.
        answer = {"refused": "damaged", "reason": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))
    return 0


def trace(source: Path, target: Path, colors: int, max_side: int, max_bytes: int) -> dict[str, Any]:
    """Reduce the picture to a few colours, trace it, and write the paths."""
    import vtracer
    from PIL import Image

    with Image.open(source, formats=("PNG", "JPEG")) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    pixels, shares, key = reduce(picture, colors)
    # Only shapes that are cut out leave holes where the picture has none; the others lie on
    # each other without seams.
    stacking = "stacked" if key is None else "cutout"
    for speckle in SPECKLES:
        svg = vtracer.convert_pixels_to_svg(
            pixels,
            picture.size,
            colormode="color",
            hierarchical=stacking,
            mode="spline",
            filter_speckle=speckle,
            color_precision=8,
            layer_difference=0,
            path_precision=1,
        )
        paths = read_paths(svg, list(shares), key)
        made = {
            "width": picture.width,
            "height": picture.height,
            "fills": [[fill, share] for fill, share in shares.items()],
            "paths": paths,
        }
        text = json.dumps(made)
        if len(text) <= max_bytes:
            target.write_text(text, encoding="ascii")
            return {"ok": True}
    return {"refused": "too_detailed"}


def reduce(
    picture: Any, colors: int
) -> tuple[list[Color | tuple[int, ...]], dict[str, float], str | None]:
    """Give pixels of at most `colors` colours, each one's share, and the colour for nothing."""
    inside = [value >= 128 for value in picture.getchannel("A").tobytes()]
    flat = _flat(picture.convert("RGB"), inside, colors).tobytes()
    points = [(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)]
    used = [point for point, shown in zip(points, inside, strict=True) if shown]
    counts: dict[Color, int] = {}
    for point in used:
        counts[point] = counts.get(point, 0) + 1
    key = None
    nothing: Color = (255, 0, 255)
    if len(used) < len(points):
        while nothing in counts:
            nothing = (nothing[0] - 1, 0, nothing[2])
        key = hexed(nothing)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shares = {hexed(color): round(count / len(points), 4) for color, count in ordered}
    pixels: list[Color | tuple[int, ...]] = [
        (*(point if shown else nothing), 255) for point, shown in zip(points, inside, strict=True)
    ]
    return pixels, shares, key


def _flat(picture: Any, inside: list[bool], colors: int) -> Any:
    """Reduce to the colours that cover what is seen best; what is not seen has no say."""
    from PIL import Image

    whole = picture.tobytes()
    seen = b"".join(whole[3 * i : 3 * i + 3] for i, shown in enumerate(inside) if shown)
    if not seen:
        return picture
    ours = Image.frombytes("RGB", (len(seen) // 3, 1), seen).quantize(
        colors, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
    )
    return picture.quantize(palette=ours, dither=Image.Dither.NONE).convert("RGB")


def read_paths(svg: str, fills: list[str], key: str | None) -> list[list[Any]]:
    """Read the tracer's paths; a fill that it mixed becomes the nearest of ours."""
    known = [*fills, *([] if key is None else [key])]
    found = []
    for d, fill, x, y in _PATH.findall(svg):
        near = nearest("#" + fill.lower(), known)
        if near != key:
            found.append([d.strip(), float(x), float(y), near])
    return found


def nearest(fill: str, known: list[str]) -> str:
    """Give the known colour that is nearest by its channels."""
    return min(
        known, key=lambda one: sum((a - b) ** 2 for a, b in zip(rgb(fill), rgb(one), strict=True))
    )


def rgb(fill: str) -> Color:
    """Read #rrggbb."""
    return int(fill[1:3], 16), int(fill[3:5], 16), int(fill[5:7], 16)


def hexed(color: Color) -> str:
    """Write #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*color)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
