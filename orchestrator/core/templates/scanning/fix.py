"""Scans by the naming convention: numbered fields, data, and the shared values of frshare."""

from __future__ import annotations

from collections import defaultdict

from orchestrator import aep
from orchestrator.core.templates.scanning.elements import (
    Sources,
    data_element,
    is_driven,
    item_element,
    media_element,
    text_element,
)
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.core.templates.values import color_of, control_of
from orchestrator.wire.convention import Meaning, classify, comp_role, direction_target
from orchestrator.wire.scan import ScanColor, ScanControl, ScanElement

SHARED_SCENE = "frshare"


class FixScan:
    """Walks every comp of a template once and files what the names say into a ledger."""

    def __init__(self, project: aep.Project, by_id: Sources, ledger: Ledger) -> None:
        self.project = project
        self.by_id = by_id
        self.ledger = ledger
        self.directions = _directions(project)
        self.scene_comps: dict[str, set[int]] = defaultdict(set)

    def run(self) -> None:
        """File every layer, every footage item, then what became known of scenes and doubles."""
        for comp in self.project.comps:
            shared = comp_role(comp.name) == "shared"
            for layer in comp.layers:
                if shared:
                    self._shared(comp, layer)
                else:
                    self._layer(comp, layer)
        self._items()
        self._durations()
        for scene, key, places in self.ledger.doubles():
            self.ledger.problem(
                "duplicate_key",
                places[0],
                f"the key {key!r} of scene {scene!r} is in {' and in '.join(places[:5])}; rename"
                " all but one",
                error=True,
            )

    def _layer(self, comp: aep.Comp, layer: aep.Layer) -> None:
        # A layer without a name of its own shows its source's: a numbered footage item is one
        # field however often it is used.
        meaning = classify(layer.own_name)
        place = f"{comp.name}/{layer.name}"
        if meaning.role == "plain" or self._tells_direction(meaning):
            return
        if meaning.role in {"unclassified", "container", "shared_reference"}:
            self.ledger.unknown(place)
        elif meaning.role == "color_slot":
            self._color_slot(comp, layer, meaning)
        else:
            element = self._element(comp, layer, meaning)
            if element is None:
                self.ledger.problem(
                    "wrong_layer",
                    place,
                    f"the name {layer.name!r} promises a {_PROMISED[meaning.role]} and the layer"
                    " is none; rename it or make it one",
                )
                return
            if is_driven(layer):
                self.ledger.problem(
                    "driven_text",
                    place,
                    f"the text of {layer.name!r} follows an expression that never reads `value`,"
                    " so no client's text would show; change the expression or the name",
                )
            if meaning.scene is not None:
                self.scene_comps[meaning.scene.casefold()].add(comp.id)
            self.ledger.add(meaning.scene or comp.name, element)

    def _element(self, comp: aep.Comp, layer: aep.Layer, meaning: Meaning) -> ScanElement | None:
        key, source = meaning.key, self.by_id.get(layer.source_id)
        if meaning.role == "data":
            return data_element(comp, layer, key)
        if meaning.role == "numbered_media":
            return media_element(comp, layer, key, source)
        element = text_element(comp, layer, key)
        if element is None:
            if meaning.role == "numbered_text":
                return None
            return media_element(comp, layer, key, source)
        direction = self.directions.get(layer.own_name.casefold().removeprefix("frl_"))
        if direction is not None:
            element = element.model_copy(update={"direction": direction})
        return element

    def _tells_direction(self, meaning: Meaning) -> bool:
        target = direction_target(meaning.key) if meaning.role == "data" else None
        return target is not None and target.casefold() in self.directions

    def _color_slot(self, comp: aep.Comp, layer: aep.Layer, meaning: Meaning) -> None:
        element = data_element(comp, layer, meaning.key)
        value = None
        if layer.text is not None:
            value = color_of(layer.text.text, slot=True)
        elif element is not None and element.kind == "color":
            value = element.default
        else:
            value = self._solid_color(layer)
        place = f"{comp.name}/{layer.name}"
        if value is None:
            self.ledger.problem(
                "not_a_color",
                place,
                f"{layer.name!r} is a colour by its name and its value is none; write r,g,b,a",
            )
            return
        self._add_color(layer.own_name, value, place)

    def _solid_color(self, layer: aep.Layer) -> str | None:
        source = self.by_id.get(layer.source_id)
        if isinstance(source, aep.Footage) and source.color is not None:
            return "#{:02X}{:02X}{:02X}".format(*source.color)
        return None

    def _shared(self, comp: aep.Comp, layer: aep.Layer) -> None:
        """File one layer of frshare: its name is the key, and the text says what it is."""
        key = layer.own_name
        meaning = classify(key)
        if layer.text is None or not key or self._tells_direction(meaning):
            return
        text, slot = layer.text.text, meaning.role == "color_slot"
        color, control = color_of(text, slot=slot), control_of(text)
        place = f"{comp.name}/{layer.name}"
        if color is not None:
            self._add_color(key, color, place)
        elif slot:
            self._color_slot(comp, layer, meaning)
        elif control is not None:
            self._add_control(key, control, place)
        else:
            element = text_element(comp, layer, key)
            if element is not None:
                self.ledger.add(SHARED_SCENE, element)

    def _add_color(self, key: str, value: str, place: str) -> None:
        if any(color.key.casefold() == key.casefold() for color in self.ledger.colors):
            self.ledger.problem(
                "duplicate_color",
                place,
                f"the colour {key!r} is there more than once; rename all but one",
                error=True,
            )
            return
        self.ledger.colors.append(ScanColor(key=key, value=value))

    def _add_control(self, key: str, value: int, place: str) -> None:
        if any(control.key.casefold() == key.casefold() for control in self.ledger.controls):
            message = f"the control {key!r} is there more than once; rename all but one"
            self.ledger.problem("duplicate_control", place, message, error=True)
        else:
            self.ledger.controls.append(ScanControl(key=key, value=value))

    def _items(self) -> None:
        """File footage items that carry a numbered name."""
        for item in self.project.footage:
            meaning = classify(item.name)
            if meaning.role == "numbered_media" and meaning.scene is not None:
                layers = [
                    (comp, layer)
                    for comp in self.project.comps
                    for layer in comp.layers
                    if layer.source_id == item.id
                ]
                if any(layer.own_name.casefold() == item.name.casefold() for _, layer in layers):
                    continue  # the layer of that name is the field already
                users = [comp for comp, _ in layers]
                shown = users[0].name if users else ""
                self.scene_comps[meaning.scene.casefold()].update(user.id for user in users)
                self.ledger.add(meaning.scene, item_element(item, shown, meaning.key))

    def _durations(self) -> None:
        """A scene whose fields all stand in one comp is as long as that comp."""
        lengths = {comp.id: comp.duration_s for comp in self.project.comps}
        final = {comp.id for comp in self.project.comps if comp_role(comp.name) == "final"}
        for scene, comps in self.scene_comps.items():
            if len(comps) == 1 and not comps & final:
                self.ledger.note_duration(scene, lengths[next(iter(comps))])


_PROMISED = {
    "numbered_text": "text layer",
    "numbered_media": "layer with footage",
    "editable": "text, media or audio layer",
    "data": "value (a text or a control effect)",
}


def _directions(project: aep.Project) -> dict[str, str]:
    """Read which fields have a direction layer: `frd_d<key>` with rtl or ltr, for `frl_<key>`."""
    fields = {
        layer.own_name.casefold().removeprefix("frl_")
        for comp in project.comps
        for layer in comp.layers
        if layer.own_name.casefold().startswith("frl_")
    }
    found: dict[str, str] = {}
    for comp in project.comps:
        for layer in comp.layers:
            meaning = classify(layer.own_name)
            target = direction_target(meaning.key) if meaning.role == "data" else None
            value = layer.text.text.strip().lower() if layer.text is not None else ""
            if target is not None and target.casefold() in fields and value in {"rtl", "ltr"}:
                found[target.casefold()] = value
    return found
