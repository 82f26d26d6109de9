"""Takes a scan apart into what would be rows, as the database can hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.core.importing.rows import ScannedKind, Values
from orchestrator.core.templates.values import color_of
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene

MAX_KEY = 500
MAX_TITLE = 500
MAX_POSITION = 1_000_000
MAX_FOUND = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """Be one thing that a scan found; `scene` is the key of its scene, as the scan spells it."""

    kind: ScannedKind
    key: str
    values: Values
    scene: str | None = None


def fold_of(scan: ScanResult, key: str) -> str:
    """Give what two keys that mean the same share: case counts in mode free only."""
    return key if scan.mode == "free" else key.casefold()


def found_in(scan: ScanResult) -> tuple[list[Found], list[FieldProblem]]:
    """List scenes (each before its fields), colours and controls; and what cannot be kept."""
    kept: list[Found] = []
    skipped: list[FieldProblem] = []
    seen: set[tuple[str | None, bool, str]] = set()
    for one in _every(scan):
        place = one.key if one.scene is None else f"{one.scene}/{one.key}"
        parent = None if one.scene is None else fold_of(scan, one.scene)
        color = one.kind in {"shared_color", "control"}
        mark = (parent, color, (f"{one.kind}:" if color else "") + fold_of(scan, one.key))
        if not 0 < len(one.key) <= MAX_KEY or (one.scene is not None and not one.scene):
            skipped.append(_problem("key_length", place, "the name is empty or too long"))
        elif mark in seen:
            skipped.append(_problem("duplicate_key", place, f"the key {one.key!r} is there twice"))
        elif len(kept) >= MAX_FOUND:
            skipped.append(_problem("too_many", place, f"only {MAX_FOUND} rows are imported"))
            break
        elif parent is not None and (None, False, parent) not in seen:
            skipped.append(_problem("no_scene", place, "its scene is not imported"))
        else:
            seen.add(mark)
            kept.append(one)
    return kept, skipped


def is_scene_color(element: ScanElement) -> bool:
    """Tell whether a field is kept as a colour of its scene: one whose colour is known."""
    return element.kind == "color" and _color(element.default) is not None


def _problem(code: str, place: str, message: str) -> FieldProblem:
    return FieldProblem(code=code, place=place[:500], message=message[:700])


def _every(scan: ScanResult) -> Iterator[Found]:
    for scene in scan.scenes:
        yield Found("scene", scene.key, _scene(scene))
        for number, element in enumerate(scene.elements):
            if is_scene_color(element):
                yield Found("scene_color", element.key, _scene_color(element, number), scene.key)
            else:
                yield Found("element", element.key, _element(element, number), scene.key)
    for number, color in enumerate(scan.shared_colors):
        values = {"position": number, "value": color.value.lower()}
        yield Found("shared_color", color.key, values)
    for number, control in enumerate(scan.controls):
        yield Found("control", control.key, {"position": number, "value": control.value})


def _scene(scene: ScanScene) -> Values:
    low, high = _positive(scene.min_s), _positive(scene.max_s)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return {
        "title": scene.title[:MAX_TITLE],
        "comp": scene.comp,
        "position": min(scene.order, MAX_POSITION),
        "duration_s": _positive(scene.duration_s),
        "min_s": low,
        "max_s": high,
        "overlap_s": scene.overlap_s or 0.0,
    }


def _element(element: ScanElement, number: int) -> Values:
    box = element.box
    return {
        "kind": element.kind,
        "layer": element.layer,
        "comp": element.comp,
        "property": element.property,
        "position": number,
        "default_value": element.default,
        "required": element.required,
        "options": list(element.options),
        "direction": element.direction,
        "composer": element.composer,
        "digit_set": None if element.digit_set is None else str(element.digit_set),
        "font": element.font,
        "font_size": _positive(element.font_size),
        "box": None if box is None else {"width": box.width, "height": box.height},
    }


def _scene_color(element: ScanElement, number: int) -> Values:
    return {
        "layer": element.layer,
        "comp": element.comp,
        "property": element.property,
        "position": number,
        "value": _color(element.default),
    }


def _color(text: str | None) -> str | None:
    found = None if text is None or not text.startswith("#") else color_of(text)
    return None if found is None else found.lower()


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None
