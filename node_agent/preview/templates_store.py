"""The output-module templates of the stand-ins: per user, as in After Effects, in one JSON file.

The file is `output_templates.json` in the folder of `config.preview_home`:
`{"output_modules": {"FR RGB": {"format": "png", "channels": "rgb"}, ...}}`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

FILE_NAME: Final = "output_templates.json"
RENDER_SETTINGS: Final = (
    "Best Settings", "Current Settings", "DV Settings", "Draft Settings", "Multi-Machine Settings",
)  # fmt: skip
"""The render-settings templates of a fresh After Effects; nobody adds to them here."""


class TemplatesError(Exception):
    """Say that the templates file cannot be used, and how to mend it."""


@dataclass(frozen=True, slots=True)
class OutputTemplate:
    """Describe one output module: `format` png, tiff, wav, aiff or mp4; channels rgb or rgba."""

    format: str
    channels: str = "rgb"


# What a fresh After Effects has, by the names of an English installation.
STOCK: Final[Mapping[str, OutputTemplate]] = MappingProxyType(
    {
        "AIFF 48kHz": OutputTemplate("aiff"),
        "Alpha Only": OutputTemplate("avi", "alpha"),
        "AVI DV NTSC 48kHz": OutputTemplate("avi"),
        "AVI DV PAL 48kHz": OutputTemplate("avi"),
        "H.264 - Match Render Settings - 15 Mbps": OutputTemplate("mp4"),
        "H.264 - Match Render Settings - 40 Mbps": OutputTemplate("mp4"),
        "H.264 - Match Render Settings - 5 Mbps": OutputTemplate("mp4"),
        "High Quality": OutputTemplate("mov"),
        "High Quality with Alpha": OutputTemplate("mov", "rgba"),
        "Lossless": OutputTemplate("avi"),
        "Lossless with Alpha": OutputTemplate("avi", "rgba"),
        "Multi-Machine Sequence": OutputTemplate("psd"),
        "Photoshop": OutputTemplate("psd"),
        "TIFF Sequence with Alpha": OutputTemplate("tiff", "rgba"),
    }
)
# What the node check adds for the farm.
FARM: Final[Mapping[str, OutputTemplate]] = MappingProxyType(
    {
        "FR RGB": OutputTemplate("png", "rgb"),
        "FR RGBA": OutputTemplate("png", "rgba"),
        "FR WAV": OutputTemplate("wav"),
    }
)


def read_templates(home: Path) -> dict[str, OutputTemplate]:
    """Give every template that exists for this user: the stock ones and those of the file.

    Raises TemplatesError when the file is there but is not what we write.
    """
    return {**STOCK, **_read_file(home / FILE_NAME)}


def add_templates(home: Path, templates: Mapping[str, OutputTemplate] = FARM) -> list[str]:
    """Add the templates that the file lacks or holds differently; give the names it wrote.

    The file is replaced whole, so a reader sees the old one or the new one.
    """
    path = home / FILE_NAME
    present = _read_file(path)
    changed = [name for name, wanted in templates.items() if present.get(name) != wanted]
    if not changed:
        return []
    merged = {**present, **templates}
    body = {
        "output_modules": {
            name: {"format": item.format, "channels": item.channels}
            for name, item in sorted(merged.items())
        }
    }
    home.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{FILE_NAME}.{uuid.uuid4().hex}.tmp")
    draft.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
    return changed


def _read_file(path: Path) -> dict[str, OutputTemplate]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        modules = body["output_modules"].items()
        return {
            str(name): OutputTemplate(str(item["format"]), str(item.get("channels", "rgb")))
            for name, item in modules
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TemplatesError(
            f"{path} is not a templates file: {error!r}; delete it and run the node check again"
        ) from error
