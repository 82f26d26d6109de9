"""Scans a project without a convention: every text, footage and colour control is a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator import aep
from orchestrator.core.templates.scanning.elements import (
    Sources,
    control_element,
    is_driven,
    media_element,
    text_element,
)
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.wire.scan import ScanElement


def scan_free(comps: Iterable[aep.Comp], by_id: Sources, ledger: Ledger) -> None:
    """File the fields of the given comps; an address that means two things is reported."""
    for comp in comps:
        facts = ledger.facts(comp.name)
        facts.comp, facts.duration_s = comp.name, max(0.0, comp.duration_s)
        for layer in comp.layers:
            for element in _elements(comp, layer, by_id):
                ledger.add(comp.name, element)
    for scene, key, places in ledger.doubles():
        ledger.problem(
            "address_ambiguous",
            f"{scene}/{key}",
            f"the address {scene}/{key} means {len(places)} things; rename all but one to use it",
        )


def _elements(comp: aep.Comp, layer: aep.Layer, by_id: Sources) -> Iterator[ScanElement]:
    text = text_element(comp, layer, layer.name)
    if text is not None and not is_driven(layer):
        yield text
    source = by_id.get(layer.source_id)
    if isinstance(source, aep.Footage) and source.kind in {"file", "placeholder"}:
        media = media_element(comp, layer, layer.name, source)
        if media is not None:
            yield media.model_copy(update={"required": False})
    for effect in layer.effects:
        for control in effect.controls:
            if control.kind == "color":
                key = f"{layer.name}/{effect.name}"
                color = control_element(comp, layer, key, control, effect.name)
                if color is not None:
                    yield color
