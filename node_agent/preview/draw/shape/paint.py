"""Turns a shape layer's tree of nodes into paints of the 2D engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from node_agent.preview.draw.blend import shape_method
from node_agent.preview.draw.shape import paths as make
from node_agent.preview.draw.shape.boxes import Refs, clip_shape
from node_agent.preview.draw.shape.walk import MAX_NODES, GroupNode, Node, PaintNode
from node_agent.preview.draw.transforms import is_finite
from node_agent.preview.draw.values import Group, Values, as_colour
from node_agent.preview.draw.vector import IDENTITY, Vector

_DASH_NAMES = tuple(f"ADBE Vector Stroke {kind} {n}" for n in (1, 2, 3) for kind in ("Dash", "Gap"))


class ShapePainter:
    """Paint the nodes of one shape layer at one time."""

    def __init__(self, vector: Vector, values: Values, time_s: float, place: str) -> None:
        self._vector = vector
        self._values = values
        self._time = time_s
        self._place = place
        self._left = MAX_NODES

    def scene(self, nodes: Sequence[Node]) -> int:
        """Make one scene of `nodes`, which come top first."""
        children = [paint for node in reversed(nodes) if (paint := self._node(node)) is not None]
        return self._vector.scene(children)

    def _node(self, node: Node) -> int | None:
        self._left -= 1
        if self._left < 0:
            # Repeaters within repeaters multiply; a hostile file must not.
            self._values.counts.add("more shapes than the preview draws", self._place)
            return None
        if isinstance(node, GroupNode):
            return self._group(node)
        return self._paint(node)

    def _group(self, node: GroupNode) -> int | None:
        if node.opacity <= 0 or not is_finite(node.matrix):
            return None
        scene = self.scene(node.nodes)
        if node.matrix != IDENTITY:
            self._vector.transform(scene, node.matrix)
        if node.opacity < 1:
            self._vector.opacity(scene, node.opacity)
        self._blend(scene, node.blend)
        return scene

    def _blend(self, paint: int, number: int) -> None:
        method = shape_method(number)
        if method is None:
            self._values.counts.add("blend mode", self._place)
        elif method:
            self._vector.blend(paint, method)

    def _paint(self, node: PaintNode) -> int | None:
        style = node.style
        stroke = "Stroke" in style.match_name
        name = "ADBE Vector Stroke Opacity" if stroke else "ADBE Vector Fill Opacity"
        opacity = self._number(style, name, 100.0) / 100.0
        if opacity <= 0:
            return None
        plain = [ref for ref in node.refs if not ref[0].is_merged]
        alone = [ref for ref in node.refs if ref[0].is_merged]
        paints = [self._drawn(refs, style, opacity) for refs in (plain, *([r] for r in alone))]
        found = [paint for paint in paints if paint is not None]
        if not found:
            return None
        whole = found[0] if len(found) == 1 else self._vector.scene(found)
        self._blend(whole, round(self._number(style, "ADBE Vector Blend Mode", 1.0)))
        return whole

    def _drawn(self, refs: Refs, style: Group, opacity: float) -> int | None:
        """Paint some paths at once; a merged one comes alone."""
        drawn = [make.moved(box.path, m) if m != IDENTITY else box.path for box, m in refs]
        commands, points = make.as_arrays(drawn)
        if not len(commands):
            return None
        shape = self._vector.shape(commands, points)
        box, matrix = refs[0]
        if "Stroke" in style.match_name:
            self._stroke(shape, style, opacity)
            if box.cuts:
                self._values.counts.add("stroke on merged paths", self._place)
        else:
            self._fill(shape, style, opacity, even_odd=box.even_odd)
        for cut in box.cuts:
            path = make.moved(cut.path, matrix)
            self._vector.clip(shape, clip_shape(self._vector, path, inside=cut.inside))
            shape = self._vector.scene([shape])
        return shape

    def _number(self, group: Group, name: str, default: float = 0.0) -> float:
        return self._values.number(group, name, self._time, default)

    def _value(self, group: Group, name: str) -> Any:
        return self._values.at(self._values.child(group, name), self._time)

    def _fill(self, shape: int, style: Group, opacity: float, *, even_odd: bool) -> None:
        if even_odd or round(self._number(style, "ADBE Vector Fill Rule", 1.0)) == 2:
            self._vector.even_odd(shape)
        if "G-Fill" in style.match_name:
            self._vector.fill_gradient(shape, self._gradient(style, opacity))
        else:
            colour = as_colour(self._value(style, "ADBE Vector Fill Color"), opacity)
            self._vector.fill(shape, colour)

    def _stroke(self, shape: int, style: Group, opacity: float) -> None:
        width = max(0.0, self._number(style, "ADBE Vector Stroke Width", 2.0))
        if "G-Stroke" in style.match_name:
            gradient = self._gradient(style, opacity)
            self._vector.stroke(shape, width, (0, 0, 0, 255), gradient)
        else:
            colour = as_colour(self._value(style, "ADBE Vector Stroke Color"), opacity)
            self._vector.stroke(shape, width, colour)
        cap = {2: 1, 3: 2}.get(round(self._number(style, "ADBE Vector Stroke Line Cap", 1.0)), 0)
        join = {2: 1, 3: 2}.get(round(self._number(style, "ADBE Vector Stroke Line Join", 1.0)), 0)
        miter = self._number(style, "ADBE Vector Stroke Miter Limit", 4.0)
        self._vector.stroke_ends(shape, cap, join, miter)
        self._dashes(shape, style)

    def _dashes(self, shape: int, style: Group) -> None:
        group = self._values.child(style, "ADBE Vector Stroke Dashes")
        if group is None:
            return
        present = []
        for name in _DASH_NAMES:
            prop = self._values.child(group, name)
            # py-aep offers every dash a stroke could have; only the stored ones are drawn.
            if prop is not None and prop._is_live():  # noqa: SLF001
                present.append(max(0.0, self._number(group, name, 10.0)))
        if not present or sum(present) < 0.5:
            return
        lengths = present if len(present) % 2 == 0 else present * 2
        offset = self._number(group, "ADBE Vector Stroke Offset")
        self._vector.stroke_dashes(shape, lengths, offset)

    def _gradient(self, style: Group, opacity: float) -> int:
        start = self._values.point(style, "ADBE Vector Grad Start Pt", self._time, (0.0, 0.0))
        end = self._values.point(style, "ADBE Vector Grad End Pt", self._time, (100.0, 0.0))
        stops = gradient_stops(self._value(style, "ADBE Vector Grad Colors"), opacity)
        if round(self._number(style, "ADBE Vector Grad Type", 1.0)) != 2:
            return self._vector.linear(start, end, stops)
        radius = math.dist(start, end)
        reach = self._number(style, "ADBE Vector Grad HiLite Length") / 100.0 * radius
        angle = math.radians(self._number(style, "ADBE Vector Grad HiLite Angle"))
        angle += math.atan2(end[1] - start[1], end[0] - start[0])
        focus = (start[0] + reach * math.cos(angle), start[1] + reach * math.sin(angle))
        return self._vector.radial(start, radius, focus, stops)


def gradient_stops(gradient: Any, opacity: float) -> list[float]:
    """Give flat `offset, r, g, b, a` stops where colour and alpha stops are merged."""
    colours = sorted((s.offset, tuple(s.color)) for s in getattr(gradient, "color_stops", ()))
    alphas = sorted((s.offset, float(s.alpha)) for s in getattr(gradient, "alpha_stops", ()))
    if not colours:
        colours = [(0.0, (1.0, 1.0, 1.0)), (1.0, (0.0, 0.0, 0.0))]
    if not alphas:
        alphas = [(0.0, 1.0)]
    flat: list[float] = []
    for offset in sorted({o for o, _ in colours} | {o for o, _ in alphas}):
        rgb = [_between([(o, c[i]) for o, c in colours], offset) for i in range(3)]
        flat += [offset, *rgb, _between(alphas, offset) * opacity]
    return flat


def _between(stops: Sequence[tuple[float, float]], offset: float) -> float:
    before = stops[0]
    for stop in stops:
        if stop[0] >= offset:
            span = stop[0] - before[0]
            share = (offset - before[0]) / span if span > 0 else 1.0
            return before[1] + (stop[1] - before[1]) * share
        before = stop
    return before[1]
