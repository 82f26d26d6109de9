"""Scans a template on this machine: a project, a bundle, or a Motion Graphics template."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast, get_args

import typer

from orchestrator.aep import BadAep, Project, read
from orchestrator.bundle import BadBundle, inspect, list_paths, read_entry
from orchestrator.cli.lists import show_table
from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.core.templates.capsule import DEFINITION, PROJECT_ENDING, Capsule, read_capsule
from orchestrator.core.templates.scan import scan_project
from orchestrator.wire.bind import Mode
from orchestrator.wire.scan import ScanResult

MAX_PROJECT_BYTES = 2 * 1024**3
MAX_DEFINITION_BYTES = 16 * 1024**2
_SHOWN = 200


def run_scan(path: Path, mode: str | None, *, as_json: bool) -> None:
    """Print what a template offers; CliError with what is wrong with the file."""
    if mode is not None and mode not in get_args(Mode):
        raise CliError(
            f"There is no mode {mode}; it is one of: {', '.join(get_args(Mode))}.", WRONG_USE
        )
    try:
        project, files, capsule = _open(path)
        found = scan_project(project, mode=cast("Mode | None", mode), files=files)
    except (BadAep, BadBundle) as bad:
        sentence = str(bad)
        raise CliError(
            f"{path}: {sentence.rstrip('.')}.", code=getattr(bad, "code", "bad_aep")
        ) from bad
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror or error}.", WRONG_USE) from error
    if as_json:
        more: dict[str, Any] = {} if capsule is None else {"capsule": asdict(capsule)}
        typer.echo(json.dumps(found.model_dump(mode="json") | more, ensure_ascii=False))
    else:
        _print(found, capsule)


def _open(path: Path) -> tuple[Project, tuple[str, ...] | None, Capsule | None]:
    """Give the project, the files beside it when they can be known, and the capsule if any."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if not zipped:
        return read(path), None, None
    files = list_paths(path)
    inner = [name for name in files if name.lower().endswith(PROJECT_ENDING)]
    if DEFINITION in files and len(inner) == 1:
        definition = read_entry(path, DEFINITION, MAX_DEFINITION_BYTES)
        project, beside = _inner(read_entry(path, inner[0], MAX_PROJECT_BYTES))
        return project, beside, read_capsule(definition)
    aep = inspect(path).aep_path
    return read(read_entry(path, aep, MAX_PROJECT_BYTES)), files, None


def _inner(graphic: bytes) -> tuple[Project, tuple[str, ...] | None]:
    """Read the project of a .mogrt: alone, or zipped once more with its footage."""
    if graphic[:2] != b"PK":
        return read(graphic), None
    with tempfile.TemporaryDirectory(prefix="flatrender-") as folder:
        bundle = Path(folder) / "project.zip"
        bundle.write_bytes(graphic)
        aep = inspect(bundle).aep_path
        return read(read_entry(bundle, aep, MAX_PROJECT_BYTES)), list_paths(bundle)


def _print(found: ScanResult, capsule: Capsule | None) -> None:
    if capsule is not None:
        typer.echo(f"template  {capsule.name or 'without a name'}")
    typer.echo(f"mode      {found.mode} ({found.mode_reason})")
    typer.echo(f"saved by  After Effects {found.ae_version}")
    typer.echo(f"renders   {found.final_comp or 'no comp by itself; choose one with --comp'}\n")
    rows = [
        (
            comp.name,
            f"{comp.width}x{comp.height}",
            f"{comp.fps.num / comp.fps.den:g}",
            f"{comp.duration_s:.3f}",
            str(comp.layers),
        )
        for comp in found.comps[:_SHOWN]
    ]
    show_table(("comp", "size", "fps", "seconds", "layers"), rows)
    fields: list[tuple[str, str, str, str]] = [
        (f"{scene.key}.{element.key}", element.kind, f"{element.comp}/{element.layer}",
         _short(element.default))
        for scene in found.scenes
        for element in scene.elements
    ]  # fmt: skip
    fields += [(color.key, "shared colour", "", color.value) for color in found.shared_colors]
    fields += [(control.key, "control", "", str(control.value)) for control in found.controls]
    if fields:
        typer.echo()
        show_table(("field", "kind", "place", "default"), fields[:_SHOWN])
    if capsule is not None and capsule.controls:
        typer.echo()
        controls = [(c.name, _short(c.value)) for c in capsule.controls[:_SHOWN]]
        show_table(("control", "value"), controls)
    for place in found.unclassified[:_SHOWN]:
        typer.echo(f"unclassified: {place}")
    for problem in found.problems[:_SHOWN]:
        typer.echo(f"{problem.level}: {problem.place}: {problem.message}")


def _short(value: object) -> str:
    text = "" if value is None else str(value).replace("\n", " / ")
    return text if len(text) <= 60 else text[:59] + "…"
