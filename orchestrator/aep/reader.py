"""Opens a project file and gathers its items: head, folders, footage and comps."""

from __future__ import annotations

import json
import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.comps import finish_comp
from orchestrator.aep.footage import read_footage
from orchestrator.aep.model import BadAep, Comp, Folder, Footage, Project, Version
from orchestrator.aep.version import version_of

MAX_ITEMS = 200_000
MAX_FOLDER_DEPTH = 1000
MAX_FILE_BYTES = 4 * 1024**3
_SMALL_BYTES = 128 * 1024
"""What is read faster than mapped."""

_FOLDER, _COMP, _FOOTAGE = 1, 4, 7
# A comp has hundreds of parts beside its layers: views, guides, render settings.
_OF_ITEM = frozenset({b"idta", b"Utf8", b"cdta", b"Layr", b"Pin ", b"SecL", b"Sfdr"})
_ITEM = frozenset({b"Item"})


@dataclass(slots=True)
class _Item:
    """The chunks of one item, before it is known what they mean."""

    folder_id: int
    name: str = ""
    named: bool = False
    idta: Chunk | None = None
    cdta: Chunk | None = None
    pin: Chunk | None = None
    children: Chunk | None = None
    marked: Chunk | None = None
    layers: list[Chunk] = field(default_factory=list)


@dataclass(slots=True)
class _Gathered:
    folders: list[Folder] = field(default_factory=list)
    footage: list[Footage] = field(default_factory=list)
    comps: list[tuple[_Item, int]] = field(default_factory=list)


def read(source: bytes | Path) -> Project:
    """Read a project from its bytes or its path.

    Raises BadAep, and nothing else, for whatever is not a project that can be read.
    """
    try:
        if isinstance(source, bytes):
            return _read(Source(source))
        with source.open("rb") as file:
            size = file.seek(0, 2)
            if not 0 < size <= MAX_FILE_BYTES:
                raise BadAep(f"the file is {size} bytes long; a project is 1 byte to 4 GiB")
            if size <= _SMALL_BYTES:
                file.seek(0)
                return _read(Source(file.read(_SMALL_BYTES)))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _read(Source(data))
    except OSError as error:
        raise BadAep(f"the project cannot be read: {error.strerror or error}") from error
    except (struct.error, ValueError, OverflowError, ArithmeticError) as error:
        raise BadAep(f"the project is damaged: {error}") from error


def _read(source: Source) -> Project:
    data = source.data
    if data[:4] != b"RIFX" or data[8:12] != b"Egg!":
        raise BadAep("this is not an After Effects project (.aep): it does not start as one")
    end = 8 + int.from_bytes(data[4:8], "big")
    if end > len(data):
        raise BadAep(
            f"the project is cut off: it says it is {end} bytes long and only {len(data)} are"
            " here; upload it again"
        )
    head: Chunk | None = None
    depth, working_space, linear, before = 0, None, False, b""
    gathered = _Gathered()
    for chunk in source.children(12, end):
        if chunk.tag == b"head":
            head = chunk
        elif chunk.tag == b"nhed":
            depth = source.u8(chunk, 15)
        elif chunk.tag == b"lnrb":
            linear = source.u8(chunk, 0) == 1
        elif chunk.tag == b"Utf8" and before == b"PwCs":
            working_space = _profile_name(source.body(chunk, 200_000))
        elif chunk.kind == b"Fold":
            _gather(source, chunk, gathered)
        before = chunk.tag
    if head is None:
        raise BadAep("the project is damaged: it has no head with a version")
    return Project(
        version=_version(source, head),
        bits_per_channel={0: 8, 1: 16, 2: 32}.get(depth, 8),
        working_space=working_space,
        linear_blending=linear,
        folders=tuple(gathered.folders),
        footage=tuple(gathered.footage),
        comps=_comps(source, gathered),
    )


def _version(source: Source, head: Chunk) -> Version:
    return version_of(source.u32(head, 4), source.u16(head, 0))


def _profile_name(body: bytes) -> str | None:
    """Name the working space from its JSON envelope; None when it is unset."""
    try:
        envelope = json.loads(body)
        name = envelope["baseColorProfile"]["colorProfileName"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return clean(name.encode("utf-8", "replace"))[:200] if isinstance(name, str) else None


def _gather(source: Source, fold: Chunk, into: _Gathered) -> None:
    """Walk the tree of folders with a stack of our own, so depth costs no recursion."""
    stack = [(source.children(fold.start, fold.end, _ITEM), 0)]
    count = 0
    while stack:
        chunks, folder_id = stack[-1]
        item_chunk = next(chunks, None)
        if item_chunk is None:
            stack.pop()
            continue
        if not item_chunk.kind:
            continue
        source.take_part()
        count += 1
        if count > MAX_ITEMS or len(stack) > MAX_FOLDER_DEPTH:
            raise BadAep("the project has more items or deeper folders than a real one can have")
        item = _item(source, item_chunk, folder_id)
        if item.idta is None:
            continue
        kind, item_id = source.u16(item.idta, 0), source.u32(item.idta, 16)
        if kind == _FOLDER:
            into.folders.append(Folder(item_id, item.name, folder_id))
            if item.children is not None:
                inside = source.children(item.children.start, item.children.end, _ITEM)
                stack.append((inside, item_id))
        elif kind == _COMP and item.cdta is not None:
            into.comps.append((item, item_id))
        elif kind == _FOOTAGE:
            into.footage.append(read_footage(source, item.pin, item_id, folder_id, item.name))


def _item(source: Source, chunk: Chunk, folder_id: int) -> _Item:
    item = _Item(folder_id)
    for child in source.children(chunk.start, chunk.end, _OF_ITEM):
        if child.tag == b"idta":
            item.idta = child
        elif child.tag == b"Utf8" and not item.named:
            item.name, item.named = source.text(child), True
        elif child.tag == b"cdta":
            item.cdta = child
        elif child.kind == b"Layr":
            item.layers.append(child)
        elif child.kind == b"Pin ":
            item.pin = item.pin or child
        elif child.kind == b"SecL":
            item.marked = child
        elif child.kind == b"Sfdr":
            item.children = child
    return item


def _comps(source: Source, gathered: _Gathered) -> tuple[Comp, ...]:
    """Read the comps last: a layer without a name takes its source's."""
    names = {footage.id: footage.name for footage in gathered.footage}
    names |= {item_id: item.name for item, item_id in gathered.comps}
    return tuple(
        finish_comp(
            source,
            item.cdta,
            item.layers,
            item.marked,
            names,
            (item_id, item.name, item.folder_id),
        )
        for item, item_id in gathered.comps
        if item.cdta is not None
    )
