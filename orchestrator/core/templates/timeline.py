"""Lays ordered scenes out in time: which plays when, how long each lasts, how long the video is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from orchestrator.core.templates.final import choose_comp
from orchestrator.core.templates.lookup import Lookup
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import OrderScene, RenderOrder
from orchestrator.wire.scan import ScanComp, ScanResult, ScanScene

_HALF, _ALMOST = Fraction(1, 2), Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Shot:
    """Be one use of a scene: its place in the order's scenes, and its frames in the video."""

    number: int
    scene: ScanScene
    first: int
    frames: int

    @property
    def end(self) -> int:
        """Give the first frame after it."""
        return self.first + self.frames


def sequenced(order: RenderOrder, scan: ScanResult) -> RenderOrder:
    """Give the order with its scenes as they play; in other modes than the assembled ones, as is.

    Scenes play by their `order`, and by their place in the list where they have none. When none
    is ordered, all of the template's play once. What all scenes share stands behind them.
    """
    if scan.mode not in ASSEMBLED_MODES:
        return order
    lookup = Lookup(scan)
    known = [(scene, lookup.scene(scene.key)) for scene in order.scenes]
    shared = [scene for scene, found in known if found is None or found.shared]
    placed = [scene for scene, found in known if found is not None and not found.shared]
    numbered = enumerate(placed)
    playing = sorted(
        numbered, key=lambda one: (one[0] if one[1].order is None else one[1].order, one[0])
    )
    scenes = [scene for _, scene in playing]
    if not scenes:
        every = sorted(scan.scenes, key=lambda scene: scene.order)
        scenes = [OrderScene(key=scene.key) for scene in every if not scene.shared]
    return order.model_copy(update={"scenes": (*scenes, *shared)})


def shots(order: RenderOrder, scan: ScanResult) -> tuple[Shot, ...]:
    """Lay a sequenced order's scenes out; nothing in modes that keep the template's own times.

    A scene begins so long before the end of the one before it as that one's overlap says, and at
    least a frame after its start.
    """
    if scan.mode not in ASSEMBLED_MODES:
        return ()
    return tuple(_laid_out(order, scan, choose_comp(scan, order.comp).fps))


def _laid_out(order: RenderOrder, scan: ScanResult, fps: Fps) -> Iterator[Shot]:
    lookup = Lookup(scan)
    before: Shot | None = None
    for number, ordered in enumerate(order.scenes):
        scene = lookup.scene(ordered.key)
        if scene is None or scene.shared:
            continue
        length = scene.duration_s if ordered.duration_s is None else ordered.duration_s
        kept = (scene.protected_in_s or 0.0) + (scene.protected_out_s or 0.0)
        frames = max(1, frames_of(length or 0.0, fps), _frames_around(kept, fps))
        first = 0
        if before is not None:
            overlap = frames_of(before.scene.overlap_s or 0.0, fps)
            first = before.end - min(overlap, before.frames - 1, frames - 1)
        before = Shot(number, scene, first, frames)
        yield before


def rendered_comp(order: RenderOrder, scan: ScanResult) -> ScanComp:
    """Give the comp that a sequenced order renders, as long as the order makes it.

    Raises ChoiceNeeded as `choose_comp` does.
    """
    comp = choose_comp(scan, order.comp)
    frames = comp.frames
    if scan.mode in ASSEMBLED_MODES:
        frames = max((shot.end for shot in shots(order, scan)), default=frames)
    elif order.duration_s is not None:
        frames = max(1, frames_of(order.duration_s, comp.fps))
    if frames == comp.frames:
        return comp
    return comp.model_copy(update={"frames": frames, "duration_s": seconds_of(frames, comp.fps)})


def frames_of(seconds: float, fps: Fps) -> int:
    """Count the frames of a length, rounded to the nearest."""
    return int(Fraction(seconds) * Fraction(fps.num, fps.den) + _HALF)


def _frames_around(seconds: float, fps: Fps) -> int:
    """Count the frames that hold a length whole, but for a thousandth of a frame."""
    return ceil(Fraction(seconds) * Fraction(fps.num, fps.den) - _ALMOST)


def seconds_of(frames: int, fps: Fps) -> float:
    """Give the length of so many frames."""
    return float(frames * Fraction(fps.den, fps.num))
