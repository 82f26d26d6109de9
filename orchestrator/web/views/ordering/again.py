"""Fill an order form with what a render was ordered with."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.importing.found import fold_of
from orchestrator.usecases.renders.offer import Offer
from orchestrator.web.views.ordering.draft import (
    LOOKS,
    TRACKS,
    Draft,
    Use,
    length_name,
    look_name,
    played,
    value_name,
)
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import FileRef, OrderScene, RenderOrder
from orchestrator.wire.scan import ScanResult, ScanScene

LOST_SHOWN = 20


def drafted(order: RenderOrder, offer: Offer) -> tuple[Draft, tuple[str, ...]]:
    """Give the form of an order, and the keys of what the template has no more.

    A deadline is left out: it lay in the past of the new order.
    """
    filler = _Filler(order, offer.scan)
    filler.fill()
    return Draft(tuple(filler.uses), filler.texts), tuple(filler.lost[:LOST_SHOWN])


class _Filler:
    def __init__(self, order: RenderOrder, scan: ScanResult) -> None:
        self.order = order
        self.scan = scan
        self.uses: list[Use] = []
        self.texts: dict[str, str] = {}
        self.lost: list[str] = []

    def fill(self) -> None:
        """Write down everything that the order says."""
        for given, scene in self._sequence():
            use = Use(len(self.uses), scene.key)
            self.uses.append(use)
            if given is not None:
                self._scene(use, scene, given)
        self._shared()
        self._sound()
        self._video()

    def _sequence(self) -> Iterator[tuple[OrderScene | None, ScanScene]]:
        """Give each scene with what was ordered of it: as it played, or as the template has it."""
        known = {fold_of(self.scan, scene.key): scene for scene in self.scan.scenes}
        given: dict[str, list[OrderScene]] = {}
        for one in self.order.scenes:
            fold = fold_of(self.scan, one.key)
            if fold in known:
                given.setdefault(fold, []).append(one)
            else:
                self.lost.append(one.key)
        assembled = self.scan.mode in ASSEMBLED_MODES
        playing = [one for one in self.order.scenes if fold_of(self.scan, one.key) in known]
        if assembled and playing:
            for one in playing:
                scene = known[fold_of(self.scan, one.key)]
                if not scene.shared:
                    yield one, scene
        for scene in played(self.scan):
            if assembled and playing and not scene.shared:
                continue
            yield _joined(given.get(fold_of(self.scan, scene.key), [])), scene

    def _scene(self, use: Use, scene: ScanScene, given: OrderScene) -> None:
        elements = {fold_of(self.scan, one.key): one for one in scene.elements}
        if given.duration_s is not None:
            self.texts[length_name(use.number)] = f"{round(given.duration_s, 3):g}"
        for value in given.values:
            element = elements.get(fold_of(self.scan, value.key))
            if element is None:
                self.lost.append(f"{given.key} / {value.key}")
                continue
            self.texts[value_name(use.number, element.key)] = spelled(value.value)
            for what in LOOKS:
                look = getattr(value, what)
                if look is not None:
                    self.texts[look_name(what, use.number, element.key)] = spelled(look)

    def _shared(self) -> None:
        colors = {one.key.casefold(): one.key for one in self.scan.shared_colors}
        controls = {one.key.casefold(): one.key for one in self.scan.controls}
        addresses = self._addresses()
        for color in self.order.colors:
            if color.key in addresses:
                self.texts[addresses[color.key]] = color.value.lower()
            elif color.key.casefold() in colors:
                self.texts[f"color.{colors[color.key.casefold()]}"] = color.value.lower()
            else:
                self.lost.append(color.key)
        for control in self.order.controls:
            if control.key.casefold() in controls:
                self.texts[f"control.{controls[control.key.casefold()]}"] = str(control.value)
            else:
                self.lost.append(control.key)

    def _addresses(self) -> dict[str, str]:
        """Give the inputs of mode free's colours, which orders may name by their whole address."""
        if self.scan.mode != "free":
            return {}
        numbers = {use.key: use.number for use in self.uses}
        return {
            f"{scene.key}/{one.key}": value_name(numbers[scene.key], one.key)
            for scene in self.scan.scenes
            for one in scene.elements
            if one.kind == "color" and scene.key in numbers
        }

    def _sound(self) -> None:
        audio = self.order.audio
        for name in TRACKS:
            track = getattr(audio, name)
            if track is not None:
                given = track.model_dump(mode="json", exclude_none=True)
                self.texts |= {f"audio.{name}.{part}": spelled(one) for part, one in given.items()}
        self.texts["audio.template_volume"] = spelled(audio.template_volume)
        if audio.loudness_lufs is not None:
            self.texts["audio.loudness_lufs"] = spelled(audio.loudness_lufs)

    def _video(self) -> None:
        order = self.order
        for name, given in order.output:
            if isinstance(given, Fps):
                rate = f"{given.num}/{given.den}" if given.den != 1 else str(given.num)
                self.texts["output.fps"] = rate
            elif given is not None:
                self.texts[f"output.{name}"] = spelled(given)
        for name in ("engine", "plan", "comp", "frames", "duration_s", "priority"):
            given = getattr(order, name)
            if given is not None:
                self.texts[name] = spelled(given)


def spelled(value: object) -> str:
    """Write a value as its input holds it."""
    if isinstance(value, FileRef):
        return str(value.file_id)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def _joined(given: list[OrderScene]) -> OrderScene | None:
    """Put what was ordered of one scene in several pieces together."""
    if not given:
        return None
    values = tuple(value for one in given for value in one.values)
    return given[0].model_copy(update={"values": values})
