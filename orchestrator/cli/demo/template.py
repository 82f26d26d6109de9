"""The demo's own template and the values that the demo gives it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from orchestrator.cli.problems import CliError

PLACES = (
    Path(__file__).parents[3] / "demo",
    Path(__file__).parents[2] / "_data" / "demo",
)


@dataclass(frozen=True, slots=True)
class DemoTemplate:
    """Hold the template's file and its values, written as on the command line."""

    bundle: Path
    sets: tuple[str, ...]
    colors: tuple[str, ...]


def find_template() -> DemoTemplate:
    """Find the template in a checkout or an installed package; CliError when it is missing."""
    for folder in PLACES:
        if (folder / "template.zip").is_file():
            return _read(folder)
    raise CliError("The demo's template is missing from this installation; use --aep or --bundle.")


def _read(folder: Path) -> DemoTemplate:
    values = json.loads((folder / "values.json").read_text(encoding="utf-8"))
    sets = []
    for scene in values["scenes"]:
        for item in scene["values"]:
            beside = folder / item["value"]
            value = str(beside) if beside.is_file() else item["value"]
            sets.append(f"{scene['key']}.{item['key']}={value}")
    colors = tuple(f"{color['key']}={color['value']}" for color in values["colors"])
    return DemoTemplate(folder / "template.zip", tuple(sets), colors)
