"""Checks where and how long an order's scenes play against what the template's mode allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from orchestrator.core.templates.lookup import Lookup
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import OrderScene, RenderOrder
from orchestrator.wire.scan import ScanResult, ScanScene

SAME_S = 0.05
"""Lengths that differ by less are the same: a frame may be as long."""


def length_problems(order: RenderOrder, scan: ScanResult) -> Iterator[FieldProblem]:
    """Yield what is wrong with an order's lengths and sequence, each with its place in it."""
    lookup = Lookup(scan)
    for number, ordered in enumerate(order.scenes):
        known = lookup.scene(ordered.key)
        if known is not None:
            yield from _length(ordered, known, scan, f"scenes[{number}].duration_s")
    if scan.mode in ASSEMBLED_MODES:
        yield from _assembled(order, scan)
    elif scan.mode != "free":
        yield from _sequence(order, lookup, scan)
    if order.duration_s is not None:
        yield from _whole(order, scan)


def _length(
    ordered: OrderScene, known: ScanScene, scan: ScanResult, place: str
) -> Iterator[FieldProblem]:
    asked, own = ordered.duration_s, known.duration_s
    if asked is None:
        return
    if scan.mode in ASSEMBLED_MODES and not known.shared:
        kept = (known.protected_in_s or 0.0) + (known.protected_out_s or 0.0)
        least, most = max(known.min_s or 0.0, kept), known.max_s
        if asked < least or asked == 0:
            yield _problem("scene_too_short", place, f"scene {known.key} lasts {least:g} s at"
                           f" least, not {asked:g} s")  # fmt: skip
        elif most is not None and asked > most:
            yield _problem("scene_too_long", place, f"scene {known.key} lasts {most:g} s at most,"
                           f" not {asked:g} s")  # fmt: skip
    elif own is None or abs(asked - own) > SAME_S:
        kept_length = "the template's" if own is None else f"{own:g} s"
        yield _problem("scene_duration_fixed", place, f"scene {known.key} keeps its length"
                       f" ({kept_length}) in mode {scan.mode}; leave it out")  # fmt: skip


def _assembled(order: RenderOrder, scan: ScanResult) -> Iterator[FieldProblem]:
    final = scan.final_comp
    if order.comp is not None and (final is None or order.comp.casefold() != final.casefold()):
        yield _problem("comp_fixed", "comp", f"in mode {scan.mode} the scenes are rendered, in the"
                       f" comp {final or 'flatrender'}; leave comp out, or scan the template in"
                       " mode free to render one comp")  # fmt: skip
    if all(scene.shared for scene in scan.scenes):
        yield _problem("no_scenes", "project_id", "the template has no scene to render; add a comp"
                       " named frc_, or with layers named frl_")  # fmt: skip


def _sequence(order: RenderOrder, lookup: Lookup, scan: ScanResult) -> Iterator[FieldProblem]:
    """Refuse scenes in another order than the template's; in mode free they have none."""
    placed = [
        (scene.order, known.order, number)
        for number, scene in enumerate(order.scenes)
        if scene.order is not None and (known := lookup.scene(scene.key)) is not None
    ]
    for (_, before, _), (_, after, number) in pairwise(sorted(placed)):
        if after < before:
            yield _problem("scene_order_fixed", f"scenes[{number}].order", "the scenes stay where"
                           f" the template has them in mode {scan.mode}; leave order out"
                           )  # fmt: skip


def _whole(order: RenderOrder, scan: ScanResult) -> Iterator[FieldProblem]:
    if scan.mode in ASSEMBLED_MODES:
        yield _problem("duration_fixed", "duration_s", "the video is as long as its scenes; give"
                       " them their lengths")  # fmt: skip
    elif scan.mode != "music_visualizer":
        yield _problem("duration_fixed", "duration_s", f"in mode {scan.mode} the video is as long"
                       " as the template; leave duration_s out, or ask for frames")  # fmt: skip
    elif order.duration_s == 0:
        yield _problem("too_short", "duration_s", "a video lasts longer than 0 s")


def _problem(code: str, place: str, message: str) -> FieldProblem:
    return FieldProblem(code=code, place=place, message=message)
