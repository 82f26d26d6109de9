"""Reads compositions and their layers from the cdta and ldta records."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.layers import read_properties
from orchestrator.aep.model import Comp, Layer, LayerKind, Marker

_WHOLE = 0xFFFFFFFF
_LDTA_BYTES = 0x84
"""What every version writes of a layer; less is damage."""
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
            return read_properties(source, child).markers
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
    if ldta is None or ldta.end - ldta.start < _LDTA_BYTES:
        return None
    source.take_part()
    if not own_name:
        own_name = clean(source.body(ldta)[0x40:0x60])
    properties = read_properties(source, group)
    flags = tuple(source.u8(ldta, offset) for offset in (0x25, 0x26, 0x27))
    source_id = source.u32(ldta, 0x28)
    start = _seconds(source, ldta, 0x0C)
    divisor = source.u32(ldta, 0x6C)
    stretch = source.s32(ldta, 0x08) / divisor if divisor else 1.0
    text = properties.text
    name = own_name or names.get(source_id, "") or (text.text[:200] if text else "")
    return Layer(
        index=index,
        id=source.u32(ldta, 0),
        name=name,
        own_name=own_name,
        kind=_KINDS.get(source.u8(ldta, 0x83), "unknown"),
        source_id=source_id,
        parent_id=source.u32(ldta, 0x84),
        start_s=start,
        in_s=start + _seconds(source, ldta, 0x14) * stretch,
        out_s=start + _seconds(source, ldta, 0x1C) * stretch,
        stretch=stretch,
        enabled=bool(flags[2] & 1),
        audio_enabled=bool(flags[2] & 2),
        guide=bool(flags[0] & 2),
        null=bool(flags[1] & 0x80),
        adjustment=bool(flags[1] & 2),
        solo=bool(flags[1] & 8),
        shy=bool(flags[2] & 0x40),
        three_d=bool(flags[1] & 4),
        text=text,
        effects=properties.effects,
        expressions=properties.expressions,
        markers=properties.markers,
        time_remap=properties.time_remap,
    )
