"""Finds scenes, fields, colours and controls of a scan by key; case matters only in mode free."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene

_SHOWN = 30


class Lookup:
    """Indexes one scan for the keys of one order."""

    def __init__(self, scan: ScanResult) -> None:
        self._exact = scan.mode == "free"
        self._scenes = {self._fold(scene.key): scene for scene in scan.scenes}
        self._elements = {
            (scene.key, self._fold(element.key)): element
            for scene in scan.scenes
            for element in scene.elements
        }
        self._colors = {color.key.casefold(): color.key for color in scan.shared_colors}
        self._controls = {control.key.casefold(): control.key for control in scan.controls}
        self._addresses = {
            f"{scene.key}/{element.key}"
            for scene in scan.scenes
            for element in scene.elements
            if self._exact and element.kind == "color"
        }
        self._ambiguous = {
            problem.place: problem.message
            for problem in scan.problems
            if problem.code == "address_ambiguous"
        }

    def _fold(self, key: str) -> str:
        return key if self._exact else key.casefold()

    def scene(self, key: str) -> ScanScene | None:
        """Find a scene."""
        return self._scenes.get(self._fold(key))

    def element(self, scene: str, key: str) -> ScanElement | None:
        """Find a field of a scene, which is named as the scan spells it."""
        return self._elements.get((scene, self._fold(key)))

    def color(self, key: str) -> str | None:
        """Find a shared colour's key as the scan spells it, or a whole address in mode free."""
        return key if key in self._addresses else self._colors.get(key.casefold())

    def control(self, key: str) -> str | None:
        """Find a control's key as the scan spells it."""
        return self._controls.get(key.casefold())

    def ambiguity(self, scene: str, key: str) -> str | None:
        """Say why an address of mode free means more than one thing; None when it does not."""
        return self._ambiguous.get(f"{scene}/{key}")

    def listed_scenes(self) -> str:
        """List the scenes for a person."""
        return _listed(scene.key for scene in self._scenes.values())

    def listed_keys(self, scene: str) -> str:
        """List the fields of a scene for a person."""
        return _listed(e.key for (name, _), e in self._elements.items() if name == scene)

    def listed_colors(self) -> str:
        """List the colours for a person."""
        return _listed([*self._colors.values(), *sorted(self._addresses)])


def _listed(keys: Iterable[str]) -> str:
    every = list(keys)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return (", ".join(every[:_SHOWN]) or "none") + more
