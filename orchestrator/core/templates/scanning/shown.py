"""When each scene of mode fix is seen: the times of its layers, carried into the final comp."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator import aep

Fields = Mapping[str, Iterable[tuple[aep.Comp, aep.Layer]]]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Place:
    """Say where a comp is in the final one: its time 0, its pace, the window it is seen in."""

    offset_s: float
    pace: float
    start_s: float
    end_s: float

    def window(self, layer: aep.Layer) -> Span:
        """Give the window of one of its layers in the final comp; none is (x, y <= x)."""
        begin = self.offset_s + layer.in_s * self.pace
        end = self.offset_s + layer.out_s * self.pace
        return max(begin, self.start_s), min(end, self.end_s)


def seen_spans(project: aep.Project, final: aep.Comp, fields: Fields) -> dict[str, Span]:
    """Give (start, end) in seconds of the final comp for each scene that is seen in it.

    A comp that is shown more than once counts where it is shown first. Remapped time is taken as
    it was before: the middle of a scene need not be exact.
    """
    places = _places(project, final)
    found: dict[str, Span] = {}
    for scene, layers in fields.items():
        windows = [
            window
            for comp, layer in layers
            if comp.id in places and layer.enabled
            for window in [places[comp.id].window(layer)]
            if window[0] < window[1]
        ]
        if windows:
            found[scene] = min(w[0] for w in windows), max(w[1] for w in windows)
    return found


def _places(project: aep.Project, final: aep.Comp) -> dict[int, _Place]:
    by_id = {comp.id: comp for comp in project.comps}
    places = {final.id: _Place(0.0, 1.0, 0.0, max(0.0, final.duration_s))}
    waiting = [final]
    for comp in waiting:
        here = places[comp.id]
        for layer in sorted(comp.layers, key=lambda one: one.in_s):
            inner = by_id.get(layer.source_id)
            if inner is None or inner.id in places or not layer.enabled or layer.stretch <= 0:
                continue
            start, end = here.window(layer)
            if start < end:
                offset = here.offset_s + layer.start_s * here.pace
                places[inner.id] = _Place(offset, here.pace * layer.stretch, start, end)
                waiting.append(inner)
    return places
