"""Builds the bind spec from an order that was checked: keys as the scan spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from orchestrator.core.templates.final import choose_comp
from orchestrator.core.templates.given import bind_value
from orchestrator.core.templates.lookup import Lookup
from orchestrator.core.templates.timeline import Shot, rendered_comp, seconds_of, shots
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import (
    BindColor,
    BindControl,
    BindScene,
    BindSpec,
)
from orchestrator.wire.media.sound import BindAudio, OrderTrack, Track
from orchestrator.wire.renders import FileRef, OrderScene, RenderOrder
from orchestrator.wire.scan import ScanResult, ScanScene

_T = TypeVar("_T")


def bind_spec(
    order: RenderOrder,
    scan: ScanResult,
    media: Mapping[UUID, str],
    offered: ScanResult | None = None,
) -> BindSpec:
    """Build the spec; `media` says where each file of the order lies inside the job folder.

    The order must have passed `check_order` and be `sequenced`: a key that the scan lacks raises
    KeyError. `offered` is the reviewed scan, whose lengths of scenes hold.
    """
    lookup = Lookup(scan)
    own, comp = choose_comp(scan, order.comp), rendered_comp(order, offered or scan)
    placed = {shot.number: (shot, comp.fps) for shot in shots(order, offered or scan)}
    return BindSpec(
        mode=scan.mode,
        comp=comp.name,
        duration_s=comp.duration_s if placed or comp.frames != own.frames else None,
        fps=order.output.fps,
        width=order.output.width,
        height=order.output.height,
        scenes=tuple(
            _timed(
                _scene(scene, _known(lookup.scene(scene.key), scene.key), lookup, media),
                *placed.get(number, (None, comp.fps)),
            )
            for number, scene in enumerate(order.scenes)
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
            bind_value(value, _known(lookup.element(known.key, value.key), value.key), media)
            for value in scene.values
        ),
    )


def _timed(scene: BindScene, shot: Shot | None, fps: Fps) -> BindScene:
    """Tell a scene that is laid out when it plays, and which ends of it are not stretched."""
    if shot is None:
        return scene
    return scene.model_copy(
        update={
            "order": shot.number,
            "start_s": seconds_of(shot.first, fps),
            "duration_s": seconds_of(shot.frames, fps),
            "protected_in_s": shot.scene.protected_in_s or 0.0,
            "protected_out_s": shot.scene.protected_out_s or 0.0,
        }
    )


def _track(track: OrderTrack | None, media: Mapping[UUID, str]) -> Track | None:
    if track is None:
        return None
    mixed = track.model_dump(exclude={"file_id"})
    return Track(path=media[track.file_id], **mixed)
