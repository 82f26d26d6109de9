"""Makes one picture safe for After Effects: upright, sRGB, PNG or JPEG, without metadata.

Started as `python -I image_child.py SOURCE TARGET MAX_PIXELS MAX_SIDE`; prints one JSON object.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
JPEG_QUALITY = 95


def main(arguments: list[str]) -> int:
    """Decode, mend and write; what cannot be decoded is told, not raised."""
    source, target, max_pixels, max_side = arguments
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    try:
        answer = convert(Path(source), Path(target), int(max_pixels), int(max_side))
    except UnidentifiedImageError:
        answer = {"refused": "damaged"}
    except MemoryError:
        answer = {"refused": "too_many_pixels"}
    except Exception as error:  # noqa: BLE001
        # Decoders raise anything over hostile bytes; all of it means the same to the sender.
        answer = {"refused": "damaged", "reason": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer))
    return 0


def convert(source: Path, target: Path, max_pixels: int, max_side: int) -> dict[str, object]:
    """Write the safe copy and describe it; a picture with too many pixels is not decoded."""
    with Image.open(source, formats=FORMATS) as opened:
        if opened.width * opened.height > max_pixels:
            return {"refused": "too_many_pixels", "width": opened.width, "height": opened.height}
        lossy = opened.format == "JPEG"
        opened.load()
        picture = _colors(ImageOps.exif_transpose(opened))
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    if lossy and picture.mode == "RGB":
        clean = _bare(picture)
        clean.save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        content_type = "image/jpeg"
    else:
        clean = _bare(picture)
        clean.save(target, "PNG", compress_level=6)
        content_type = "image/png"
    return {"content_type": content_type, "width": clean.width, "height": clean.height}


def _colors(picture: Image.Image) -> Image.Image:
    """Bring the picture to sRGB, 8 bits, with alpha only where it had some."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):
        # Grey deeper than 8 bits; Pillow's own conversion would clip it to white.
        scale = 1.0 if picture.mode == "F" else 255 / 65535
        grey = picture.convert("F").point(lambda value: value * scale + 0)
        return grey.convert("L").convert("RGB")
    alpha = picture.has_transparency_data
    if profile and picture.mode in {"RGB", "CMYK", "L"} and not alpha:
        try:
            return _from_profile(picture, profile)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return picture.convert("RGBA" if alpha else "RGB")


def _from_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    wanted = ImageCms.createProfile("sRGB")
    changed = ImageCms.profileToProfile(picture, given, wanted, outputMode="RGB")
    return changed if changed is not None else picture.convert("RGB")


def _bare(picture: Image.Image) -> Image.Image:
    """Give the pixels alone, without any of the source's metadata."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
