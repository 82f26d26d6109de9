"""How large a client's pictures and videos need to be: twice the largest place that shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from orchestrator.core.templates.lookup import Lookup
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import MediaFit
from orchestrator.wire.media.safe import MediaRule, VideoForm
from orchestrator.wire.renders import FileRef, RenderOrder
from orchestrator.wire.scan import Box, ScanResult

TIMES = 2
"""Templates zoom in; more than twice the place is only slower to open and to draw."""
VIDEO_FORMS: Mapping[str, VideoForm] = MappingProxyType(
    {
        "video/mp4": "mov",
        "video/x-matroska": "matroska",
        "video/x-msvideo": "avi",
        "video/mpeg": "mpeg",
    }
)
"""What ffmpeg calls the reader of each type of video that is taken."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Describe a file of the client's: its path in the job folder, its type, its upright size."""

    path: str
    content_type: str
    width: int
    height: int


def media_rules(
    order: RenderOrder, scan: ScanResult, files: Mapping[UUID, Seen], fps: Fps
) -> tuple[MediaRule, ...]:
    """Give a rule for each picture and video of an order; `fps` is the rate that is rendered."""
    sizes: dict[UUID, list[tuple[int, int]]] = {}
    for file_id, box, fit in _places(order, scan):
        if file_id in files:
            sizes.setdefault(file_id, []).append(_needed(files[file_id], box, fit))
    return tuple(_rule(files[file_id], needed, fps) for file_id, needed in sizes.items())


def _places(order: RenderOrder, scan: ScanResult) -> Iterator[tuple[UUID, Box | None, MediaFit]]:
    lookup = Lookup(scan)
    for scene in order.scenes:
        known = lookup.scene(scene.key)
        for value in scene.values:
            if known is None or not isinstance(value.value, FileRef):
                continue
            element = lookup.element(known.key, value.key)
            if element is not None and element.kind == "media":
                yield value.value.file_id, element.box, value.fit or "contain"


def _needed(seen: Seen, box: Box | None, fit: MediaFit) -> tuple[int, int]:
    """Give the size at which a file is still sharp in twice its place; its own at the most."""
    if box is None or fit == "none" or not (seen.width and seen.height):
        return seen.width, seen.height
    across = TIMES * box.width / seen.width
    down = TIMES * box.height / seen.height
    factor = min(1.0, min(across, down) if fit == "contain" else max(across, down))
    return max(1, math.ceil(seen.width * factor)), max(1, math.ceil(seen.height * factor))


def _rule(seen: Seen, needed: list[tuple[int, int]], fps: Fps) -> MediaRule:
    width, height = max(needed)
    bounded = bool(seen.width and seen.height)
    form = VIDEO_FORMS.get(seen.content_type)
    return MediaRule(
        path=seen.path,
        kind="image" if form is None else "video",
        width_max=width if bounded else None,
        height_max=height if bounded else None,
        form=form,
        fps=None if form is None else fps,
    )
