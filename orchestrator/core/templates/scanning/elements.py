"""Turns one layer or footage item into the field that it is, or says why it is none."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator import aep
from orchestrator.core.templates.scanning.expressions.code import reads_own_text
from orchestrator.core.templates.values import hex_color, is_number
from orchestrator.wire.bind import FieldKind
from orchestrator.wire.scan import Box, ScanElement

MAX_KEY = 500
MAX_DEFAULT = 20_000
Sources = Mapping[int, aep.Footage | aep.Comp]


def sources(project: aep.Project) -> Sources:
    """Index what layers can show: footage and comps by id."""
    found: dict[int, aep.Footage | aep.Comp] = {item.id: item for item in project.footage}
    found.update((comp.id, comp) for comp in project.comps)
    return found


def is_driven(layer: aep.Layer) -> bool:
    """Tell whether a text follows an expression that never reads what is stored in the layer."""
    return any(
        expression.enabled
        and expression.path[-1:] == ("ADBE Text Document",)
        and not reads_own_text(expression.source)
        for expression in layer.expressions
    )


def text_element(comp: aep.Comp, layer: aep.Layer, key: str) -> ScanElement | None:
    """Describe a text field; None when the layer holds no text that can be read."""
    text = layer.text
    if text is None:
        return None
    return ScanElement(
        key=key,
        kind="textarea" if text.box is not None or "\n" in text.text else "text",
        layer=layer.name,
        comp=comp.name,
        default=text.text[:MAX_DEFAULT],
        direction=text.direction,
        composer=text.composer,
        digit_set=max(0, text.digit_set or 0),
        font=text.font,
        font_size=text.font_size,
        justify=text.justify,
        box=Box(width=text.box[0], height=text.box[1]) if text.box is not None else None,
    )


def media_element(
    comp: aep.Comp, layer: aep.Layer, key: str, source: aep.Footage | aep.Comp | None
) -> ScanElement | None:
    """Describe a media or audio field; None when the layer shows nothing that can be replaced.

    A placeholder shows colour bars, so a file in its place is required.
    """
    if source is None or layer.kind != "av":
        return None
    return ScanElement(
        key=key,
        kind=_media_kind(source),
        layer=layer.name,
        comp=comp.name,
        default=source.name if isinstance(source, aep.Footage) else None,
        required=isinstance(source, aep.Footage) and source.kind == "placeholder",
        box=Box(width=source.width, height=source.height) if source.width > 0 else None,
    )


def item_element(item: aep.Footage, comp: str, key: str) -> ScanElement:
    """Describe a media field that is a renamed footage item; `comp` is one that shows it."""
    return ScanElement(
        key=key,
        kind=_media_kind(item),
        layer=item.name,
        comp=comp,
        default=item.path.replace("\\", "/").rpartition("/")[2] or None,
        required=item.kind == "placeholder",
        box=Box(width=item.width, height=item.height) if item.width > 0 else None,
    )


def _media_kind(source: aep.Footage | aep.Comp) -> FieldKind:
    """Sound has no width; a placeholder or solid that has none is still a picture's place."""
    silent = isinstance(source, aep.Comp) or source.kind in {"solid", "placeholder"}
    return "media" if silent or source.width > 0 else "audio"


def data_element(comp: aep.Comp, layer: aep.Layer, key: str) -> ScanElement | None:
    """Describe a hidden value: a text that is a switch, a number or words, or a control effect.

    A fill effect offers its colour.
    """
    if layer.text is not None:
        value = layer.text.text.strip()
        kind: FieldKind = "text"
        if value.lower() in {"true", "false"}:
            kind = "checkbox"
        elif is_number(value):
            kind = "number"
        return ScanElement(
            key=key, kind=kind, layer=layer.name, comp=comp.name, default=value[:MAX_DEFAULT]
        )
    for effect in layer.effects:
        for control in effect.controls:
            element = control_element(comp, layer, key, control)
            if element is not None:
                return element
    return None


def control_element(
    comp: aep.Comp, layer: aep.Layer, key: str, control: aep.Control, effect: str | None = None
) -> ScanElement | None:
    """Describe a control effect's value; None for one that no client can give."""
    values = control.values
    if control.keyframed or control.driven:
        return None
    kind: FieldKind
    if control.kind == "color" and len(values) == 4:
        kind, default = "color", hex_color(*values[:3])
    elif control.kind == "fill" and len(values) == 4:
        kind, default = "fill", hex_color(*values[:3])
    elif control.kind == "checkbox" and values:
        kind, default = "checkbox", "true" if values[0] else "false"
    elif control.kind == "dropdown" and values:
        kind, default = "dropdown", str(int(values[0]))
    elif control.kind == "number" and values:
        kind, default = "number", f"{values[0]:g}"
    else:
        return None
    return ScanElement(
        key=key,
        kind=kind,
        layer=layer.name,
        comp=comp.name,
        property=effect,
        default=default,
        options=control.options if kind == "dropdown" else (),
    )


def solid_element(
    comp: aep.Comp, layer: aep.Layer, key: str, source: aep.Footage | aep.Comp | None
) -> ScanElement | None:
    """Describe a solid as the colour that fills it; None for any other layer."""
    if not isinstance(source, aep.Footage) or source.color is None:
        return None
    color = hex_color(*source.color)
    return ScanElement(key=key, kind="fill", layer=layer.name, comp=comp.name, default=color)
