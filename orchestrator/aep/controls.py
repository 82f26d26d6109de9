"""Reads the values of control effects: the colours, sliders and switches that templates offer."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.model import Control, ControlKind

CONTROLS: dict[str, ControlKind] = {
    "ADBE Color Control": "color",
    "ADBE Slider Control": "number",
    "ADBE Angle Control": "number",
    "ADBE Checkbox Control": "checkbox",
    "ADBE Point Control": "point",
    "ADBE Point3D Control": "point",
    "ADBE Layer Control": "layer",
    "ADBE Fill": "fill",
}
_DEFAULTS: dict[ControlKind, tuple[float, ...]] = {
    "color": (255.0, 0.0, 0.0, 255.0),
    "number": (0.0,),
    "checkbox": (0.0,),
    "dropdown": (1.0,),
    "fill": (255.0, 0.0, 0.0, 255.0),
}
_VALUE_PARAM = {"fill": "-0002"}
# Each dropdown is an effect of its own kind; its match name begins so and means nothing more.
_OWN_KIND, _POPUP = "Pseudo/@@", 7
_COLORS = frozenset({"color", "fill"})
MAX_OPTIONS = 200
_COLOR_KEY_BYTES, _COLOR_KEY_VALUE = 152, 56


def time_base(source: Source, tdb4: Chunk) -> int:
    """Give the time units per second of a property's keys."""
    return source.u32(tdb4, 12)


def is_own_kind(effect: str) -> bool:
    """Tell whether only an effect's definitions say what it is; `read_options` reads them."""
    return effect.startswith(_OWN_KIND)


def read_control(source: Source, tdbs: Chunk, kind: ControlKind, param: str) -> Control | None:
    """Read one parameter of a control effect; its value parameter is numbered 0001, a Fill's 0002.

    A keyframed parameter gives the value of its first key.
    """
    if not param.endswith(_VALUE_PARAM.get(kind, "-0001")):
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
    if kind in _COLORS:
        values = _rgba(values)
    elif kind in _DEFAULTS:
        values = values[:1]
    return Control(name, kind, values, keyframed, driven)


def with_default(
    kind: ControlKind | None, controls: list[Control], options: tuple[str, ...]
) -> tuple[Control, ...]:
    """Complete a control effect: After Effects does not store a value that is the default."""
    if kind in _DEFAULTS and not controls:
        controls = [Control("", kind, _DEFAULTS[kind], keyframed=False)]
    if options:
        controls = [replace(control, options=options) for control in controls]
    return tuple(controls)


def read_options(source: Source, definitions: Chunk) -> tuple[str, ...]:
    """Read a dropdown's words from the definitions of its parameters; none when it is no dropdown.

    A dropdown has one parameter of the popup kind, numbered 0001; bars part its words.
    """
    param, found = "", tuple[str, ...]()
    for child in source.children(definitions.start, definitions.end):
        if child.tag == b"tdmn":
            param = clean(source.body(child, 64))
            if param.endswith("-0002"):
                return ()
        elif child.tag == b"pard" and param.endswith("-0001") and source.u8(child, 15) != _POPUP:
            return ()
        elif child.tag == b"pdnm" and param.endswith("-0001"):
            words = source.name(child).split("|", MAX_OPTIONS)[:MAX_OPTIONS]
            found = tuple(words) if any(words) else ()
    return found


def _first_key(source: Source, keys: Chunk, kind: ControlKind) -> tuple[float, ...]:
    for child in source.children(keys.start, keys.end):
        if child.tag == b"ldat":
            if kind in _COLORS:
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
