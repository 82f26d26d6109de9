"""What crosses between a script and us: values as plain JSON, objects as numbered handles."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from node_agent.preview.dom.face import ScriptError
from node_agent.preview.dom.faces import text

Packed = Any


class Handles:
    """Keep every object a script has seen, so that the same object is the same handle."""

    def __init__(self, class_of: Callable[[Any], str | None]) -> None:
        self._class_of = class_of
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def find(self, number: object) -> Any:
        """Give the object of a handle; raise ScriptError for a number we never gave."""
        if not isinstance(number, int) or not 0 <= number < len(self._objects):
            raise ScriptError("Object is invalid")
        return self._objects[number]

    def pack(self, value: Any) -> Packed:
        """Turn a value of ours into JSON for the script; unknown classes become null."""
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, IntEnum):
            return int(value)
        if isinstance(value, (int, float)):
            return value if math.isfinite(value) else None
        if isinstance(value, (list, tuple)):
            return [self.pack(item) for item in value]
        if isinstance(value, dict):
            return {"$d": {str(key): self.pack(item) for key, item in value.items()}}
        return self._pack_object(value)

    def _pack_object(self, value: Any) -> Packed:
        if isinstance(value, text.TextShown):
            shown = {**text.read(value.document), "text": value.text.replace("\n", "\r")}
            return {"$t": {key: self.pack(item) for key, item in shown.items()}}
        name = self._class_of(value)
        if name is None:
            return None
        if name == "TextDocument":
            return {"$t": {key: self.pack(item) for key, item in text.read(value).items()}}
        if name == "Shape":
            parts = ("vertices", "in_tangents", "out_tangents", "closed")
            return {"$s": [self.pack(getattr(value, part)) for part in parts]}
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return {"$h": number, "$c": name}

    def unpack(self, value: Packed) -> Any:
        """Turn JSON from the script into a value of ours; text changes come as TextChange."""
        if isinstance(value, list):
            return [self.unpack(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$h" in value:
            return self.find(value["$h"])
        if "$s" in value:
            return _shape(*(self.unpack(part) for part in value["$s"]))
        if "$t" in value:
            return text.TextChange({key: self.unpack(item) for key, item in value["$t"].items()})
        return None


def _shape(vertices: Any, in_tangents: Any, out_tangents: Any, closed: Any) -> Any:
    """Make the library's path; tangents that a script left out are none."""
    import py_aep

    count = len(vertices or ())
    flat = [[0.0, 0.0] for _ in range(count)]
    try:
        return py_aep.Shape(
            vertices, in_tangents or flat, out_tangents or flat, closed=closed is not False
        )
    except (ValueError, TypeError) as error:
        raise ScriptError(f"After Effects error: this is no path: {error}") from error
