"""A tiny writer of RIFX projects, so that tests can say what a file holds, also hostile things."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from fractions import Fraction

FOLDER, COMP, FOOTAGE = 1, 4, 7
UNITS = 600


def chunk(tag: bytes, body: bytes) -> bytes:
    """Write one chunk with its padding."""
    return tag + struct.pack(">I", len(body)) + body + b"\x00" * (len(body) & 1)


def lst(kind: bytes, *children: bytes) -> bytes:
    """Write one list."""
    return chunk(b"LIST", kind + b"".join(children))


def utf8(text: str) -> bytes:
    """Write a Utf8 chunk."""
    return chunk(b"Utf8", text.encode())


def tdmn(name: str) -> bytes:
    """Write a match name of 40 bytes."""
    return chunk(b"tdmn", name.encode().ljust(40, b"\x00"))


def tdsn(name: str) -> bytes:
    """Write a property's name as file formats from 92 on do."""
    return chunk(b"tdsn", utf8(name))


def tdb4(*, expression: bool = False, disabled: bool = False) -> bytes:
    """Write a property's description of 124 bytes."""
    body = bytearray(124)
    struct.pack_into(">I", body, 12, UNITS)
    body[119], body[120] = int(disabled), int(expression)
    return chunk(b"tdb4", bytes(body))


def prop(match: str, values: tuple[float, ...] = (), expression: str | None = None) -> bytes:
    """Write a property: its match name, value and expression."""
    parts = [chunk(b"tdsb", b"\0\0\0\1"), tdsn("-_0_/-"), tdb4(expression=expression is not None)]
    if values:
        parts.append(chunk(b"cdat", struct.pack(f">{len(values)}d", *values)))
    if expression is not None:
        parts.append(utf8(expression))
    return tdmn(match) + lst(b"tdbs", *parts)


def group(match: str, *children: bytes) -> bytes:
    """Write a group of properties."""
    return tdmn(match) + lst(b"tdgp", *children)


def effect(match: str, name: str, *params: bytes) -> bytes:
    """Write one effect with parameters."""
    inner = lst(b"tdgp", chunk(b"tdsb", b"\0\0\0\1"), tdsn(name), *params)
    return tdmn(match) + lst(b"sspc", chunk(b"fnam", utf8("stock name")), inner)


def color_control(name: str, rgb: tuple[int, int, int]) -> bytes:
    """Write a colour control."""
    return effect(
        "ADBE Color Control", name, prop("ADBE Color Control-0001", (255.0, *map(float, rgb)))
    )


def dropdown(name: str, words: tuple[str, ...], value: float | None = None) -> bytes:
    """Write a dropdown: an effect of its own kind, whose definitions hold its words."""
    match = "Pseudo/@@cArFEw74SNShXy7m+dmRyg"
    popup = bytearray(148)
    popup[15] = 7
    told = lst(
        b"parT",
        tdmn(f"{match}-0000") + chunk(b"pard", bytes(148)),
        tdmn(f"{match}-0001") + chunk(b"pard", bytes(popup)),
        chunk(b"pdnm", utf8("|".join(words))),
    )
    params = () if value is None else (prop(f"{match}-0001", (value,)),)
    inner = lst(b"tdgp", chunk(b"tdsb", b"\0\0\0\1"), tdsn(name), *params)
    return tdmn(match) + lst(b"sspc", chunk(b"fnam", utf8("Dropdown Menu Control")), told, inner)


def cos_string(text: str) -> str:
    """Write a COS string as latin-1 text: the mark, UTF-16BE, escapes."""
    raw = b"\xfe\xff" + text.encode("utf-16-be", "surrogatepass")
    for char in (b"\\", b"(", b")"):
        raw = raw.replace(char, b"\\" + char)
    return "(" + raw.decode("latin-1") + ")"


def cos(
    text: str,
    font: str = "Vazirmatn-Bold",
    *,
    size: float = 40.0,
    rtl: bool = False,
    composer: str = "Universal",
    justify: int = 2,
) -> bytes:
    """Write the COS data of a text layer with one document."""
    body = (
        f" /0 << /1 << /0 [ << /0 << /99 /CoolTypeFont /0 << /0 {cos_string(font)} /2 1 >> >> >>"
        f" ] >> >> /1 << /0 << /1 0 >> /1 [ << /0 << /0 {cos_string(text + chr(13))}"
        f" /5 << /0 [ << /0 << /0 << /0 (x) /5 << /0 {justify} /29 false /33 {int(rtl)} >> >> >>"
        f" /1 4 >> ] >> /6 << /0 [ << /0 << /0 << /0 (x) /5 0 /6 << /0 0 /1 {size} /53 << /99"
        " /SimplePaint /0 << /0 1 /1 [ 1.0 1.0 .5 0.0 ] >> >> >> >> >> /1 9 >> ] >> >> >> ]"
        f" /4 << /3 {cos_string(composer)} >> >>"
    )
    return body.encode("latin-1")


@dataclass
class LayerSpec:
    """One layer to write."""

    name: str = ""
    source_id: int = 0
    kind: int = 0
    text: str | None = None
    cos_data: bytes | None = None
    effects: tuple[bytes, ...] = ()
    props: tuple[bytes, ...] = ()
    enabled: bool = True
    guide: bool = False
    null: bool = False
    in_s: int = 0
    out_s: int = 4
    start_s: int = 0
    markers: tuple[tuple[float, str], ...] = ()
    text_expression: str | None = None
    stretch: int = 1

    def write(self, layer_id: int) -> bytes:
        """Write the Layr list."""
        ldta = bytearray(164)
        struct.pack_into(">I", ldta, 0, layer_id)
        struct.pack_into(">iiI", ldta, 8, self.stretch, self.start_s * UNITS, UNITS)
        struct.pack_into(">iIiI", ldta, 0x14, self.in_s * UNITS, UNITS, self.out_s * UNITS, UNITS)
        ldta[0x25], ldta[0x26] = self.guide * 2, self.null * 0x80
        ldta[0x27] = int(self.enabled) | 6
        struct.pack_into(">I", ldta, 0x28, self.source_id)
        struct.pack_into(">I", ldta, 0x6C, 1)
        ldta[0x83] = 3 if self.text is not None else self.kind
        groups = [group("ADBE Transform Group", *self.props)]
        if self.markers:
            groups.append(markers(self.markers))
        if self.text is not None:
            data = self.cos_data if self.cos_data is not None else cos(self.text)
            code = self.text_expression
            told = tdb4(expression=True) + utf8(code) if code is not None else tdb4()
            document = lst(b"btds", lst(b"tdbs", told), lst(b"btdk", data))
            groups.append(group("ADBE Text Properties", tdmn("ADBE Text Document"), document))
        if self.effects:
            groups.append(group("ADBE Effect Parade", *self.effects))
        return lst(b"Layr", chunk(b"ldta", bytes(ldta)), utf8(self.name), lst(b"tdgp", *groups))


def markers(marked: tuple[tuple[float, str], ...]) -> bytes:
    """Write markers as (seconds, comment)."""
    keys = b"".join(struct.pack(">i12x", round(t * UNITS)) for t, _ in marked)
    times = lst(b"tdbs", tdb4(), lst(b"list", chunk(b"ldat", keys)))
    records = [lst(b"Nmrd", chunk(b"NmHd", b"\0" * 16), utf8(c)) for _, c in marked]
    return tdmn("ADBE Marker") + lst(b"mrst", times, lst(b"mrky", *records))


@dataclass
class CompSpec:
    """One comp to write."""

    name: str
    layers: tuple[LayerSpec, ...] = ()
    width: int = 1280
    height: int = 720
    fps: Fraction = field(default_factory=lambda: Fraction(25))
    duration_s: int = 4
    markers: tuple[tuple[float, str], ...] = ()

    def write(self, item_id: int) -> bytes:
        """Write the Item list."""
        cdta = bytearray(204)
        struct.pack_into(">IIII", cdta, 0x1C, 0, UNITS, 0xFFFFFFFF, UNITS)
        struct.pack_into(">iI", cdta, 0x2C, self.duration_s * UNITS, UNITS)
        cdta[0x34:0x37] = bytes((10, 20, 30))
        struct.pack_into(">HHII", cdta, 0x8C, self.width, self.height, 1, 1)
        struct.pack_into(">I", cdta, 0x9C, round(self.fps * 65536))
        struct.pack_into(">iI", cdta, 0xA4, 0, UNITS)
        layers = [layer.write(100 + index) for index, layer in enumerate(self.layers)]
        if self.markers:
            layers.append(
                lst(b"SecL", chunk(b"ldta", bytes(164)), lst(b"tdgp", markers(self.markers)))
            )
        return item(COMP, item_id, self.name, chunk(b"cdta", bytes(cdta)), *layers)


def item(kind: int, item_id: int, name: str, *children: bytes) -> bytes:
    """Write one Item list."""
    idta = bytearray(84)
    struct.pack_into(">H", idta, 0, kind)
    struct.pack_into(">I", idta, 16, item_id)
    return lst(b"Item", chunk(b"idta", bytes(idta)), utf8(name), *children)


def footage(
    item_id: int,
    path: str,
    name: str = "",
    size: tuple[int, int] = (640, 360),
    opti: bytes = b"png!" + bytes(54),
    *,
    missing: bool = False,
    sequence: tuple[str, ...] = (),
) -> bytes:
    """Write one file footage item."""
    sspc = bytearray(222)
    sspc[22:26] = b"png!"
    struct.pack_into(">HHH", sspc, 32, size[0], 0, size[1])
    sspc[0x73] = int(missing)
    alas = json.dumps({"fullpath": path, "target_is_folder": bool(sequence)}).encode()
    parts = chunk(b"sspc", bytes(sspc)), lst(b"Als2", chunk(b"alas", alas)), *map(utf8, sequence)
    return item(FOOTAGE, item_id, name, lst(b"Pin ", *parts, chunk(b"opti", opti)))


def placeholder(item_id: int, name: str, size: tuple[int, int] = (640, 360)) -> bytes:
    """Write one placeholder, which shows colour bars."""
    sspc = bytearray(222)
    struct.pack_into(">HHH", sspc, 32, size[0], 0, size[1])
    opti = struct.pack(">IH4x", 0, 2) + name.encode().ljust(256, b"\0")
    parts = chunk(b"sspc", bytes(sspc)), chunk(b"opti", opti)
    return item(FOOTAGE, item_id, "", lst(b"Pin ", *parts))


def solid(item_id: int, name: str, rgb: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> bytes:
    """Write one solid."""
    opti = b"Soli\x00\x09" + b"\0" * 8 + struct.pack(">3f", *rgb) + name.encode().ljust(256, b"\0")
    return item(FOOTAGE, item_id, "", lst(b"Pin ", chunk(b"opti", opti)))


def folder(item_id: int, name: str, *items: bytes) -> bytes:
    """Write one folder."""
    return item(FOLDER, item_id, name, lst(b"Sfdr", *items))


def project(*items: bytes, version: int = 23) -> bytes:
    """Write a whole file that holds the given items."""
    word = (version // 8) << 26 | (version % 8) << 19 | 3 << 15 | 53
    head = chunk(b"head", struct.pack(">HHI12x", 94, 9, word))
    nhed = chunk(b"nhed", bytes(15) + b"\x01" + bytes(16))
    body = b"Egg!" + head + nhed + lst(b"Fold", *items)
    return b"RIFX" + struct.pack(">I", len(body)) + body


def comps(*specs: CompSpec, extra: tuple[bytes, ...] = ()) -> bytes:
    """Write a project of comps with ids 1, 2, 3 and of further items."""
    return project(*(spec.write(index) for index, spec in enumerate(specs, start=1)), *extra)
