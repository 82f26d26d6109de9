"""Turns -output and an output module into the file names that will be written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from node_agent.preview.templates_store import OutputTemplate

STILLS = frozenset({"png", "tiff"})
SOUNDS = frozenset({"wav", "aiff"})
MOVIES = frozenset({"mp4", "mov", "avi"})
_EXTENSION = {"png": ".png", "tiff": ".tif", "wav": ".wav", "aiff": ".aif"}
_NUMBER = re.compile(r"\[(#+)\]")
DEFAULT = OutputTemplate("mp4")
"""What a render queue item gets from a stock After Effects: H.264 in an .mp4."""

# py-aep's names of saved output formats, in our words
_SAVED = {
    "PNG_SEQUENCE": "png",
    "TIFF_SEQUENCE": "tiff",
    "WAV": "wav",
    "AIFF": "aiff",
    "H264": "mp4",
    "H_264": "mp4",
    "QUICKTIME": "mov",
    "AVI": "avi",
}


@dataclass(frozen=True, slots=True)
class Output:
    """Hold where and how one output module writes."""

    template: OutputTemplate
    path: Path

    def frame_path(self, number: int) -> Path:
        """Give the file of one frame; the count of # in the name is its least width."""

        def digits(match: re.Match[str]) -> str:
            return f"{number:0{len(match.group(1))}d}"

        return self.path.with_name(_NUMBER.sub(digits, self.path.name))


def output(template: OutputTemplate, path: str) -> Output:
    """Give the output for a path: its extension is replaced by the one the format needs."""
    target = Path(path)
    suffix = _EXTENSION.get(template.format, f".{template.format}")
    stem = target.stem if target.suffix else target.name
    if _NUMBER.search(target.suffix):
        # ".[#####]" with nothing after it is a number, not an extension.
        stem = target.name
    if template.format in STILLS and not _NUMBER.search(stem):
        stem += "_[#####]"
    return Output(template, target.with_name(stem + suffix))


def saved_template(
    name: str, format_name: str, channels: str, known: dict[str, OutputTemplate]
) -> OutputTemplate:
    """Give the template of a saved output module: by its name, else by its saved format."""
    if name in known:
        return known[name]
    own = _SAVED.get(format_name.upper(), format_name.lower())
    return OutputTemplate(own, "rgba" if channels.upper() == "RGBA" else "rgb")
