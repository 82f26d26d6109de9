"""The settings both stand-ins share: one JSON file named by FLATRENDER_PREVIEW_CONFIG."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

CONFIG_ENV = "FLATRENDER_PREVIEW_CONFIG"
SCRIPT_ENV = ("TEMP", "TMP", "TMPDIR", "USERPROFILE", "HOME")
HOME_ENV = "FLATRENDER_PREVIEW_HOME"
ROOT_ENV = "FLATRENDER_PREVIEW_ROOT"
FONTS_ENV = "FLATRENDER_PREVIEW_FONTS"
REPORT_ENV = "FLATRENDER_PREVIEW_REPORT"
MEMORY_ENV = "FLATRENDER_PREVIEW_MEMORY_BYTES"
MEMORY_BYTES = 8 * 2**30


class PreviewConfigError(Exception):
    """Say what is wrong in the settings file and how to mend it."""


@dataclass(frozen=True, slots=True)
class PreviewConfig:
    """Hold how the stand-ins behave; the defaults are those of a healthy, full licence.

    Seconds are real time. `engine_major` is the newest project version that opens. With
    `fonts_known` scripts are told which fonts this machine lacks. With `modal_after_kill` an engine
    that was killed asks a person at its next launch, and waits. Without `script_render` scripts
    cannot render: their items are stopped.
    """

    scripting_allowed: bool = True
    render_only: bool = False
    launch_s: float = 0.0
    open_s: float = 0.0
    engine_major: int = 26
    stamp: bool = False
    fonts_known: bool = False
    modal_after_kill: bool = False
    script_render: bool = True


def load_config(environ: Mapping[str, str] | None = None) -> PreviewConfig:
    """Read the settings file named by the environment; without one, give the defaults.

    Raises PreviewConfigError when the file is missing, is not a JSON object, or holds a value of
    the wrong type. Unknown keys are refused by name.
    """
    named = (os.environ if environ is None else environ).get(CONFIG_ENV)
    if not named:
        return PreviewConfig()
    try:
        loaded = json.loads(Path(named).read_text(encoding="utf-8"))
    except OSError as error:
        raise PreviewConfigError(f"cannot read {named} ({CONFIG_ENV}): {error}") from error
    except ValueError as error:
        raise PreviewConfigError(f"{named} is not JSON; write one object there: {error}") from error
    if not isinstance(loaded, dict):
        raise PreviewConfigError(f"{named} must hold one JSON object")
    return _checked(loaded, named)


def _checked(loaded: dict[str, object], named: str) -> PreviewConfig:
    known = {field.name: field.default for field in fields(PreviewConfig)}
    values: dict[str, bool | int | float] = {}
    for key, value in loaded.items():
        if key not in known:
            raise PreviewConfigError(f"{named}: unknown key {key!r}; known: {', '.join(known)}")
        wanted = type(known[key])
        if wanted is float and type(value) is int:
            values[key] = float(value)
        elif type(value) is wanted and isinstance(value, (bool, int, float)):
            values[key] = value
        else:
            raise PreviewConfigError(f"{named}: {key} must be a {wanted.__name__}")
    return PreviewConfig(**values)  # type: ignore[arg-type]


def script_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give what scripts may read by `$.getenv`; nothing else of the environment reaches them."""
    given = os.environ if environ is None else environ
    return {name: given[name] for name in SCRIPT_ENV if name in given}


def preview_home(environ: Mapping[str, str] | None = None) -> Path:
    """Give the folder of the stand-ins' per-user files (templates, preferences)."""
    named = (os.environ if environ is None else environ).get(HOME_ENV)
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("flatrender-preview", appauthor=False))


def preview_memory(environ: Mapping[str, str] | None = None) -> int:
    """Give how many bytes of address space a stand-in may use; what is no number counts as unset.

    Projects are hostile: one may ask for more than the machine has.
    """
    named = (os.environ if environ is None else environ).get(MEMORY_ENV, "")
    return int(named) if named.isdecimal() else MEMORY_BYTES


@dataclass(frozen=True, slots=True)
class PreviewPlaces:
    """Hold where one render looks and reports.

    `root` bounds where footage is looked for (None: found from the project's place), `fonts` are
    folders searched before the project's own, `report` is the JSON file of what was left out.
    """

    root: Path | None = None
    fonts: tuple[Path, ...] = ()
    report: Path | None = None


def preview_places(environ: Mapping[str, str] | None = None) -> PreviewPlaces:
    """Read the places from the environment; `fonts` is a list as PATH is one."""
    found = os.environ if environ is None else environ
    return PreviewPlaces(
        root=Path(found[ROOT_ENV]) if found.get(ROOT_ENV) else None,
        fonts=tuple(Path(p) for p in found.get(FONTS_ENV, "").split(os.pathsep) if p),
        report=Path(found[REPORT_ENV]) if found.get(REPORT_ENV) else None,
    )
