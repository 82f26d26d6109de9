"""Reads the values of control effects: the colours, sliders and switches that templates offer."""

from __future__ import annotations

from orchestrator.aep.chunks import Chunk, Source
from orchestrator.aep.model import Control, ControlKind

CONTROLS: dict[str, ControlKind] = {
    "ADBE Color Control": "color",
    "ADBE Slider Control": "number",
    "ADBE Angle Control": "number",
    "ADBE Checkbox Control": "checkbox",
    "ADBE Dropdown Control": "dropdown",
    "ADBE Point Control": "point",
    "ADBE Point3D Control": "point",
    "ADBE Layer Control": "layer",
}
_DEFAULTS: dict[ControlKind, tuple[float, ...]] = {
    "color": (255.0, 0.0, 0.0, 255.0),
    "number": (0.0,),
    "checkbox": (0.0,),
    "dropdown": (1.0,),
}
_COLOR_KEY_BYTES, _COLOR_KEY_VALUE = 152, 56


def time_base(source: Source, tdb4: Chunk) -> int:
    """Give the time units per second of a property's keys."""
    return source.u32(tdb4, 12)


def read_control(source: Source, tdbs: Chunk, effect: str, param: str) -> Control | None:
    """Read one parameter of a control effect; its value parameter is numbered 0001.

    A keyframed parameter gives the value of its first key.
    """
    kind = CONTROLS[effect]
    if not param.endswith("-0001"):
        return None
    name, keyframed, driven = "", False, False
    values: tuple[float, ...] = ()
    for child in source.children(tdbs.start, tdbs.end):
        if child.tag == b"tdsn":
            name = source.name(child)
        elif child.tag == b"tdb4":
            driven = source.u8(child, 120) == 1 and not source.u8(child, 119) & 1
        elif child.tag == b"cdat":
            values = source.doubles(child, 0, 4)
        elif child.kind == b"list":
            values, keyframed = _first_key(source, child, kind), True
    if kind == "color":
        values = _rgba(values)
    elif kind in _DEFAULTS:
        values = values[:1]
    return Control(name, kind, values, keyframed, driven)


def with_default(effect: str, controls: list[Control]) -> tuple[Control, ...]:
    """Complete a control effect: After Effects does not store a value that is the default."""
    kind = CONTROLS.get(effect)
    if kind is None or controls or kind not in _DEFAULTS:
        return tuple(controls)
    return (Control("", kind, _DEFAULTS[kind], keyframed=False),)


def _first_key(source: Source, keys: Chunk, kind: ControlKind) -> tuple[float, ...]:
    for child in source.children(keys.start, keys.end):
        if child.tag == b"ldat":
            if kind == "color":
                if child.end - child.start < _COLOR_KEY_BYTES:
                    return ()
                return source.doubles(child, _COLOR_KEY_VALUE, 4)
            return source.doubles(child, 8, 1)
    return ()


def _rgba(argb: tuple[float, ...]) -> tuple[float, ...]:
    """Turn alpha, red, green, blue as the file has them into r, g, b, a."""
    if len(argb) < 4:
        return ()
    alpha, red, green, blue = (min(255.0, max(0.0, part)) for part in argb[:4])
    return red, green, blue, alpha
