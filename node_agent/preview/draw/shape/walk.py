"""Walks a shape layer's contents into a tree of paints, with path operators applied on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from node_agent.preview.draw.shape import paths as make
from node_agent.preview.draw.shape.boxes import Box, Refs, is_exact, merged
from node_agent.preview.draw.shape.corners import rounded
from node_agent.preview.draw.shape.trim import trim
from node_agent.preview.draw.transforms import compose, multiply
from node_agent.preview.draw.values import Group, Values, as_number
from node_agent.preview.draw.vector import IDENTITY, Affine

MAX_DEPTH = 32
MAX_COPIES = 500
MAX_NODES = 20_000


@dataclass(slots=True)
class PaintNode:
    """Hold a fill or stroke over paths, in the space of the group it stands in."""

    style: Group
    refs: Refs


@dataclass(slots=True)
class GroupNode:
    """Hold nodes, top first, that share a transform, an opacity and a blend mode."""

    nodes: list[Node]
    matrix: Affine = IDENTITY
    opacity: float = 1.0
    blend: int = 1


Node = PaintNode | GroupNode


@dataclass(slots=True)
class _Level:
    refs: Refs = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


class Walk:
    """Read the contents of one shape layer at one time."""

    def __init__(self, values: Values, time_s: float, place: str) -> None:
        self._values = values
        self._time = time_s
        self._place = place
        self._left = MAX_NODES
        self._readers: dict[str, Callable[[Group, _Level], None]] = {
            "ADBE Vector Shape - Group": self._path,
            "ADBE Vector Shape - Rect": self._rect,
            "ADBE Vector Shape - Ellipse": self._ellipse,
            "ADBE Vector Shape - Star": self._star,
            "ADBE Vector Graphic - Fill": self._paint,
            "ADBE Vector Graphic - Stroke": self._paint,
            "ADBE Vector Graphic - G-Fill": self._paint,
            "ADBE Vector Graphic - G-Stroke": self._paint,
            "ADBE Vector Filter - Trim": self._trim,
            "ADBE Vector Filter - Repeater": self._repeat,
            "ADBE Vector Filter - RC": self._round,
            "ADBE Vector Filter - Merge": self._merge,
        }

    def read(self, contents: Group) -> list[Node]:
        """Give the nodes of the layer's contents, top first."""
        return self._level(contents, 0).nodes

    def _level(self, contents: Group, depth: int) -> _Level:
        level = _Level()
        if depth > MAX_DEPTH:
            self._skip("shape groups nested too deep")
            return level
        for item in contents.properties:
            self._left -= 1
            if self._left < 0:
                self._skip("more shapes than the preview draws")
                break
            if not item.enabled:
                continue
            name = item.match_name
            if name == "ADBE Vector Group":
                self._group(item, level, depth)
            elif name in self._readers:
                self._readers[name](item, level)
            elif name.startswith("ADBE Vector Filter"):
                self._skip(f"shape operator {name.rpartition(' - ')[2]}")
        return level

    def _skip(self, kind: str) -> None:
        self._values.counts.add(kind, self._place)

    def _number(self, group: Group, name: str, default: float = 0.0) -> float:
        return self._values.number(group, name, self._time, default)

    def _point(
        self, group: Group, name: str, default: tuple[float, float] = (0.0, 0.0)
    ) -> tuple[float, float]:
        return self._values.point(group, name, self._time, default)

    # groups ---------------------------------------------------------------------------------

    def _group(self, item: Group, level: _Level, depth: int) -> None:
        inner = self._values.child(item, "ADBE Vectors Group")
        if inner is None:
            return
        child = self._level(inner, depth + 1)
        transform = self._values.child(item, "ADBE Vector Transform Group")
        matrix = self._matrix(transform)
        opacity = self._number(transform, "ADBE Vector Group Opacity", 100.0) / 100.0
        blend = round(self._number(item, "ADBE Vector Blend Mode", 1.0))
        level.refs.extend((box, multiply(matrix, m)) for box, m in child.refs)
        if child.nodes:
            level.nodes.append(GroupNode(child.nodes, matrix, opacity, blend))

    def _matrix(self, transform: Group | None) -> Affine:
        if transform is None:
            return IDENTITY
        return compose(
            self._point(transform, "ADBE Vector Anchor"),
            self._point(transform, "ADBE Vector Position"),
            self._point(transform, "ADBE Vector Scale", (100.0, 100.0)),
            self._number(transform, "ADBE Vector Rotation"),
            self._number(transform, "ADBE Vector Skew"),
            self._number(transform, "ADBE Vector Skew Axis"),
        )

    # paths ----------------------------------------------------------------------------------

    def _path(self, item: Group, level: _Level) -> None:
        prop = self._values.child(item, "ADBE Vector Shape")
        # One without an area counts, too: what it is merged with by intersection is gone.
        level.refs.append((Box(self._values.made(prop, self._time, make.from_value)), IDENTITY))

    def _reverse(self, item: Group) -> bool:
        return round(self._number(item, "ADBE Vector Shape Direction", 1.0)) == 3

    def _rect(self, item: Group, level: _Level) -> None:
        path = make.rectangle(
            self._point(item, "ADBE Vector Rect Position"),
            self._point(item, "ADBE Vector Rect Size", (100.0, 100.0)),
            self._number(item, "ADBE Vector Rect Roundness"),
            reverse=self._reverse(item),
        )
        level.refs.append((Box(path), IDENTITY))

    def _ellipse(self, item: Group, level: _Level) -> None:
        path = make.ellipse(
            self._point(item, "ADBE Vector Ellipse Position"),
            self._point(item, "ADBE Vector Ellipse Size", (100.0, 100.0)),
            reverse=self._reverse(item),
        )
        level.refs.append((Box(path), IDENTITY))

    def _star(self, item: Group, level: _Level) -> None:
        is_star = round(self._number(item, "ADBE Vector Star Type", 1.0)) == 1
        numbers = make.StarNumbers(
            points=self._number(item, "ADBE Vector Star Points", 5.0),
            outer=self._number(item, "ADBE Vector Star Outer Radius", 100.0),
            inner=self._number(item, "ADBE Vector Star Inner Radius", 50.0) if is_star else None,
            outer_roundness=self._number(item, "ADBE Vector Star Outer Roundess"),
            inner_roundness=self._number(item, "ADBE Vector Star Inner Roundess"),
            rotation_deg=self._number(item, "ADBE Vector Star Rotation"),
        )
        centre = self._point(item, "ADBE Vector Star Position")
        level.refs.append((Box(make.star(centre, numbers, reverse=self._reverse(item))), IDENTITY))

    # paints and operators -------------------------------------------------------------------

    def _paint(self, item: Group, level: _Level) -> None:
        if not level.refs:
            return
        below = round(self._number(item, "ADBE Vector Composite Order", 1.0)) != 2
        node = PaintNode(item, list(level.refs))
        if below:
            level.nodes.append(node)
        else:
            level.nodes.insert(0, node)

    def _trim(self, item: Group, level: _Level) -> None:
        start = self._number(item, "ADBE Vector Trim Start") / 100.0
        end = self._number(item, "ADBE Vector Trim End", 100.0) / 100.0
        offset = self._number(item, "ADBE Vector Trim Offset") / 360.0
        whole = round(self._number(item, "ADBE Vector Trim Type", 1.0)) == 2
        boxes = list(dict.fromkeys(box for box, _ in level.refs))
        trimmed = trim([box.path for box in boxes], start, end, offset, whole=whole)
        for box, path in zip(boxes, trimmed, strict=True):
            box.path = path

    def _round(self, item: Group, level: _Level) -> None:
        radius = self._number(item, "ADBE Vector RoundCorner Radius", 10.0)
        if radius > 0:
            for box in dict.fromkeys(box for box, _ in level.refs):
                box.path = rounded(box.path, radius)

    def _merge(self, item: Group, level: _Level) -> None:
        mode = round(self._number(item, "ADBE Vector Merge Type", 2.0))
        if not is_exact(level.refs, mode):
            self._skip("shape operator Merge over merged paths")
        level.refs = merged(level.refs, mode)

    def _repeat(self, item: Group, level: _Level) -> None:
        copies = min(MAX_COPIES, round(self._number(item, "ADBE Vector Repeater Copies", 3.0)))
        offset = self._number(item, "ADBE Vector Repeater Offset")
        transform = self._values.child(item, "ADBE Vector Repeater Transform")
        first = self._opacity(transform, "ADBE Vector Repeater Opacity 1")
        last = self._opacity(transform, "ADBE Vector Repeater Opacity 2")
        nodes: list[Node] = []
        refs: Refs = []
        if copies * (len(level.refs) + len(level.nodes)) > MAX_NODES:
            self._skip("more shapes than the preview draws")
            return
        for i in range(max(0, copies)):
            matrix = self._repeated(transform, i + offset)
            share = i / (copies - 1) if copies > 1 else 0.0
            nodes.append(GroupNode(level.nodes, matrix, first + (last - first) * share))
            refs.extend((box, multiply(matrix, m)) for box, m in level.refs)
        on_top = round(self._number(item, "ADBE Vector Repeater Order", 1.0)) == 1
        # "Above" stacks each later copy over the earlier ones.
        level.nodes = nodes if not on_top else list(reversed(nodes))
        level.refs = refs

    def _opacity(self, transform: Group | None, name: str) -> float:
        value = self._values.at(self._values.child(transform, name), self._time, 100.0)
        return as_number(value, 100.0) / 100.0

    def _repeated(self, transform: Group | None, times: float) -> Affine:
        """Give the transform applied `times` over; scale grows by powers, the rest by sums."""
        if transform is None:
            return IDENTITY
        anchor = self._point(transform, "ADBE Vector Repeater Anchor")
        shift = self._point(transform, "ADBE Vector Repeater Position")
        scale = self._point(transform, "ADBE Vector Repeater Scale", (100.0, 100.0))
        turn = self._number(transform, "ADBE Vector Repeater Rotation")
        grown = [100.0 * max(1e-6, abs(s) / 100.0) ** times for s in scale]
        position = (anchor[0] + shift[0] * times, anchor[1] + shift[1] * times)
        return compose(anchor, position, grown, turn * times)
