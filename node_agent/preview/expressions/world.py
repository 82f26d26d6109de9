"""Answers what expressions ask of the project: comps, layers, properties, values at times."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from node_agent.preview.draw.values import Values
from node_agent.preview.draw.vector import Affine
from node_agent.preview.expressions.convert import to_json

_GROUP_BY_NAME = {
    "effects": "ADBE Effect Parade",
    "masks": "ADBE Mask Parade",
    "contents": "ADBE Root Vectors Group",
    "transform": "ADBE Transform Group",
    "text": "ADBE Text Properties",
    "marker": "ADBE Marker",
    "timeremap": "ADBE Time Remapping",
}
_SHORT = {"rotationx": "xrotation", "rotationy": "yrotation", "rotationz": "rotation",
          "startopacity": "startopacity"}  # fmt: skip


class Geometry(Protocol):
    """What knows where layers stand and how much room they take."""

    def matrix(self, layer: Any, time_s: float) -> Affine:
        """Give the transform from the layer's space to its comp's."""

    def rect(self, layer: Any, time_s: float) -> tuple[float, float, float, float]:
        """Give left, top, width, height of what the layer shows, in its own space."""


class World:
    """Give JSON answers by key; objects go out as numbers and come back as numbers."""

    def __init__(self, project: Any, values: Values) -> None:
        self._project = project
        self._values = values
        self.geometry: Geometry | None = None
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._layers: dict[int, Any] = {}
        self._answers: dict[str, Callable[..., Any]] = {
            "comp": self._comp_named,
            "compid": lambda n: self._comp(self._at(n)),
            "layer": self._layer_in,
            "layerid": lambda n: self._layer(self._at(n)),
            "child": self._child,
            "up": self._up,
            "value": self._value,
            "stored": lambda n, t: to_json(self._values.stored(self._at(n), float(t))),
            "keys": lambda n: [float(k.time) for k in self._at(n).keyframes[:2000]],
            "key": self._keyframe,
            "matrix": self._matrix,
            "rect": self._rect,
            "compmarker": lambda n: self.node(self._at(n).marker_property),
        }

    def answer(self, key: str) -> Any:
        """Give the JSON value for a key such as `comp|main` or `value|17|0.04`."""
        kind, _, rest = key.partition("|")
        handler = self._answers.get(kind)
        if handler is None:
            return None
        if kind == "comp":
            return handler(rest)
        head, _, tail = rest.partition("|")
        return handler(head, *([tail] if tail else []))

    def number(self, item: Any) -> int:
        """Give the number that stands for an object of the project."""
        known = self._numbers.get(id(item))
        if known is None:
            known = self._numbers[id(item)] = len(self._objects)
            self._objects.append(item)
        return known

    def _at(self, number: str) -> Any:
        return self._objects[int(number)]

    # comps and layers -----------------------------------------------------------------------

    def _comp_named(self, name: str) -> Any:
        found = next((c for c in self._project.compositions if c.name == name), None)
        return None if found is None else self._comp(found)

    def _comp(self, comp: Any) -> dict[str, Any]:
        fps = float(comp.frame_rate) or 1.0
        return {
            "id": self.number(comp),
            "facts": {
                "name": comp.name,
                "width": comp.width,
                "height": comp.height,
                "duration": float(comp.duration),
                "frameRate": fps,
                "frameDuration": 1.0 / fps,
                "numLayers": len(comp.layers),
                "pixelAspect": 1.0,
                "displayStartTime": float(comp.display_start_time),
                "bgColor": [*comp.bg_color, 1.0],
            },
        }

    def _layer_in(self, comp: str, which: str) -> Any:
        layers = self._at(comp).layers
        if which.startswith("#"):
            index = int(float(which[1:])) - 1
            return self._layer(layers[index]) if 0 <= index < len(layers) else None
        name = which[1:]
        found = next((layer for layer in layers if layer.name == name), None)
        return None if found is None else self._layer(found)

    def _layer(self, layer: Any) -> dict[str, Any]:
        groups = {g.match_name: g for g in layer.properties}
        number = self.number(layer)
        self._layers[number] = layer
        source = getattr(layer, "source", None)
        is_comp = type(source).__name__ == "CompItem"
        return {
            "id": number,
            "name": layer.name,
            "comp": self.number(layer.containing_comp),
            "parent": self.number(layer.parent) if layer.parent else None,
            "source": self.number(source) if is_comp else None,
            "sourceName": getattr(source, "name", ""),
            "startTime": float(layer.start_time),
            **{key: self.number(groups[name]) if name in groups else None
               for key, name in list(_GROUP_BY_NAME.items())[:3]},
            "facts": {
                "name": layer.name,
                "index": layer.index + 1,
                "inPoint": float(layer.in_point),
                "outPoint": float(layer.out_point),
                "startTime": float(layer.start_time),
                "width": getattr(layer, "width", 0),
                "height": getattr(layer, "height", 0),
                "enabled": bool(layer.enabled),
                "active": bool(layer.enabled),
                "hasParent": layer.parent is not None,
                "hasVideo": True,
                "hasAudio": bool(getattr(layer, "has_audio", False)),
            },
        }  # fmt: skip

    # properties -----------------------------------------------------------------------------

    def node(self, item: Any) -> Any:
        if item is None:
            return None
        is_group = hasattr(item, "properties")
        return {
            "id": self.number(item),
            "kind": "g" if is_group else "p",
            "name": item.name,
            "matchName": item.match_name,
            "index": (item.property_index or 0) + 1,
            "count": len(item.properties) if is_group else 0,
            "enabled": bool(item.enabled),
            # A value that never changes is asked for once, not once per frame.
            "still": not is_group and self._values.is_static(item),
        }

    def _child(self, number: str, key: str) -> Any:
        if number in {"undefined", "null"}:
            return None
        return self.node(self.find(self._at(number), key))

    def find(self, group: Any, key: str) -> Any | None:
        """Give a child: `#2` by place from 1, `.Stroke Width` or `.strokeWidth` by name."""
        if not hasattr(group, "properties"):
            return None
        children = list(group.properties)
        inner = next((c for c in children if c.match_name == "ADBE Vectors Group"), None)
        if key.startswith("#"):
            own = list(inner.properties) if inner is not None else children
            index = int(float(key[1:])) - 1
            return own[index] if 0 <= index < len(own) else None
        name = key[1:]
        found = _by_name(children, name)
        if found is None and inner is not None:
            found = _by_name(list(inner.properties), name)
        if found is None and id(group) in {id(layer) for layer in self._layers.values()}:
            found = self._of_layer(children, name)
        return found

    def _of_layer(self, children: list[Any], name: str) -> Any | None:
        match_name = _GROUP_BY_NAME.get(_norm(name), "")
        found = next((c for c in children if c.match_name == match_name), None)
        if found is None:
            transform = next((c for c in children if c.match_name == "ADBE Transform Group"), None)
            found = _by_name(list(transform.properties), name) if transform else None
        return found

    def _up(self, number: str, count: str) -> Any:
        item = self._at(number)
        for _ in range(min(32, max(1, int(float(count))))):
            item = getattr(item, "parent_property", None) or item
        return self.node(item)

    def _value(self, number: str, time_s: str) -> Any:
        return to_json(self._values.at(self._at(number), float(time_s)))

    def _keyframe(self, number: str, which: str) -> Any:
        item = self._at(number)
        index = int(float(which)) - 1
        if not 0 <= index < len(item.keyframes):
            return None
        key = item.keyframes[index]
        comment = getattr(key.value, "comment", "")
        return {"time": float(key.time), "index": index + 1, "value": to_json(key.value),
                "comment": comment, "duration": getattr(key.value, "duration", 0)}  # fmt: skip

    # geometry -------------------------------------------------------------------------------

    def _matrix(self, number: str, time_s: str) -> Any:
        if self.geometry is None:
            return [1, 0, 0, 1, 0, 0]
        return list(self.geometry.matrix(self._at(number), float(time_s)))

    def _rect(self, number: str, rest: str) -> Any:
        if self.geometry is None:
            return {"left": 0, "top": 0, "width": 0, "height": 0}
        time_s = float(rest.partition("|")[0])
        left, top, width, height = self.geometry.rect(self._at(number), time_s)
        return {"left": left, "top": top, "width": width, "height": height}


def _norm(name: str) -> str:
    return "".join(c for c in name if c.isalnum()).casefold()


def _by_name(children: list[Any], name: str) -> Any | None:
    found = next((c for c in children if c.name == name), None)
    if found is None:
        found = next((c for c in children if c.match_name == name), None)
    if found is not None:
        return found
    short = _norm(name)
    short = _SHORT.get(short, short)
    if not short:
        return None
    return next((c for c in children if _norm(str(c.name)) == short), None)


def key_of(item: Any, time_s: float) -> str:
    """Give a key for a property at a time, the same for times closer than a microsecond."""
    return json.dumps([id(item), round(time_s * 1e6)])
