"""Which comps use which, and which comp is the one to render."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator import aep
from orchestrator.wire.bind import ASSEMBLED_MODES, Mode
from orchestrator.wire.convention import comp_role

MAX_NAME, MAX_FPS, MAX_FRAMES = 200, 999, 9_999_999


def roots(project: aep.Project) -> tuple[aep.Comp, ...]:
    """List the comps that no other comp uses and that can be rendered, in the file's order."""
    used = {
        layer.source_id for comp in project.comps for layer in comp.layers if layer.source_id != 0
    }
    return tuple(
        comp
        for comp in project.comps
        if comp.id not in used
        and comp_role(comp.name) not in ("shared", "definitions")
        and can_render(comp)
    )


def can_render(comp: aep.Comp) -> bool:
    """Tell whether a comp has a name, a size, a rate and frames as After Effects allows them."""
    return (
        0 < len(comp.name) <= MAX_NAME
        and comp.width > 0
        and comp.height > 0
        and 0 < comp.fps.numerator <= MAX_FPS * comp.fps.denominator
        and 0 < comp.frames <= MAX_FRAMES
    )


def final_candidates(project: aep.Project, mode: Mode) -> tuple[aep.Comp, ...]:
    """Give the comp to render, or all that it could be: frfinal, else flatrender, else the roots.

    Modes that assemble their scenes render flatrender and nothing else. More than one result
    means that a person must choose; none, that nothing can be rendered.
    """
    assembled = mode in ASSEMBLED_MODES
    for role in ("assembled",) if assembled else ("final", "assembled"):
        named = tuple(comp for comp in project.comps if comp_role(comp.name) == role)
        if named:
            return named
    return () if assembled else roots(project)


def reachable(project: aep.Project, starts: Iterable[aep.Comp]) -> tuple[aep.Comp, ...]:
    """List the comps that the given ones use, themselves included, in the file's order."""
    by_id = {comp.id: comp for comp in project.comps}
    seen: set[int] = set()
    waiting = [comp.id for comp in starts]
    while waiting:
        comp_id = waiting.pop()
        if comp_id in seen:
            continue
        seen.add(comp_id)
        waiting.extend(
            layer.source_id for layer in by_id[comp_id].layers if layer.source_id in by_id
        )
    return tuple(comp for comp in project.comps if comp.id in seen)


class Nesting:
    """Which comps are nested in which, over the given comps only."""

    def __init__(self, comps: Iterable[aep.Comp]) -> None:
        self._by_id = {comp.id: comp for comp in comps}

    def inside(self, starts: Iterable[aep.Comp]) -> tuple[aep.Comp, ...]:
        """List comps and all that they use, each once, a layer's comp before the next layer's."""
        found: dict[int, aep.Comp] = {}
        waiting = list(starts)[::-1]
        while waiting:
            comp = waiting.pop()
            if comp.id not in found:
                found[comp.id] = comp
                waiting.extend(reversed(self.children(comp)))
        return tuple(found.values())

    def children(self, comp: aep.Comp) -> list[aep.Comp]:
        """List the comps that a comp's layers show."""
        by_id = self._by_id
        return [by_id[layer.source_id] for layer in comp.layers if layer.source_id in by_id]
