"""What py-aep is asked for: the facts that the quick scan reads, in the way py-aep offers them.

Expressions may stand on any property, so every layer's properties are visited, as ours are by
one search for the mark that such a property carries.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

_CONTROL = " Control-0001"


def read(path: Path, *, whole: bool) -> int:
    """Read comps, layers, texts, effects, controls, expressions and footage; count the facts.

    A `whole` reading decodes the value of every property too, as py-aep's own full reading does.
    """
    import py_aep

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        project = py_aep.parse(str(path)).project
        footage = sum(1 for item in project.footages if item.name is not None)
        return footage + sum(_comp(comp, whole=whole) for comp in project.compositions)


def opens(path: Path) -> bool:
    """Tell whether py-aep can read the file at all; it refuses some real ones."""
    try:
        read(path, whole=True)
    except Exception:  # noqa: BLE001 - whatever another's reader raises
        return False
    return True


def _comp(comp: Any, *, whole: bool) -> int:
    facts = [comp.name, comp.width, comp.height, comp.duration, comp.frame_rate]
    return len(facts) + sum(_layer(layer, whole=whole) for layer in comp.layers)


def _layer(layer: Any, *, whole: bool) -> int:
    facts: list[Any] = [layer.name, layer.in_point, layer.out_point, layer.enabled]
    text = getattr(layer, "text", None)
    if text is not None:
        document = text.property("ADBE Text Document").value
        facts += [document.text, document.font, document.font_size, document.justification]
    waiting = list(layer.properties)
    while waiting:
        found = waiting.pop()
        inner = getattr(found, "properties", None)
        if inner is not None:
            facts += [found.match_name, found.name]
            waiting.extend(inner)
            continue
        if getattr(found, "expression_enabled", False):
            facts.append(found.expression)
        if whole or found.match_name.endswith(_CONTROL):
            facts.append(found.value)
    return len(facts)
