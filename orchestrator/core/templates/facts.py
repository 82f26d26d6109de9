"""Turns the facts that After Effects told into the project that a reader of files would give."""

from __future__ import annotations

import re
from fractions import Fraction

from orchestrator import aep
from orchestrator.aep.comps import frame_rate
from orchestrator.wire.content.facts import (
    FactComp,
    FactEffect,
    FactFootage,
    FactLayer,
    FactMarker,
    FactText,
    ScanFacts,
)

MAX_TEXT = 100_000
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.\d{1,4})*(?:x(\d{1,5}))?")
_FRAME = re.compile(r"[\d#]+(?=\.[^./\\]*$)")


def project_of(facts: ScanFacts, saved_by: aep.Version | None = None) -> aep.Project:
    """Give the project that was told of; the facts must hold one."""
    project = facts.project
    if project is None:
        raise ValueError("the facts hold no project")
    return aep.Project(
        version=saved_by or _version(facts.engine_version),
        bits_per_channel=project.bits_per_channel,
        working_space=project.working_space,
        linear_blending=project.linear_blending,
        folders=(),
        footage=tuple(_footage(item) for item in project.footage),
        comps=tuple(_comp(comp) for comp in project.comps),
    )


def _version(told: str) -> aep.Version:
    match = _VERSION.match(told)
    major, minor, build = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return aep.Version(major, minor, build, 0)


def _footage(item: FactFootage) -> aep.Footage:
    return aep.Footage(
        id=item.id,
        name=item.name,
        folder_id=0,
        kind=item.kind,
        format="",
        path=_FRAME.sub("", item.path) if item.kind == "sequence" else item.path,
        width=item.width,
        height=item.height,
        duration_s=item.duration_s,
        color=item.color,
        missing=item.missing,
    )


def _comp(comp: FactComp) -> aep.Comp:
    raw_rate = round(comp.frame_rate * 65536)
    return aep.Comp(
        id=comp.id,
        name=comp.name,
        folder_id=0,
        width=comp.width,
        height=comp.height,
        fps=frame_rate(raw_rate),
        pixel_aspect=Fraction(comp.pixel_aspect).limit_denominator(10_000),
        duration_s=comp.duration_s,
        frames=round(comp.duration_s * comp.frame_rate),
        work_start_s=0.0,
        work_end_s=comp.duration_s,
        display_start_s=comp.display_start_s,
        background=(0, 0, 0),
        layers=tuple(_layer(layer, index) for index, layer in enumerate(comp.layers, start=1)),
        markers=_markers(comp.markers),
    )


def _layer(layer: FactLayer, index: int) -> aep.Layer:
    return aep.Layer(
        index=index,
        id=layer.id,
        name=layer.name,
        own_name=layer.own_name,
        kind=layer.kind,
        source_id=layer.source_id,
        parent_id=layer.parent_id,
        start_s=layer.start_s,
        in_s=layer.in_s,
        out_s=layer.out_s,
        stretch=layer.stretch,
        enabled=layer.enabled,
        audio_enabled=layer.audio_enabled,
        guide=layer.guide,
        null=layer.null,
        adjustment=layer.adjustment,
        solo=layer.solo,
        shy=layer.shy,
        three_d=layer.three_d,
        text=_text(layer.text) if layer.text is not None else None,
        effects=tuple(_effect(effect) for effect in layer.effects),
        expressions=tuple(
            aep.Expression(found.path, found.source, found.enabled) for found in layer.expressions
        ),
        markers=_markers(layer.markers),
        time_remap=layer.time_remap,
    )


def _text(text: FactText) -> aep.TextContent:
    return aep.TextContent(
        text=text.text[:MAX_TEXT],
        font=text.font,
        font_size=text.font_size if text.font_size > 0 else None,
        fill=None,
        justify=text.justify,
        direction=text.direction,
        composer=text.composer,
        digit_set=text.digit_set,
        box=(text.box.width, text.box.height) if text.box is not None else None,
        fonts=text.fonts,
    )


def _effect(effect: FactEffect) -> aep.Effect:
    controls = tuple(
        aep.Control(
            found.name, found.kind, found.values, found.keyframed, found.driven, found.options
        )
        for found in effect.controls
    )
    return aep.Effect(effect.match_name, effect.name, effect.enabled, controls)


def _markers(markers: tuple[FactMarker, ...]) -> tuple[aep.Marker, ...]:
    return tuple(aep.Marker(marker.time_s, marker.comment) for marker in markers)
