"""Reads one footage item: what kind it is, where its file was, its size and length."""

from __future__ import annotations

import json
import struct

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.model import Footage, FootageKind

_SOLID = b"Soli"
_DRAWING = b"TEXT"


def read_footage(
    source: Source, pin: Chunk | None, item_id: int, folder_id: int, name: str
) -> Footage:
    """Read the `Pin ` list of an item; a missing one gives footage of kind unknown."""
    sspc = opti = None
    path, is_folder, texts = "", False, list[str]()
    if pin is not None:
        for chunk in source.children(pin.start, pin.end):
            if chunk.tag == b"sspc":
                sspc = chunk
            elif chunk.tag == b"opti":
                opti = chunk
            elif chunk.kind == b"Als2":
                path, is_folder = _path(source, chunk)
            elif chunk.tag == b"Utf8" and path and opti is None and len(texts) < 4:
                texts.append(source.text(chunk, 2000))
    kind, opti_name, color = _kind(source, opti, path, is_folder)
    if kind == "sequence":
        path = f"{path}/{''.join(texts)}" if texts else path
    file_name = path.replace("\\", "/").rpartition("/")[2]
    part = _part_of_drawing(source, opti)
    fallback = opti_name or (f"{part}/{file_name}" if part else file_name)
    return Footage(
        id=item_id,
        name=name or fallback,
        folder_id=folder_id,
        kind=kind,
        format=clean(source.data[sspc.start + 22 : sspc.start + 26]).strip() if sspc else "",
        path=path,
        width=source.u16(sspc, 32) if sspc else 0,
        height=source.u16(sspc, 36) if sspc else 0,
        duration_s=_ratio(source.u32(sspc, 38), source.u32(sspc, 42)) if sspc else 0.0,
        color=color,
        missing=bool(sspc and kind in ("file", "sequence") and source.u8(sspc, 0x73) & 1),
    )


def _ratio(dividend: int, divisor: int) -> float:
    return dividend / divisor if divisor else 0.0


def _path(source: Source, als2: Chunk) -> tuple[str, bool]:
    """Read the path record: JSON with `fullpath`, and whether that is a sequence's folder."""
    for chunk in source.children(als2.start, als2.end):
        if chunk.tag == b"alas":
            try:
                record = json.loads(source.body(chunk, 65_536))
            except (ValueError, RecursionError):
                return "", False
            if isinstance(record, dict) and isinstance(record.get("fullpath"), str):
                full = clean(record["fullpath"].encode("utf-8", "replace"))
                return full, record.get("target_is_folder") is True
    return "", False


def _kind(
    source: Source, opti: Chunk | None, path: str, is_folder: bool
) -> tuple[FootageKind, str, tuple[int, int, int] | None]:
    """Tell the kind; solids and placeholders keep their name and colour beside it."""
    if opti is not None and source.body(opti, 4) == _SOLID:
        name = clean(source.body(opti)[26:282])
        return "solid", name, _color(source.body(opti)[14:26])
    if opti is not None and source.u32(opti, 0) == 0 and source.u16(opti, 4) == 2:
        return "placeholder", clean(source.body(opti)[10:266]), None
    if path:
        return ("sequence" if is_folder else "file"), "", None
    return "unknown", "", None


def _part_of_drawing(source: Source, opti: Chunk | None) -> str:
    """Name the layer of an Illustrator or PDF file that an item shows; empty for the whole."""
    if opti is None or source.body(opti, 4) != _DRAWING:
        return ""
    return clean(source.body(opti)[68:324])


def _color(raw: bytes) -> tuple[int, int, int] | None:
    if len(raw) != 12:
        return None
    parts = struct.unpack(">3f", raw)
    if not all(0 <= part <= 100 for part in parts):
        return None
    r, g, b = (min(255, round(part * 255)) for part in parts)
    return r, g, b
