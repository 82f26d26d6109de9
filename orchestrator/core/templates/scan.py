"""The quick scan's decision: from what a project file holds to what clients may order."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator import aep
from orchestrator.core.templates.scanning.composers import check_composers
from orchestrator.core.templates.scanning.elements import sources
from orchestrator.core.templates.scanning.expressions.rules import check_expressions
from orchestrator.core.templates.scanning.fix import FixScan, check_audio
from orchestrator.core.templates.scanning.flexible import FlexibleScan
from orchestrator.core.templates.scanning.footage import BundleFiles, check_footage, check_network
from orchestrator.core.templates.scanning.free import scan_free
from orchestrator.core.templates.scanning.graph import (
    can_render,
    final_candidates,
    reachable,
)
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import ASSEMBLED_MODES, Mode
from orchestrator.wire.convention import CONVENTION_VERSION, classify, comp_role
from orchestrator.wire.scan import (
    ColorSpace,
    ScanComp,
    ScanFootage,
    ScanResult,
)


def scan_project(
    project: aep.Project, *, mode: Mode | None = None, files: Collection[str] | None = None
) -> ScanResult:
    """Scan a project as the convention has it, or as the given mode does.

    `files` are the paths of its bundle; with them missing footage is among the problems.
    Never raises for what a designer did: it is in `problems`, and `final_comp` is None when a
    person must choose among `final_choices`.
    """
    detected, reason = detect_mode(project)
    used: Mode = mode or detected
    free = used == "free"
    ledger = Ledger(exact=free)
    check_network(project, ledger)
    check_expressions(project, ledger)
    candidates = final_candidates(project, used)
    final = candidates[0] if len(candidates) == 1 else None
    seen = _seen(project, candidates, used)
    _walk(project, final, seen, used, ledger)
    check_composers(seen if free else project.comps, ledger)
    _check_final(candidates, used, ledger)
    shown = {layer.source_id for comp in seen for layer in comp.layers}
    found = None if files is None else BundleFiles(files)
    if found is not None:
        check_footage(project, shown, found, ledger)
    return ScanResult(
        convention_version=CONVENTION_VERSION,
        mode=used,
        mode_detected=detected,
        mode_reason=reason if mode is None else f"the mode was given; {reason}",
        ae_version=str(project.version),
        comps=tuple(_comp(comp) for comp in project.comps),
        final_comp=final.name if final is not None and can_render(final) else None,
        final_choices=tuple(comp.name for comp in candidates if can_render(comp)),
        scenes=ledger.scenes(),
        shared_colors=tuple(ledger.colors),
        controls=tuple(ledger.controls),
        fonts=project.fonts(),
        effects=project.effects(),
        footage=tuple(_footage(item, found) for item in project.footage if _is_file(item, shown)),
        color=_color(project),
        unclassified=tuple(ledger.unclassified),
        problems=tuple(ledger.problems),
    )


def detect_mode(project: aep.Project) -> tuple[Mode, str]:
    """Tell the mode by the names in the project, and which name said so."""
    for comp in project.comps:
        for layer in comp.layers:
            if classify(layer.own_name).scene is not None:
                return "fix", f"the layer {layer.name!r} of comp {comp.name!r} has a scene's number"
    for item in project.footage:
        if classify(item.name).scene is not None:
            return "fix", f"the footage item {item.name!r} has a scene's number"
    for comp in project.comps:
        if classify(comp.name).scene is not None:
            return "fix", f"the comp {comp.name!r} has a scene's number"
    for comp in project.comps:
        if classify(comp.name).role == "container" or comp_role(comp.name) == "assembled":
            return "flexible", f"there is a comp {comp.name!r}"
    return "free", "no layer, item or comp has a name of the convention"


def _seen(
    project: aep.Project, candidates: tuple[aep.Comp, ...], mode: Mode
) -> tuple[aep.Comp, ...]:
    """List the comps that a render can show: bind brings every scene into the final comp."""
    if mode in ASSEMBLED_MODES:
        return project.comps
    return reachable(project, candidates)


def _walk(
    project: aep.Project,
    final: aep.Comp | None,
    seen: tuple[aep.Comp, ...],
    mode: Mode,
    ledger: Ledger,
) -> None:
    by_id = sources(project)
    if mode == "free":
        scan_free(seen, by_id, ledger)
    elif mode in ASSEMBLED_MODES:
        FlexibleScan(project, by_id, ledger).run()
    else:
        FixScan(project, final, by_id, ledger).run()
        if mode == "music_visualizer":
            check_audio(ledger)


def _check_final(candidates: tuple[aep.Comp, ...], mode: Mode, ledger: Ledger) -> None:
    if not candidates and mode in ASSEMBLED_MODES:
        ledger.problem(
            "no_flatrender",
            "project",
            "there is no comp flatrender, into which the scenes are assembled; add an empty one"
            " of the size and rate of the video",
            error=True,
        )
    elif not candidates:
        message = "there is no comp that can be rendered; add one"
        ledger.problem("no_comp", "project", message, error=True)
    for comp in candidates:
        if not can_render(comp):
            # No error: an order may name another comp.
            ledger.problem("empty_comp", comp.name, "the comp has no size, rate or length")


def _comp(comp: aep.Comp) -> ScanComp:
    good = can_render(comp)
    fps = comp.fps if good else 1
    return ScanComp(
        name=comp.name,
        layers=len(comp.layers),
        width=comp.width,
        height=comp.height,
        fps=Fps(num=fps.numerator, den=fps.denominator),
        duration_s=max(0.0, comp.duration_s),
        frames=comp.frames if good else 0,
    )


def _is_file(item: aep.Footage, shown: set[int]) -> bool:
    return item.id in shown and item.kind != "solid"


def _footage(item: aep.Footage, files: BundleFiles | None) -> ScanFootage:
    kind = item.kind if item.kind != "solid" else "unknown"
    is_file = kind in ("file", "sequence")
    return ScanFootage(
        name=item.name,
        path=item.path,
        kind=kind,
        width=item.width,
        height=item.height,
        missing=None if files is None or not is_file else not files.holds(item),
    )


def _color(project: aep.Project) -> ColorSpace:
    depth = project.bits_per_channel
    return ColorSpace(
        working_space=project.working_space,
        bit_depth=16 if depth == 16 else 32 if depth == 32 else 8,
        linear=project.linear_blending,
    )
