"""Properties and groups: finding them, their values, keyframes and expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from node_agent.preview.dom.face import Face, ScriptError, reads, whole, words, writes
from node_agent.preview.dom.faces import text
from node_agent.preview.dom.faces.expressions import expression_error, shown_value
from node_agent.preview.dom.session import Session

# Groups that scripts may leave out of a path: layer.property("Source Text").
ELIDED: Final = ("ADBE Text Properties", "ADBE Transform Group")


def find(_session: Session, group: Any, key: object) -> Any:
    """Give a child by place (from 1), name or match name; None when there is none."""
    children = group.properties
    if not isinstance(key, str):
        place = whole(key, "index of a property")
        return children[place - 1] if 1 <= place <= len(children) else None
    for child in children:
        if key in (child.match_name, child.name):
            return child
    for child in children:
        if child.match_name in ELIDED and group.match_name not in ELIDED:
            inner = next((p for p in child.properties if key in (p.match_name, p.name)), None)
            if inner is not None:
                return inner
    return None


def _child(match_name: str) -> Callable[[Session, Any], Any]:
    def read(session: Session, group: Any) -> Any:
        return find(session, group, match_name)

    return read


def _effect(session: Session, layer: Any, key: object) -> Any:
    parade = find(session, layer, "ADBE Effect Parade")
    return None if parade is None else find(session, parade, key)


def set_value(_session: Session, target: Any, value: Any) -> None:
    """Write a static value; raise ScriptError for a keyframed property, as After Effects does."""
    if target.keyframes:
        raise ScriptError(
            "After Effects error: Can not call setValue() on a property with keyframes"
        )
    if isinstance(value, text.TextChange):
        text.apply(_document(target, target.value), value)
        return
    _guarded(target, lambda: _assign(target, value))


def _assign(target: Any, value: Any) -> None:
    target.value = _padded(value, target.value)


def _padded(value: Any, present: Any) -> Any:
    """Fill up what After Effects lets scripts leave out: a 2-D point, a colour without alpha."""
    if isinstance(value, list) and isinstance(present, list) and len(value) < len(present):
        return [*value, *present[len(value) :]]
    return value


def _guarded(target: Any, work: Callable[[], None]) -> None:
    try:
        work()
    except (ValueError, TypeError, AttributeError, NotImplementedError) as error:
        raise ScriptError(f"After Effects error: cannot set {target.name!r}: {error}") from error


def _document(target: Any, value: Any) -> Any:
    import py_aep

    if not isinstance(value, py_aep.TextDocument):
        raise ScriptError(f"After Effects error: {target.name!r} does not hold a text")
    return value


def _key(target: Any, index: object) -> Any:
    place = whole(index, "index of a keyframe")
    if not 1 <= place <= len(target.keyframes):
        raise ScriptError(f"After Effects error: {target.name!r} has no keyframe {place}")
    return target.keyframes[place - 1]


def _set_key_value(_session: Session, target: Any, index: object, value: Any) -> None:
    key = _key(target, index)
    if isinstance(value, text.TextChange):
        text.apply(_document(target, key.value), value)
        return

    def write() -> None:
        key.value = _padded(value, key.value)

    _guarded(target, write)


def _set_at_time(_session: Session, target: Any, time: object, value: Any) -> None:
    if isinstance(value, text.TextChange):
        raise ScriptError("After Effects error: the preview engine cannot add keyframes of text")
    _guarded(target, lambda: target.set_value_at_time(time, value))


def _remove_key(_session: Session, target: Any, index: object) -> None:
    _key(target, index)
    _guarded(target, lambda: target.remove_key(whole(index, "index of a keyframe") - 1))


def _set_interpolation(
    _session: Session, target: Any, index: object, into: object, out: object = None
) -> None:
    import py_aep

    key = _key(target, index)
    kinds = py_aep.KeyframeInterpolationType

    def write() -> None:
        key.in_interpolation_type = kinds(whole(into, "interpolation type"))
        key.out_interpolation_type = kinds(whole(into if out is None else out, "interpolation"))

    _guarded(target, write)


def _value_at_time(
    session: Session, target: Any, time: object, pre_expression: object = None
) -> Any:
    if pre_expression is None:
        raise ScriptError("After Effects error: valueAtTime needs a time and preExpression")
    if not isinstance(time, (int, float)):
        raise ScriptError("After Effects error: the time of valueAtTime must be a number")
    if pre_expression:
        return target.value_at_time(float(time), pre_expression=True)
    return shown_value(session, target, float(time))


def _add_property(_session: Session, group: Any, name: object) -> Any:
    try:
        return group.add_property(words(name, "name of a property"))
    except ValueError as error:
        raise ScriptError(f"After Effects error: {error}") from error


def _set_expression(_session: Session, target: Any, value: object) -> None:
    def write() -> None:
        target.expression = value

    _guarded(target, write)


def _set_mask_mode(_session: Session, mask: Any, mode: object) -> None:
    import py_aep

    mask.mask_mode = py_aep.MaskMode(whole(mode, "maskMode"))


def _property_index(_session: Session, target: Any) -> int | None:
    # The library counts from 0, scripts from 1.
    return None if target.property_index is None else target.property_index + 1


def _remove(_session: Session, target: Any) -> None:
    target.remove()


FACES: Final = (
    Face(
        "PropertyBase",
        get={
            "propertyIndex": _property_index,
            **reads(("name", "matchName", "propertyDepth", "propertyType", "parentProperty",
                     "isEffect", "isMask", "enabled", "active", "elided", "isModified")),
        },
        put=writes(("name", "enabled")),
        call={"remove": _remove},
    ),
    Face(
        "PropertyGroup",
        "PropertyBase",
        get={
            **reads(("numProperties",)),
            "transform": _child("ADBE Transform Group"),
            "text": _child("ADBE Text Properties"),
            "sourceText": _child("ADBE Text Document"),
            "position": _child("ADBE Position"),
            "scale": _child("ADBE Scale"),
            "anchorPoint": _child("ADBE Anchor Point"),
            "opacity": _child("ADBE Opacity"),
        },
        call={"property": find, "effect": _effect, "addProperty": _add_property},
    ),
    Face(
        "MaskPropertyGroup",
        "PropertyGroup",
        get=reads(("maskMode", "inverted")),
        put={"maskMode": _set_mask_mode, **writes(("inverted",))},
    ),
    Face(
        "Property",
        "PropertyBase",
        get={
            "value": shown_value,
            "numKeys": lambda _s, target: len(target.keyframes),
            "expressionError": expression_error,
            **reads(("expression", "expressionEnabled", "canSetExpression", "canVaryOverTime",
                     "isTimeVarying", "propertyValueType", "hasMin", "hasMax", "minValue",
                     "maxValue", "unitsText", "isSpatial", "dimensionsSeparated",
                     "isSeparationLeader", "isSeparationFollower", "isDropdownEffect",
                     "propertyParameters")),
        },
        put={"expression": _set_expression, **writes(("expressionEnabled",))},
        call={
            "setValue": set_value,
            "setValueAtKey": _set_key_value,
            "setValueAtTime": _set_at_time,
            "setInterpolationTypeAtKey": _set_interpolation,
            "removeKey": _remove_key,
            "valueAtTime": _value_at_time,
            "keyTime": lambda _s, target, index: _key(target, index).time,
            "keyValue": lambda _s, target, index: _key(target, index).value,
        },
    ),
    Face("MarkerValue", get=reads(("comment", "duration"))),
)  # fmt: skip
