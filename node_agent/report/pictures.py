"""Small JPEG pictures of frames: previews while rendering, poster and thumbnail at the end."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

THUMBNAIL_SIDE = 320


def small_jpeg(source: Path, target: Path, side: int = THUMBNAIL_SIDE, quality: int = 80) -> bool:
    """Write a JPEG whose longer side is at most `side`; False when the frame cannot be read."""
    try:
        _write(source, target, side, quality)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def jpeg(source: Path, target: Path, side: int, quality: int) -> tuple[int, int]:
    """Write a JPEG and give its size; raises OSError when frame or disk fail."""
    return _write(source, target, side, quality)


def _write(source: Path, target: Path, side: int, quality: int) -> tuple[int, int]:
    with Image.open(source) as frame:
        if frame.mode in {"RGBA", "LA", "PA"}:
            shown = Image.new("RGB", frame.size)
            shown.paste(frame.convert("RGBA"), mask=frame.convert("RGBA").getchannel("A"))
        else:
            shown = frame.convert("RGB")
        shown.thumbnail((side, side))
        shown.save(target, "JPEG", quality=quality, optimize=True)
        return shown.size
