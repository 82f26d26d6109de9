"""Reads compositions and their layers from the cdta and ldta records."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.layers import NOTHING, read_markers, read_properties
from orchestrator.aep.model import Comp, Layer, LayerKind, Marker

_WHOLE = 0xFFFFFFFF
# What every version writes of a layer; less is damage. In order: id, dividend of the stretch,
# start, in and out with their bases, three bytes of switches, source, name (old versions),
# divisor of the stretch, kind.
_LDTA = struct.Struct(">I4xiiIiIiIx3BI20x32s12xI19xB")
_KINDS: dict[int, LayerKind] = {
    0: "av",
    1: "light",
    2: "camera",
    3: "text",
    4: "shape",
    5: "model",
    7: "model",
}
_NTSC = tuple(Fraction(base * 1000, 1001) for base in (24, 30, 48, 60, 120))


def frame_rate(raw: int) -> Fraction:
    """Turn a 16.16 fixed-point rate into the rational that is meant: 29.97 is 30000/1001."""
    if raw & 0xFFFF == 0:
        return Fraction(raw >> 16)
    rate = Fraction(raw, 65536)
    for ntsc in _NTSC:
        if abs(rate - ntsc) < Fraction(1, 200):
            return ntsc
    return rate.limit_denominator(1000)


def finish_comp(
    source: Source,
    cdta: Chunk,
    layers: list[Chunk],
    marked: Chunk | None,
    names: Mapping[int, str],
    identity: tuple[int, str, int],
) -> Comp:
    """Read one comp; `names` give what an unnamed layer is called, `identity` is id, name, folder.

    `marked` is the hidden layer that carries the comp's own markers, in the comp's time.
    A comp with no rate, no size or no length is kept with zeros: it can not be rendered, and
    whoever asks for it is told so.
    """
    item_id, name, folder_id = identity
    raw_rate = source.u32(cdta, 0x9C)
    duration = _seconds(source, cdta, 0x2C)
    display = _seconds(source, cdta, 0xA4)
    start = _seconds(source, cdta, 0x1C)
    whole = source.u32(cdta, 0x24) == _WHOLE
    aspect = source.u32(cdta, 0x94)
    return Comp(
        id=item_id,
        name=name,
        folder_id=folder_id,
        width=source.u16(cdta, 0x8C),
        height=source.u16(cdta, 0x8E),
        fps=frame_rate(raw_rate),
        pixel_aspect=Fraction(source.u32(cdta, 0x90), aspect) if aspect else Fraction(1),
        duration_s=duration,
        frames=round(duration * raw_rate / 65536),
        work_start_s=start,
        work_end_s=duration if whole else _seconds(source, cdta, 0x24),
        display_start_s=display,
        background=(source.u8(cdta, 0x34), source.u8(cdta, 0x35), source.u8(cdta, 0x36)),
        layers=tuple(
            layer
            for index, chunk in enumerate(layers, start=1)
            if (layer := _layer(source, chunk, index, names)) is not None
        ),
        markers=_markers(source, marked),
    )


def _markers(source: Source, marked: Chunk | None) -> tuple[Marker, ...]:
    if marked is None:
        return ()
    for child in source.children(marked.start, marked.end):
        if child.kind == b"tdgp":
            return read_markers(source, child)
    return ()


def _seconds(source: Source, chunk: Chunk, offset: int) -> float:
    """Read a signed dividend and its divisor; zero where there is no divisor."""
    divisor = source.u32(chunk, offset + 4)
    return source.s32(chunk, offset) / divisor if divisor else 0.0


def _layer(source: Source, chunk: Chunk, index: int, names: Mapping[int, str]) -> Layer | None:
    ldta = group = None
    own_name: str | None = None
    for child in source.children(chunk.start, chunk.end):
        if child.tag == b"ldta":
            ldta = child
        elif child.tag == b"Utf8" and own_name is None:
            own_name = source.text(child)
        elif child.kind == b"tdgp" and group is None:
            group = child
    if ldta is None or ldta.end - ldta.start < _LDTA.size:
        return None
    source.take_part()
    properties = read_properties(source, group) if group is not None else NOTHING
    head = _LDTA.unpack_from(source.data, ldta.start)
    layer_id, stretched, start, start_base, begin, begin_base, end, end_base = head[:8]
    flags, switches, more, source_id, old_name, stretch_base, kind = head[8:]
    start_s = start / start_base if start_base else 0.0
    stretch = stretched / stretch_base if stretch_base else 1.0
    own_name = own_name or clean(old_name)
    text = properties.text
    return Layer(
        index=index,
        id=layer_id,
        name=own_name or names.get(source_id, "") or (text.text[:200] if text else ""),
        own_name=own_name,
        kind=_KINDS.get(kind, "unknown"),
        source_id=source_id,
        parent_id=source.u32(ldta, 0x84),
        start_s=start_s,
        in_s=start_s + (begin / begin_base if begin_base else 0.0) * stretch,
        out_s=start_s + (end / end_base if end_base else 0.0) * stretch,
        stretch=stretch,
        enabled=more & 1 != 0,
        audio_enabled=more & 2 != 0,
        guide=flags & 2 != 0,
        null=switches & 0x80 != 0,
        adjustment=switches & 2 != 0,
        solo=switches & 8 != 0,
        shy=more & 0x40 != 0,
        three_d=switches & 4 != 0,
        text=text,
        effects=properties.effects,
        expressions=properties.expressions,
        markers=properties.markers,
        time_remap=properties.time_remap,
    )
