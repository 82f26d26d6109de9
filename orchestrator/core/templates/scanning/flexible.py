"""Scans modes flexible and mockup: a scene is a comp, its fields the named layers inside it.

Ours, until the owner says otherwise: scenes are the outermost comps that are containers (`frc_`)
or hold named layers; what the comps nested in a scene hold belongs to that scene, because each
use of a scene is a deep copy with its own nested comps.
"""

from __future__ import annotations

import re
from collections import defaultdict

from orchestrator import aep
from orchestrator.core.templates.scanning.elements import Sources
from orchestrator.core.templates.scanning.expressions.names import check_names
from orchestrator.core.templates.scanning.graph import Nesting
from orchestrator.core.templates.scanning.ledger import Facts, Ledger
from orchestrator.core.templates.scanning.named import NamedLayers
from orchestrator.wire.convention import MARKERS, SCENE_LENGTHS, Meaning, classify, comp_role

_FIELDS = frozenset({"numbered_text", "numbered_media", "editable", "data"})
MAX_VISITS = 300_000
"""Layers looked at, each as often as scenes hold it: what a real template never comes near."""
_SECONDS = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


class FlexibleScan:
    """Finds the scenes of a template and files what each of them holds."""

    def __init__(self, project: aep.Project, by_id: Sources, ledger: Ledger) -> None:
        self.project = project
        self.by_id = by_id
        self.ledger = ledger
        self.layers = NamedLayers(project, by_id, ledger)
        self.own = tuple(comp for comp in project.comps if comp_role(comp.name) is None)
        self.nesting = Nesting(self.own)
        self.seen: set[tuple[int, int]] = set()
        self.folders = {folder.id: folder for folder in project.folders}
        self.definitions = {
            key
            for comp in project.comps
            if comp_role(comp.name) == "definitions"
            for layer in comp.layers
            for key in (classify(layer.own_name).key.casefold(), layer.own_name.casefold())
        }

    def run(self) -> None:
        """File the scenes in the file's order, then what all scenes share."""
        scenes = self.scenes()
        self._check_names(scenes)
        visits = 0
        uses: list[tuple[aep.Comp, ...]] = []
        for scene in scenes:
            inside = self.nesting.inside([scene])
            visits += sum(1 + len(comp.layers) for comp in inside)
            if visits > MAX_VISITS:
                message = (
                    f"the scenes hold more than {MAX_VISITS} layers; only the first are offered"
                )
                self.ledger.problem("too_many_layers", scene.name, message, error=True)
                break
            uses.append(inside)
            self._scene(scene, inside)
        for comp in self.project.comps:
            role = comp_role(comp.name)
            if role == "shared":
                self.layers.shared(comp)
            elif role is not None:
                self._shared_scene(comp)
        for item in self.project.footage:
            if classify(item.name).role != "plain":
                self.ledger.unknown(item.name)
        self.ledger.report_doubles()
        check_names(self.project, uses, self.ledger)

    def scenes(self) -> tuple[aep.Comp, ...]:
        """List the comps that are scenes: those that no other candidate holds."""
        candidates = [comp for comp in self.own if self._is_candidate(comp)]
        nested = [child for comp in candidates for child in self.nesting.children(comp)]
        held = {comp.id for comp in self.nesting.inside(nested)}
        return tuple(comp for comp in candidates if comp.id not in held)

    def _is_candidate(self, comp: aep.Comp) -> bool:
        return classify(comp.name).role == "container" or any(
            self.layers.meaning(layer).role in _FIELDS for layer in comp.layers
        )

    def _check_names(self, scenes: tuple[aep.Comp, ...]) -> None:
        by_name: dict[str, list[aep.Comp]] = defaultdict(list)
        for scene in scenes:
            by_name[scene.name.casefold()].append(scene)
        for same in by_name.values():
            if len(same) > 1:
                places = " and ".join(self._path(scene) for scene in same[:5])
                self.ledger.problem(
                    "duplicate_scene",
                    same[0].name,
                    f"{len(same)} scenes have the name {same[0].name!r} ({places}); rename all but"
                    " one, a scene's key is its comp's name",
                    error=True,
                )

    def _path(self, comp: aep.Comp) -> str:
        """Write where a comp is in the project panel, by the names of a few folders around it."""
        parts, folder = [comp.name], self.folders.get(comp.folder_id)
        while folder is not None and len(parts) < 8:
            parts.insert(0, folder.name)
            folder = self.folders.get(folder.folder_id)
        return "/".join(parts)

    def _scene(self, scene: aep.Comp, inside: tuple[aep.Comp, ...]) -> None:
        facts = self.ledger.facts(scene.name)
        facts.comp, facts.keep, facts.duration_s = scene.name, True, max(0.0, scene.duration_s)
        for comp in inside:
            for layer in comp.layers:
                self._layer(comp, layer, scene.name, facts)
        self._markers(scene, facts)
        self._check_lengths(scene, facts)

    def _shared_scene(self, comp: aep.Comp) -> None:
        """File what stands beside the scenes: definitions, and layers of the final comp."""
        for layer in comp.layers:
            self._layer(comp, layer, comp.name, None)
        facts = self.ledger.facts(comp.name)
        facts.comp, facts.shared = comp.name, True

    def _layer(self, comp: aep.Comp, layer: aep.Layer, scene: str, facts: Facts | None) -> None:
        meaning, place = self.layers.meaning(layer), f"{comp.name}/{layer.name}"
        if meaning.role == "plain" or self.layers.tells_direction(comp, meaning):
            return
        # A comp that several scenes hold is looked at for each; what all share is told once.
        again = (comp.id, layer.index) in self.seen
        self.seen.add((comp.id, layer.index))
        if again and meaning.role not in _FIELDS:
            return
        if meaning.role == "color_slot":
            self.layers.color_slot(comp, layer, meaning)
        elif meaning.role == "shared_reference" and facts is not None:
            self._check_reference(meaning, place)
        elif meaning.role == "container" and isinstance(self.by_id.get(layer.source_id), aep.Comp):
            return  # what the container holds is filed with its comp
        elif meaning.role not in _FIELDS:
            self.ledger.unknown(place)
        elif facts is not None and meaning.role == "data" and meaning.key.lower() in SCENE_LENGTHS:
            self._length(layer, meaning.key.lower(), facts, place)
        else:
            key = f"{meaning.scene or ''}{meaning.key}"
            self.layers.field(comp, layer, self._unnumbered(meaning), scene, key)

    def _unnumbered(self, meaning: Meaning) -> Meaning:
        """Take a number in a name as part of the key: here scenes come from comps."""
        return meaning if meaning.scene is None else Meaning("editable", meaning.key)

    def _check_reference(self, meaning: Meaning, place: str) -> None:
        if meaning.key.casefold() not in self.definitions:
            self.ledger.problem(
                "shared_missing",
                place,
                f"the layer refers to the shared layer {meaning.key!r}, and no layer of the comp"
                f" `all` has that name; add frl_{meaning.key} there or rename the reference",
                error=True,
            )

    def _length(self, layer: aep.Layer, key: str, facts: Facts, place: str) -> None:
        """Read one of the lengths that a scene says of itself."""
        text = layer.text.text.strip() if layer.text is not None else ""
        sliders = [c.values[0] for e in layer.effects for c in e.controls if c.kind == "number"]
        if _SECONDS.fullmatch(text):
            setattr(facts, key, float(text))
        elif layer.text is None and sliders and 0 <= sliders[0] < 1_000_000:
            setattr(facts, key, sliders[0])
        else:
            self.ledger.problem(
                "not_a_length",
                place,
                f"the value {text[:100]!r} is no length; write seconds, as 2.5",
            )

    def _markers(self, scene: aep.Comp, facts: Facts) -> None:
        """Read the protected parts: the comp's own markers first, then its layers' from the top."""
        times: dict[str, float] = {}
        for marker in scene.markers:
            times.setdefault(marker.comment.strip().casefold(), marker.time_s)
        for layer in scene.layers:
            for marker in layer.markers:
                at = layer.start_s + marker.time_s * layer.stretch
                times.setdefault(marker.comment.strip().casefold(), at)
        length = facts.duration_s or 0.0
        begin, end = (
            min(max(times[name], 0.0), length) if name in times else None for name in MARKERS
        )
        if begin is not None and end is not None and begin > end:
            self.ledger.problem(
                "markers_crossed",
                scene.name,
                f"the marker fr_in ({begin:g} s) stands after fr_out ({end:g} s); swap them",
                error=True,
            )
            return
        facts.protected_in_s = None if begin is None else round(begin, 6)
        facts.protected_out_s = None if end is None else round(length - end, 6)

    def _check_lengths(self, scene: aep.Comp, facts: Facts) -> None:
        kept = (facts.protected_in_s or 0.0) + (facts.protected_out_s or 0.0)
        least, most = facts.min_s, facts.max_s
        wrong = None
        if least is not None and most is not None and least > most:
            wrong = f"its shortest length ({least:g} s) is above its longest ({most:g} s)"
        elif most is not None and most < kept:
            wrong = f"its longest length ({most:g} s) is below its protected parts ({kept:g} s)"
        if wrong is not None:
            message = f"the scene cannot have any length: {wrong}; change one of them"
            self.ledger.problem("lengths_crossed", scene.name, message, error=True)
            facts.min_s = facts.max_s = None
        elif least is None and kept > 0:
            facts.min_s = round(kept, 6)
