"""Builds the bind spec from an order that was checked: keys as the scan spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from orchestrator.core.templates.final import choose_comp
from orchestrator.core.templates.lookup import Lookup
from orchestrator.wire.bind import (
    BindColor,
    BindControl,
    BindScene,
    BindSpec,
    BindValue,
)
from orchestrator.wire.media.sound import BindAudio, OrderTrack, Track
from orchestrator.wire.renders import FileRef, OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene

_T = TypeVar("_T")


def bind_spec(order: RenderOrder, scan: ScanResult, media: Mapping[UUID, str]) -> BindSpec:
    """Build the spec; `media` says where each file of the order lies inside the job folder.

    The order must have passed `check_order`: a key that the scan lacks raises KeyError.
    """
    lookup = Lookup(scan)
    return BindSpec(
        mode=scan.mode,
        comp=choose_comp(scan, order.comp).name,
        fps=order.output.fps,
        width=order.output.width,
        height=order.output.height,
        scenes=tuple(
            _scene(scene, _known(lookup.scene(scene.key), scene.key), lookup, media)
            for scene in order.scenes
        ),
        colors=tuple(
            BindColor(key=_known(lookup.color(color.key), color.key), value=color.value)
            for color in order.colors
        ),
        controls=tuple(
            BindControl(key=_known(lookup.control(control.key), control.key), value=control.value)
            for control in order.controls
        ),
        audio=BindAudio(
            music=_track(order.audio.music, media),
            sfx=_track(order.audio.sfx, media),
            voiceover=_track(order.audio.voiceover, media),
            template_volume=order.audio.template_volume,
            loudness_lufs=order.audio.loudness_lufs,
        ),
    )


def files_of(order: RenderOrder) -> tuple[UUID, ...]:
    """List the files that an order names, each once, in its order."""
    values = (value.value for scene in order.scenes for value in scene.values)
    tracks = (order.audio.music, order.audio.sfx, order.audio.voiceover)
    found = [value.file_id for value in values if isinstance(value, FileRef)]
    found += [track.file_id for track in tracks if track is not None]
    return tuple(dict.fromkeys(found))


def _known(found: _T | None, key: str) -> _T:
    if found is None:
        raise KeyError(key)
    return found


def _scene(
    scene: OrderScene, known: ScanScene, lookup: Lookup, media: Mapping[UUID, str]
) -> BindScene:
    return BindScene(
        key=known.key,
        order=known.order if scene.order is None else scene.order,
        duration_s=scene.duration_s,
        values=tuple(
            _value(value, _known(lookup.element(known.key, value.key), value.key), media)
            for value in scene.values
        ),
    )


def _value(value: OrderValue, element: ScanElement, media: Mapping[UUID, str]) -> BindValue:
    given = value.value
    if isinstance(given, FileRef):
        text = media[given.file_id]
    elif isinstance(given, bool):
        text = "true" if given else "false"
    elif isinstance(given, float):
        text = f"{given:.10g}"
    else:
        text = str(given)
    return BindValue(
        key=element.key,
        kind=element.kind,
        value=text,
        font=value.font,
        size=value.size,
        justify=value.justify,
        direction=value.direction,
    )


def _track(track: OrderTrack | None, media: Mapping[UUID, str]) -> Track | None:
    if track is None:
        return None
    mixed = track.model_dump(exclude={"file_id"})
    return Track(path=media[track.file_id], **mixed)
