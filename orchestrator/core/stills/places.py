"""Where the picture of a scene is: the comp that shows it, and the frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from orchestrator.core.templates.final import choose_comp
from orchestrator.wire.base import Fps
from orchestrator.wire.scan import ScanComp, ScanResult, ScanScene

_ALMOST = Fraction(1, 1000)
"""Seconds are written with few digits: a frame that begins a moment later is still meant."""


class OutsideError(Exception):
    """Say that a scene is not shown at that time, or never; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Name one frame of a comp, from its first on."""

    comp: str
    frame: int


def place_of(
    scan: ScanResult, scene: ScanScene, at_s: float | None, comp: str | None = None
) -> Place:
    """Give the frame that shows a scene, `at_s` seconds after the scene's beginning.

    Scenes of modes fix and music_visualizer are parts of the final comp, or of `comp`; all others
    are comps of their own. Raises OutsideError, ChoiceNeeded (a person must name the comp).
    """
    part = scan.mode in ("fix", "music_visualizer")
    shown = choose_comp(scan, comp if part else scene.comp or scene.key)
    whole = Fraction(shown.frames, 1) / _rate(shown.fps)
    begin, end = Fraction(0), whole
    if part and shown.name == scan.final_comp and scene.seen_to_s is not None:
        begin = min(Fraction(scene.seen_from_s or 0.0), whole)
        end = min(Fraction(scene.seen_to_s), whole)
    length = end - begin
    if length <= 0:
        raise OutsideError(
            f"scene {scene.key} is not seen in the comp {shown.name}; name another comp"
        )
    at = length / 2 if at_s is None else Fraction(at_s)
    if at > length:
        raise OutsideError(
            f"scene {scene.key} has {float(length):g} s; {float(at):g} s lies outside"
        )
    return Place(shown.name, min(_frame(begin + at, shown), shown.frames - 1))


def _rate(fps: Fps) -> Fraction:
    return Fraction(fps.num, fps.den)


def _frame(time_s: Fraction, comp: ScanComp) -> int:
    return int((time_s + _ALMOST) * _rate(comp.fps))
