"""Poster and thumbnail: the middle frame, or the nearest to it that shows something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageStat

from node_agent.report.attempt import Upload
from node_agent.report.pictures import THUMBNAIL_SIDE, jpeg

POSTER_SIDE = 1920
DARK = 8.0
"""Mean brightness of 255 under which a frame shows nothing to choose a video by."""
PLACES = (1 / 2, 2 / 3, 1 / 3, 5 / 6, 1 / 6, 1.0, 0.0)
"""Where in the video to look, the best place first."""


def pictures(folder: Path, frames: Mapping[int, Path]) -> list[Upload]:
    """Make poster and thumbnail from one frame."""
    frame = telling(list(candidates([frames[number] for number in sorted(frames)])))
    uploads = []
    for name, side, quality in (("poster", POSTER_SIDE, 88), ("thumbnail", THUMBNAIL_SIDE, 82)):
        path = folder / f"{name}.jpg"
        size = jpeg(frame, path, side, quality)
        uploads.append(Upload(path.name, path, "image/jpeg", size))
    return uploads


def candidates(frames: Sequence[Path]) -> Iterator[Path]:
    """Give some frames spread over the video, the middle one first."""
    for place in PLACES:
        yield frames[min(len(frames) - 1, int(len(frames) * place))]


def telling(frames: Sequence[Path]) -> Path:
    """Give the first frame that is not dark, or the brightest where all are."""
    best, most = frames[0], -1.0
    for frame in frames:
        bright = brightness(frame)
        if bright >= DARK:
            return frame
        if bright > most:
            best, most = frame, bright
    return best


def brightness(frame: Path) -> float:
    """Give the mean brightness of a frame on black, 0 to 255."""
    with Image.open(frame, formats=("PNG", "TIFF")) as image:
        image.thumbnail((64, 64), Image.Resampling.BOX)
        shown = image.convert("RGBA")
    black = Image.new("RGBA", shown.size, (0, 0, 0, 255))
    black.alpha_composite(shown)
    return float(ImageStat.Stat(black.convert("L")).mean[0])
