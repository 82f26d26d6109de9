"""Scans modes fix and music_visualizer: scenes come from numbers in names."""

from __future__ import annotations

from collections import defaultdict

from orchestrator import aep
from orchestrator.core.templates.scanning.elements import Sources, item_element
from orchestrator.core.templates.scanning.ledger import Ledger
from orchestrator.core.templates.scanning.named import NamedLayers
from orchestrator.core.templates.scanning.shown import seen_spans
from orchestrator.wire.convention import classify, comp_role

_NO_ROLE = frozenset({"unclassified", "container", "shared_reference"})


class FixScan:
    """Walks every comp of a template once and files what the names say into a ledger."""

    def __init__(
        self, project: aep.Project, final: aep.Comp | None, by_id: Sources, ledger: Ledger
    ) -> None:
        self.project = project
        self.final = final
        self.by_id = by_id
        self.ledger = ledger
        self.layers = NamedLayers(project, by_id, ledger)
        self.scene_comps: dict[str, set[int]] = defaultdict(set)
        self.scene_layers: dict[str, list[tuple[aep.Comp, aep.Layer]]] = defaultdict(list)

    def run(self) -> None:
        """File every layer, every footage item, then what became known of scenes and doubles."""
        for comp in self.project.comps:
            if classify(comp.name).role in _NO_ROLE:
                self.ledger.unknown(comp.name)
            role = comp_role(comp.name)
            if role == "shared":
                self.layers.shared(comp)
                continue
            for layer in comp.layers:
                self._layer(comp, layer, is_shared=role == "definitions")
        self._items()
        self._one_comp_scenes()
        self._seen()
        self.ledger.report_doubles()

    def _layer(self, comp: aep.Comp, layer: aep.Layer, *, is_shared: bool) -> None:
        meaning = self.layers.meaning(layer)
        if meaning.role == "plain" or self.layers.tells_direction(comp, meaning):
            return
        if meaning.role in _NO_ROLE:
            self.ledger.unknown(f"{comp.name}/{layer.name}")
        elif meaning.role == "color_slot":
            self.layers.color_slot(comp, layer, meaning)
        else:
            scene = meaning.scene or comp.name
            if self.layers.field(comp, layer, meaning, scene, meaning.key):
                self.scene_layers[scene.casefold()].append((comp, layer))
                if meaning.scene is not None:
                    self.scene_comps[meaning.scene.casefold()].add(comp.id)
                else:
                    facts = self.ledger.facts(scene)
                    facts.comp, facts.shared = comp.name, is_shared

    def _items(self) -> None:
        """File footage items that carry a name of the convention: no layer need carry it."""
        users: dict[int, list[tuple[aep.Comp, aep.Layer]]] = defaultdict(list)
        for comp in self.project.comps:
            for layer in comp.layers:
                users[layer.source_id].append((comp, layer))
        for item in self.project.footage:
            if item.name[:1] in "fF":
                self._item(item, users.get(item.id, []))

    def _item(self, item: aep.Footage, users: list[tuple[aep.Comp, aep.Layer]]) -> None:
        meaning = classify(item.name)
        if any(layer.own_name.casefold() == item.name.casefold() for _, layer in users):
            return  # the layer of that name is the field already
        shown = users[0][0].name if users else ""
        if meaning.role == "numbered_media" and meaning.scene is not None:
            self.scene_comps[meaning.scene.casefold()].update(comp.id for comp, _ in users)
            self.scene_layers[meaning.scene.casefold()].extend(users)
            self.ledger.add(meaning.scene, item_element(item, shown, meaning.key))
        elif meaning.role == "editable" and shown:
            self.ledger.add(shown, item_element(item, shown, meaning.key))
            self.ledger.facts(shown).comp = shown
        elif meaning.role not in {"plain", "color_slot"}:
            self.ledger.unknown(item.name)

    def _one_comp_scenes(self) -> None:
        """A scene whose fields all stand in one comp is that comp, and as long as it is."""
        by_id = {comp.id: comp for comp in self.project.comps}
        for scene, comps in self.scene_comps.items():
            if len(comps) == 1:
                comp = by_id[next(iter(comps))]
                facts = self.ledger.facts(scene)
                facts.comp = comp.name
                if comp_role(comp.name) != "final":
                    facts.duration_s = max(0.0, comp.duration_s)

    def _seen(self) -> None:
        """Note when each scene is seen in the final comp, where there is one."""
        if self.final is not None:
            spans = seen_spans(self.project, self.final, self.scene_layers)
            for scene, (start_s, end_s) in spans.items():
                facts = self.ledger.facts(scene)
                facts.seen_from_s, facts.seen_to_s = round(start_s, 6), round(end_s, 6)


def check_audio(ledger: Ledger) -> None:
    """Report a music visualizer that has no place for the client's music."""
    if not any(e.kind == "audio" for scene in ledger.scenes() for e in scene.elements):
        ledger.problem(
            "no_audio_field",
            "project",
            "no audio item or layer carries a name of the convention, so the picture cannot"
            " follow a client's music; name the audio item, such as frl_c1m1",
            error=True,
        )
