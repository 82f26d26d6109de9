"""The full scan's decision: the same as the quick one's, over what After Effects saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator import aep
from orchestrator.core.templates.facts import project_of
from orchestrator.core.templates.scan import scan_project
from orchestrator.wire.bind import Mode
from orchestrator.wire.content.facts import FactExpression, FactProject, ScanFacts
from orchestrator.wire.scan import (
    ExpressionError,
    ExpressionResult,
    FullFacts,
    ScanProblem,
    ScanResult,
)

MAX_LISTED = 1000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a ScanResult in which quick and full scans may differ, and why."""

    part: str
    reason: str


DIFFERENCES: tuple[Difference, ...] = (
    Difference("full", "only After Effects knows fonts, effects, files and expressions' results"),
    Difference("problems", "a full scan adds font_missing, font_unproved, effect_missing,"
               " expression_error and footage_missing as its node sees them"),
    Difference("footage.path", "After Effects tells where it found a file, below the project's"
               " folder, and only of a missing one where the designer had it"),
    Difference("footage.missing", "the quick scan looks into the bundle, After Effects at its"
               " node's folders"),
)  # fmt: skip
"""Everything else is equal; the tests hold both scans to it."""


class NoFacts(Exception):
    """Say, in one sentence for a person, why a result file of scan.jsx holds no facts."""


def full_scan(
    facts: ScanFacts, *, mode: Mode | None = None, saved_by: aep.Version | None = None
) -> ScanResult:
    """Scan what After Effects saw, as the convention has it, or as the given mode does.

    `saved_by` is the version that saved the file, which scripts cannot read; without it the
    result names the engine that scanned. Raises NoFacts when the script could not read the
    project.
    """
    if not facts.ok or facts.project is None:
        told = "; ".join(problem.message for problem in facts.errors[:3]) or "it gave no reason"
        raise NoFacts(told)
    project = project_of(facts, saved_by)
    found = scan_project(project, mode=mode)
    full = _full(facts, facts.project)
    missing = {(item.name, item.path, item.kind): item.missing for item in project.footage}
    footage = tuple(
        item.model_copy(update={"missing": missing.get((item.name, item.path, item.kind))})
        if item.kind in {"file", "sequence"}
        else item
        for item in found.footage
    )
    problems = (*found.problems, *_problems(facts, facts.project, full))
    return found.model_copy(update={"full": full, "problems": problems, "footage": footage})


def _full(facts: ScanFacts, project: FactProject) -> FullFacts:
    placed = tuple(_expressions(project))
    errors = (
        ExpressionError(comp=comp, layer=layer, property=found.property, message=found.error)
        for comp, layer, found in placed
        if found.error is not None
    )
    results = (
        ExpressionResult(comp=comp, layer=layer, property=found.property, result=found.result)
        for comp, layer, found in placed
        if found.result is not None
    )
    return FullFacts(
        engine_version=facts.engine_version,
        fonts_missing=tuple(sorted(set(facts.fonts_missing))),
        fonts_unproved=tuple(sorted(set(facts.fonts_unproved))),
        footage_missing=tuple(item.name for item in project.footage if item.missing),
        effects_missing=tuple(sorted({name for name, _ in _missing_effects(project)})),
        expressions_checked=facts.expressions_checked,
        expression_errors=tuple(errors)[:MAX_LISTED],
        expression_results=tuple(results)[:MAX_LISTED],
        complete=facts.complete,
    )


def _expressions(project: FactProject) -> Iterator[tuple[str, str, FactExpression]]:
    for comp in project.comps:
        for layer in comp.layers:
            for expression in layer.expressions:
                if expression.enabled:
                    yield comp.name, layer.name, expression


def _missing_effects(project: FactProject) -> Iterator[tuple[str, str]]:
    """Yield (match name, place) of each use of an effect that the node lacks."""
    for comp in project.comps:
        for layer in comp.layers:
            for effect in layer.effects:
                if effect.missing:
                    yield effect.match_name, f"{comp.name}/{layer.name}/{effect.name}"


def _problems(facts: ScanFacts, project: FactProject, full: FullFacts) -> Iterator[ScanProblem]:
    for font in full.fonts_missing:
        yield _problem(
            "font_missing",
            _users(project, font),
            f"the font {font!r} is not on the"
            " node that scanned; put it into the bundle's fonts folder or upload it",
        )
    for font in full.fonts_unproved:
        yield _problem(
            "font_unproved",
            _users(project, font),
            f"After Effects"
            f" {facts.engine_version} gives no file for the font {font!r}; make sure"
            " that it is installed, or upload it",
        )
    for item in project.footage:
        if item.missing:
            yield _problem(
                "footage_missing",
                [item.name],
                f"After Effects does not find the"
                f" footage {item.name!r} ({item.path}); collect the files in After"
                " Effects and zip the folder",
            )
    places: dict[str, list[str]] = {}
    for name, place in _missing_effects(project):
        places.setdefault(name, []).append(place)
    for name in full.effects_missing:
        yield _problem(
            "effect_missing",
            places[name],
            f"the effect {name!r} is not installed on"
            " the node that scanned; install its plug-in on the nodes or remove it",
        )
    for error in full.expression_errors:
        place = f"{error.comp}/{error.layer}/{error.property}"
        yield _problem(
            "expression_error",
            [place],
            f"After Effects cannot evaluate the expression: {error.message}; mend it or remove it",
        )


def _users(project: FactProject, font: str) -> list[str]:
    return [
        f"{comp.name}/{layer.name}"
        for comp in project.comps
        for layer in comp.layers
        if layer.text is not None and font in layer.text.fonts
    ]


def _problem(code: str, places: list[str], message: str) -> ScanProblem:
    """Write one problem at its first place; the others are named in the sentence."""
    if len(places) > 1:
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        message += f" (also at {', '.join(places[1:_SHOWN])}{more})"
    return ScanProblem(code=code, place=places[0] if places else "project", message=message)
