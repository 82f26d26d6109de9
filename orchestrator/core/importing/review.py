"""What reviewed rows mean for orders: what may be ordered, its limits, and edited defaults."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from orchestrator.core.importing.found import fold_of, is_scene_color
from orchestrator.core.importing.rows import Kind, Row
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES, FILE_KINDS, BindControl
from orchestrator.wire.renders import FileRef, OrderColor, OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene


class Review:
    """Joins a template's scan with what people made of it; what has no row is as scanned."""

    def __init__(self, scan: ScanResult, rows: Collection[Row]) -> None:
        self.scan = scan
        self._rows: dict[tuple[str, object, str], Row] = {}
        self._by_id = {str(row.id): row for row in rows}
        # The same choice as the importer's: the same spelling, then a live row, then the id.
        for row in sorted(rows, key=lambda row: (row.deleted, row.id), reverse=True):
            self._rows[row.kind, row.parent, fold_of(scan, row.key)] = row
        self._exact = {(row.kind, row.parent, row.key): row for row in rows}

    def _row(self, kind: Kind, parent: Row | None, key: str) -> Row | None:
        holder = None if parent is None else parent.id
        folded = self._rows.get((kind, holder, fold_of(self.scan, key)))
        return self._exact.get((kind, holder, key), folded)

    def _child(self, scene: Row | None, element: ScanElement) -> Row | None:
        if scene is None:
            return None
        kind: Kind = "scene_color" if is_scene_color(element) else "element"
        return self._row(kind, scene, element.key)

    def of_scene(self, key: str) -> Row | None:
        """Give the row of a scene, None for one that was not imported."""
        return self._row("scene", None, key)

    def of_field(self, scene: Row | None, element: ScanElement) -> Row | None:
        """Give the row of a field, or of a scene's colour."""
        return self._child(scene, element)

    def orderable(self) -> ScanResult:
        """Give the scan as orders are checked against it: nothing deleted, people's values."""
        if not self._rows:
            return self.scan
        scenes = [
            self._scene(scene, row)
            for scene in self.scan.scenes
            if not _gone(row := self._row("scene", None, scene.key))
        ]
        colors = self.scan.shared_colors
        controls = self.scan.controls
        return self.scan.model_copy(
            update={
                "scenes": tuple(scenes),
                "shared_colors": tuple(
                    c for c in colors if not _gone(self._row("shared_color", None, c.key))
                ),
                "controls": tuple(
                    c for c in controls if not _gone(self._row("control", None, c.key))
                ),
            }
        )

    def _scene(self, scene: ScanScene, row: Row | None) -> ScanScene:
        if row is None:
            return scene
        elements = [
            _element(element, child)
            for element in scene.elements
            if not _gone(child := self._child(row, element))
        ]
        names = {"title", "comp", "min_s", "max_s", "overlap_s", "duration_s"} & row.edited
        mine = {name: row.fields[name] for name in names}
        if "position" in row.edited and self.scan.mode in ASSEMBLED_MODES:
            mine["order"] = row.fields["position"]
        # Most fields are as scanned, and a copy of each of thousands takes its time.
        if not mine and elements == list(scene.elements):
            return scene
        return scene.model_copy(update={**mine, "elements": tuple(elements)})

    def problems(self, order: RenderOrder) -> tuple[FieldProblem, ...]:
        """List values that people's limits forbid: texts too long, options that are not there."""
        scenes = {fold_of(self.scan, scene.key): scene for scene in self.scan.scenes}
        found = []
        for number, ordered in enumerate(order.scenes):
            scene = scenes.get(fold_of(self.scan, ordered.key))
            parent = None if scene is None else self._row("scene", None, scene.key)
            for index, value in enumerate(ordered.values):
                row = None if parent is None else self._row("element", parent, value.key)
                message = None if row is None or row.deleted else _over(row, value)
                if message is not None:
                    place = f"scenes[{number}].values[{index}].value"
                    found.append(FieldProblem(code=message[0], place=place, message=message[1]))
        return tuple(found)

    def completed(self, order: RenderOrder) -> RenderOrder:
        """Add the defaults that people edited: what an order leaves out is theirs, not the file's.

        The order must be one that can be bound.
        """
        if not self._rows:
            return order
        if self.scan.mode in ASSEMBLED_MODES:
            scenes = self._played(order)
        else:
            given = {fold_of(self.scan, scene.key): scene for scene in order.scenes}
            scenes = self._completed(self.scan.scenes, given, order)
            scenes += given.values()
        return order.model_copy(
            update={
                "scenes": tuple(scenes),
                "colors": (*order.colors, *self._colors(order)),
                "controls": (*order.controls, *self._controls(order)),
            }
        )

    def _completed(
        self, scenes: Iterable[ScanScene], given: dict[str, OrderScene], order: RenderOrder
    ) -> list[OrderScene]:
        """Fill up scenes, and take what is ordered of them out of `given`."""
        found = []
        for scene in scenes:
            ordered = given.pop(fold_of(self.scan, scene.key), None)
            row = self._row("scene", None, scene.key)
            if row is not None and not row.deleted:
                ordered = self._filled(scene, row, ordered, order)
            if ordered is not None:
                found.append(ordered)
        return found

    def _played(self, order: RenderOrder) -> list[OrderScene]:
        """Fill up each scene where it plays, then those that all share, ordered or not."""
        known = {fold_of(self.scan, scene.key): scene for scene in self.scan.scenes}
        played: list[OrderScene] = []
        rest: dict[str, OrderScene] = {}
        for ordered in order.scenes:
            fold = fold_of(self.scan, ordered.key)
            scene = known.get(fold)
            if scene is None or scene.shared:
                rest[fold] = ordered
            else:
                played += self._completed((scene,), {fold: ordered}, order)
        shared = (scene for scene in self.scan.scenes if scene.shared)
        return [*played, *self._completed(shared, rest, order), *rest.values()]

    def _filled(
        self, scene: ScanScene, row: Row, ordered: OrderScene | None, order: RenderOrder
    ) -> OrderScene | None:
        values = () if ordered is None else tuple(self._directed(row, v) for v in ordered.values)
        known = {fold_of(self.scan, value.key) for value in values}
        more = tuple(
            OrderValue(key=element.key, value=default)
            for element in scene.elements
            if fold_of(self.scan, element.key) not in known
            and (default := self._default(row, element, order)) is not None
        )
        changed: dict[str, Any] = {"values": (*values, *more)}
        if ordered is None:
            return OrderScene(key=scene.key, values=more) if more else None
        if ordered.duration_s is None and self.scan.mode in ASSEMBLED_MODES:
            changed["duration_s"] = row.fields["duration_s"] if "duration_s" in row.edited else None
        return ordered.model_copy(update=changed)

    def _directed(self, scene: Row, value: OrderValue) -> OrderValue:
        row = self._row("element", scene, value.key)
        if row is None or value.direction is not None or "direction" not in row.edited:
            return value
        return value.model_copy(update={"direction": row.fields["direction"]})

    def _default(self, scene: Row, element: ScanElement, order: RenderOrder) -> str | None:
        row = self._child(scene, element)
        if row is None or row.deleted:
            return None
        if row.kind == "scene_color":
            shared = self._by_id.get(row.fields["shared_color_id"] or "")
            if shared is not None and not shared.deleted:
                wanted = {color.key.casefold(): color.value for color in order.colors}
                return wanted.get(shared.key.casefold(), str(shared.fields["value"]))
            return str(row.fields["value"]) if "value" in row.edited else None
        mine = "default_value" in row.edited and element.kind not in FILE_KINDS
        return row.fields["default_value"] if mine else None

    def _colors(self, order: RenderOrder) -> Iterator[OrderColor]:
        known = {color.key.casefold() for color in order.colors}
        for color in self.scan.shared_colors:
            row = self._row("shared_color", None, color.key)
            if row is not None and _mine(row) and color.key.casefold() not in known:
                yield OrderColor(key=color.key, value=row.fields["value"])

    def _controls(self, order: RenderOrder) -> Iterator[BindControl]:
        known = {control.key.casefold() for control in order.controls}
        for control in self.scan.controls:
            row = self._row("control", None, control.key)
            if row is not None and _mine(row) and control.key.casefold() not in known:
                yield BindControl(key=control.key, value=row.fields["value"])


def _gone(row: Row | None) -> bool:
    return row is not None and row.deleted


def _mine(row: Row) -> bool:
    return not row.deleted and "value" in row.edited


def _element(element: ScanElement, row: Row | None) -> ScanElement:
    if row is None or row.kind != "element":
        return element
    fields = row.fields
    names = {"kind", "required"} & row.edited
    mine: dict[str, Any] = {name: fields[name] for name in names}
    if "default_value" in row.edited:
        mine["default"] = fields["default_value"]
    return element.model_copy(update=mine) if mine else element


def _over(row: Row, value: OrderValue) -> tuple[str, str] | None:
    given, most, options = value.value, row.fields["length_max"], row.fields["options"]
    if isinstance(given, FileRef):
        return None
    if most is not None and isinstance(given, str) and len(given) > most:
        return "too_long", f"{row.key} takes {most} characters; this text has {len(given)}"
    dropdown = row.fields["kind"] == "dropdown" and bool(options) and str(given).isdecimal()
    if dropdown and not 1 <= int(str(given)[:9]) <= len(options):
        many = len(options)
        return "unknown_option", f"{row.key} has {many} options; write a number from 1 to {many}"
    return None
