"""Files what layers of the convention say: fields, hidden values, colours, shared values."""

from __future__ import annotations

from collections import defaultdict

from orchestrator import aep
from orchestrator.core.templates.scanning.elements import (
    Sources,
    data_element,
    is_driven,
    media_element,
    solid_element,
    text_element,
)
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.core.templates.values import color_of, control_of, hex_color
from orchestrator.wire.convention import Meaning, classify, direction_target
from orchestrator.wire.scan import ScanColor, ScanControl, ScanElement

SHARED_SCENE = "frshare"
_PROMISED = {
    "numbered_text": "text layer",
    "numbered_media": "layer with footage",
    "editable": "text, media or audio layer",
    "data": "value (a text, a solid or a control effect)",
}


class NamedLayers:
    """Knows a project's sources and directions, and puts single layers into the ledger."""

    def __init__(self, project: aep.Project, by_id: Sources, ledger: Ledger) -> None:
        self.project = project
        self.by_id = by_id
        self.ledger = ledger
        self._directions = _Directions(project)

    def meaning(self, layer: aep.Layer) -> Meaning:
        """Say what a layer's name means.

        A layer without a name of its own shows its source's: a footage item is one field however
        often it is used, so it is filed as an item; a comp is a field of the layer that shows it.
        """
        if layer.own_name or not isinstance(self.by_id.get(layer.source_id), aep.Comp):
            return classify(layer.own_name)
        found = classify(layer.name)
        fields = found.role in {"numbered_media", "editable"}
        return found if fields else Meaning("plain", layer.name)

    def tells_direction(self, comp: aep.Comp, meaning: Meaning) -> bool:
        """Tell whether a data layer says the direction of a field instead of being one."""
        return meaning.role == "data" and self._directions.told_by(comp, meaning.key)

    def field(
        self, comp: aep.Comp, layer: aep.Layer, meaning: Meaning, scene: str, key: str
    ) -> bool:
        """File a layer as a field, or say what is wrong with it; tell whether it is one."""
        place = f"{comp.name}/{layer.name}"
        element = self._element(comp, layer, meaning, key)
        if element is None:
            self.ledger.problem(
                "wrong_layer",
                place,
                f"the name {layer.name!r} promises a {_PROMISED[meaning.role]} and the layer"
                " is none; rename it or make it one",
            )
            return False
        if is_driven(layer):
            self.ledger.problem(
                "driven_text",
                place,
                f"the text of {layer.name!r} follows an expression that never reads `value`,"
                " so no client's text would show; change the expression or the name",
            )
        self.ledger.add(scene, element)
        return True

    def _element(
        self, comp: aep.Comp, layer: aep.Layer, meaning: Meaning, key: str
    ) -> ScanElement | None:
        source = self.by_id.get(layer.source_id)
        if meaning.role == "data":
            return data_element(comp, layer, key) or solid_element(comp, layer, key, source)
        if meaning.role == "numbered_media":
            return media_element(comp, layer, key, source)
        element = text_element(comp, layer, key)
        if element is None:
            if meaning.role == "numbered_text":
                return None
            return media_element(comp, layer, key, source)
        direction = self._directions.of(comp, layer.own_name)
        return element if direction is None else _directed(element, direction)

    def color_slot(self, comp: aep.Comp, layer: aep.Layer, meaning: Meaning) -> None:
        """File a layer that is a colour by its name: a text, a colour control, a fill, a solid."""
        place = f"{comp.name}/{layer.name}"
        if layer.text is not None:
            value = color_of(layer.text.text, slot=True)
        else:
            element = data_element(comp, layer, meaning.key)
            value = element.default if element and element.kind in ("color", "fill") else None
            value = value or self._solid_color(layer)
        if value is None:
            self.ledger.problem(
                "not_a_color",
                place,
                f"{layer.name!r} is a colour by its name and its value is none; write r,g,b,a",
            )
        else:
            self._add_color(layer.own_name, value, place)

    def _solid_color(self, layer: aep.Layer) -> str | None:
        source = self.by_id.get(layer.source_id)
        if isinstance(source, aep.Footage) and source.color is not None:
            return hex_color(*source.color)
        return None

    def shared(self, comp: aep.Comp) -> None:
        """File the comp of shared values: a layer's name is the key, its text the value."""
        facts = self.ledger.facts(SHARED_SCENE)
        facts.comp, facts.shared = facts.comp or comp.name, True
        for layer in comp.layers:
            self._shared_layer(comp, layer)

    def _shared_layer(self, comp: aep.Comp, layer: aep.Layer) -> None:
        key, place = layer.own_name, f"{comp.name}/{layer.name}"
        meaning = classify(key)
        if not key or self.tells_direction(comp, meaning):
            return
        slot = meaning.role == "color_slot"
        if layer.text is None:
            if slot:
                self.color_slot(comp, layer, meaning)
            elif meaning.role != "plain":
                self.ledger.unknown(place)
            return
        text = layer.text.text
        color, control = color_of(text), control_of(text)
        if slot:
            self.color_slot(comp, layer, meaning)
        elif color is not None:
            self._add_color(key, color, place)
        elif control is not None:
            self._add_control(key, control, place)
        elif self._is_free("duplicate_shared", key, place):
            element = text_element(comp, layer, key)
            if element is not None:
                direction = self._directions.of(comp, key)
                element = element if direction is None else _directed(element, direction)
                self.ledger.add(SHARED_SCENE, element)

    def _add_color(self, key: str, value: str, place: str) -> None:
        if self._is_free("duplicate_color", key, place):
            self.ledger.colors.append(ScanColor(key=key, value=value))

    def _add_control(self, key: str, value: int, place: str) -> None:
        if self._is_free("duplicate_control", key, place):
            self.ledger.controls.append(ScanControl(key=key, value=value))

    def _is_free(self, code: str, key: str, place: str) -> bool:
        taken = self.ledger.claim(key, place)
        if taken is None:
            return True
        self.ledger.problem(
            code,
            place,
            f"the shared value {key!r} is in {taken} and in {place}; rename all but one",
            error=True,
        )
        return False


class _Directions:
    """Which fields have a direction layer: `frd_d<key>` with rtl or ltr, for `frl_<key>`.

    The layer of the field's own comp speaks for it: scenes share keys such as `title`. One in
    another comp does so only when it is the only one and no field of its own comp is meant.
    """

    def __init__(self, project: aep.Project) -> None:
        self._near: dict[tuple[int, str], str] = {}
        self._far: dict[str, list[str]] = defaultdict(list)
        fields = {
            comp.id: {
                _field_key(layer.own_name)
                for layer in comp.layers
                if layer.own_name[:4].lower() == "frl_"
            }
            for comp in project.comps
        }
        every = set[str]().union(*fields.values())
        for comp in project.comps:
            for layer in comp.layers:
                target, value = _direction(layer)
                if not target:
                    continue
                if target in fields[comp.id]:
                    self._near[comp.id, target] = value
                elif target in every:
                    self._far[target].append(value)

    def told_by(self, comp: aep.Comp, key: str) -> bool:
        """Tell whether the data key of a comp's layer speaks of a field."""
        target = (direction_target(key) or "").casefold()
        return bool(target) and ((comp.id, target) in self._near or target in self._far)

    def of(self, comp: aep.Comp, name: str) -> str | None:
        """Give the direction told of a field, by the name of its layer."""
        key = _field_key(name)
        far = self._far.get(key, ())
        return self._near.get((comp.id, key)) or (far[0] if len(far) == 1 else None)


def _field_key(name: str) -> str:
    return name.casefold().removeprefix("frl_")


def _direction(layer: aep.Layer) -> tuple[str, str]:
    """Give (field key, rtl or ltr) of a layer that may tell a direction; empty when it cannot."""
    meaning = classify(layer.own_name)
    target = direction_target(meaning.key) if meaning.role == "data" else None
    value = layer.text.text.strip().lower() if layer.text is not None else ""
    return (target.casefold(), value) if target and value in {"rtl", "ltr"} else ("", "")


def _directed(element: ScanElement, direction: str) -> ScanElement:
    return element.model_copy(update={"direction": direction})
