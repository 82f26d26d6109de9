"""Turns property values into JSON for expressions, and expression results into values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MAX_ITEMS = 4096


@dataclass(frozen=True, slots=True)
class PathValue:
    """Hold a path that an expression made: vertices, tangents relative to them."""

    vertices: list[list[float]]
    in_tangents: list[list[float]]
    out_tangents: list[list[float]]
    closed: bool


def to_json(value: Any) -> Any:
    """Give the JSON form: a text document is its text, a path its points and tangents."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        number = float(value)
        return number if math.isfinite(number) else 0.0
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value[:MAX_ITEMS]]
    if hasattr(value, "font_size"):
        return str(value.text)
    if hasattr(value, "vertices"):
        return {
            "__path": True,
            "closed": bool(value.closed),
            "vertices": to_json(value.vertices),
            "into": to_json(value.in_tangents),
            "outof": to_json(value.out_tangents),
        }
    return None


def to_value(result: Any, stored: Any) -> Any | None:
    """Fit an expression's result to the kind of the stored value; None when it does not fit."""
    if hasattr(stored, "font_size") or isinstance(stored, str):
        return _as_text(result)
    if hasattr(stored, "vertices"):
        return _as_path(result)
    if isinstance(stored, (list, tuple)):
        return _as_list(result, list(stored))
    if isinstance(stored, (int, float)):
        return _as_number(result)
    return None


def _as_text(result: Any) -> Any | None:
    if isinstance(result, dict):
        result = result.get("text")
    if isinstance(result, bool) or result is None:
        return None
    if isinstance(result, float) and result.is_integer() and abs(result) < 1e15:
        return str(int(result))
    if isinstance(result, list):
        return ",".join(str(_as_text(item)) for item in result)
    return str(result)


def _as_list(result: Any, stored: list[Any]) -> list[float] | None:
    if isinstance(result, bool) or not isinstance(result, (list, int, float)):
        return None
    items = result if isinstance(result, list) else [result] * min(2, len(stored))
    numbers = [_as_number(item) for item in items[: len(stored)]]
    if not numbers or any(n is None for n in numbers):
        return None
    fixed = [float(n) for n in numbers if n is not None]
    return fixed + [float(x) for x in stored[len(fixed) :]]


def _as_path(result: Any) -> PathValue | None:
    if not isinstance(result, dict) or not result.get("__path"):
        return None
    lists = [result.get(name) for name in ("vertices", "into", "outof")]
    try:
        vertices, into, outof = ([[float(x), float(y)] for x, y in some or ()] for some in lists)
    except (TypeError, ValueError):
        return None
    if not len(vertices) == len(into) == len(outof):
        return None
    return PathValue(vertices, into, outof, bool(result.get("closed")))


def _as_number(result: Any) -> float | None:
    if isinstance(result, bool):
        return float(result)
    if isinstance(result, list):
        result = result[0] if result else None
    if isinstance(result, str):
        try:
            result = float(result)
        except ValueError:
            return None
    if not isinstance(result, (int, float)) or not math.isfinite(result):
        return None
    return float(result)
