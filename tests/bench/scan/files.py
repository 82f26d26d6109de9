"""The files that scans are measured on: real ones beside the checkout, large and hostile ones."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT.parent / "shared" / "samples" / "aep"
MIB = 2**20


def projects() -> dict[str, bytes]:
    """Give real projects by name, those inside zips too; the demo's alone without samples."""
    sources = sorted(SAMPLES.glob("*")) or [ROOT / "demo" / "template.zip"]
    found: dict[str, bytes] = {}
    for path in sources:
        if path.suffix == ".aep":
            found[path.name] = path.read_bytes()
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".aep") and "__MACOSX" not in name:
                        found[f"{path.name}/{name}"] = archive.read(name)
    return found


def large(path: Path, size_bytes: int, sources: list[bytes]) -> int:
    """Write one project that holds the items of real ones again and again; give its size."""
    pieces = [_items(data) for data in sources]
    head = rifx.project()[12:-12]
    total = made = 0
    with path.open("wb") as file:
        file.write(b"RIFX\0\0\0\0Egg!" + head + b"LIST\0\0\0\0Fold")
        while total < size_bytes:
            piece = rifx.folder(1_000_000 + made, f"copy {made}", pieces[made % len(pieces)])
            file.write(piece)
            total += len(piece)
            made += 1
        file.seek(4)
        file.write(struct.pack(">I", 4 + len(head) + 12 + total))
        file.seek(12 + len(head) + 4)
        file.write(struct.pack(">I", 4 + total))
    return path.stat().st_size


def _items(data: bytes) -> bytes:
    """Cut the contents of the Fold list out of a project."""
    at, end = 12, 8 + int.from_bytes(data[4:8], "big")
    while at + 12 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] == b"LIST" and data[at + 8 : at + 12] == b"Fold":
            body = data[at + 12 : at + 8 + size]
            return body + b"\0" * (len(body) & 1)
        at += 8 + size + (size & 1)
    return b""


def nested(kind: bytes, levels: int) -> bytes:
    """Nest empty lists, the innermost first."""
    size, heads = 0, []
    for _ in range(levels):
        heads.append(b"LIST" + struct.pack(">I", size + 4) + kind)
        size += 12
    return b"".join(reversed(heads))


def hostile(size_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Give projects of about so many bytes that try to cost more than their size."""

    def fill(piece: bytes) -> bytes:
        return piece * (size_bytes // len(piece))

    def text(data: bytes) -> bytes:
        part = min(len(data), 1_900_000)
        layer = LayerSpec("frl_c1t1", text="x", cos_data=data[:part])
        count = max(1, size_bytes // part)
        return rifx.comps(CompSpec("frfinal", (layer,) * count))

    yield "levels", rifx.project(nested(b"Item", 200_000), fill(nested(b"tdgp", 200_000)))
    yield "empty lists", rifx.project(fill(rifx.lst(b"zzzz")))
    yield "empty chunks", rifx.project(fill(rifx.chunk(b"zzzz", b"")))
    yield "tiny items", rifx.project(fill(rifx.lst(b"Item", rifx.chunk(b"idta", b"\0\1" * 10))))
    comp = CompSpec("frc_a").write(1)
    yield "comps", rifx.project(fill(comp))
    layer = LayerSpec("frl_c1t1", source_id=1).write(1)
    yield "layers", rifx.project(_comp_of(fill(layer)))
    effect = rifx.effect("ADBE Fill", "a", rifx.prop("ADBE Fill-0002", (1.0,) * 4))
    yield "effects", rifx.comps(CompSpec("a", (LayerSpec("a", effects=(fill(effect),)),)))
    code = rifx.prop("p", (), "$ . app system comp(" * 40)
    yield "expressions", rifx.comps(CompSpec("flatrender", (LayerSpec("a", props=(fill(code),)),)))
    long_code = rifx.prop("p", (), "comp  /*" * 110_000)
    count = max(1, size_bytes // len(long_code))
    yield (
        "long code",
        rifx.comps(CompSpec("flatrender", (LayerSpec("a", props=(long_code * count,)),))),
    )
    for token in (b"<<", b"[ ", b"(", b"/0 ", b"/0 1 ", b"/0<<", b"<<>>", b"(a)", b"1 "):
        yield f"text {token!r}", text(token * (1_900_000 // len(token)))
    head = b"/0 << /1 << /0 [ ] >> /8 << /0 [ << /0 << /2 << >> >> >> ] >> >> /1 << /0 << "
    for begin in (b"/1 [ << /0 << /0 (", b"/8 << /0 [ << /0 << ", b"/4 << /0 7 /3 (", b"/4 << "):
        yield f"text usual {begin!r}", text(head + begin * (1_890_000 // len(begin)))
    font = b"<< /0 << /99 /CoolTypeFont /0 << /0 ("
    yield "text usual fonts", text(b"/0 << /1 << /0 [ " + font * 50_000)
    wanted = b"/0 << /1 << /0 [" + b"<</0<</0<</0 (a)>>>>>>" * 80_000
    yield "text fonts", text(wanted)
    name = "frl_" + "n" * 60_000
    yield (
        "names",
        rifx.comps(CompSpec("c" * 60_000, (LayerSpec(name, text="x"),) * (size_bytes // 120_000))),
    )


def _comp_of(layers: bytes) -> bytes:
    empty = CompSpec("frc_a").write(1)
    size = len(empty) - 8 + len(layers)
    return empty[:4] + struct.pack(">I", size) + empty[8:] + layers


def damage(data: bytes, rng: random.Random) -> bytes:
    """Cut a file short, flip bits, lie about sizes, double and drop pieces; mend its length."""
    made = bytearray(data)
    for _ in range(rng.randrange(1, 8)):
        at = rng.randrange(12, max(13, len(made)))
        piece = rng.randrange(1, 64)
        match rng.randrange(5):
            case 0 if at < len(made):
                made[at] ^= 1 << rng.randrange(8)
            case 1:
                del made[at : at + piece]
            case 2:
                made[at:at] = made[at : at + piece]
            case 3 if rng.randrange(4) == 0:
                del made[at:]
            case _:
                made[at : at + 4] = struct.pack(">I", rng.choice((0, 1, 3, 8, 2**31, 2**32 - 1)))
    made[4:8] = struct.pack(">I", max(0, len(made) - 8))
    return bytes(made)
