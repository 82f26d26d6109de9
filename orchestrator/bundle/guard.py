"""Looks through a whole bundle, unpacking it into nothing, and gives its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from orchestrator.bundle import finder
from orchestrator.bundle.directory import read_directory
from orchestrator.bundle.members import Place, place_members, unpack
from orchestrator.bundle.model import BadBundle, Entry, Limits, Manifest

SINGLE_NAME = "template.aep"
_PIECE_BYTES = 1024 * 1024


def is_single(file: BinaryIO) -> bool:
    """Tell a bare project from an archive."""
    file.seek(0)
    return finder.is_project(file.read(finder.MAGIC_BYTES))


def plan(file: BinaryIO, limits: Limits) -> tuple[Place, ...]:
    """Check everything of an archive that can be known without unpacking.

    Raises BadBundle with the rule that is broken.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(2) != b"PK":
        raise BadBundle("not_a_bundle", None, "this is neither a .zip nor an .aep; upload one")
    return place_members(file, read_directory(file, size, limits))


def inspect(path: Path, limits: Limits | None = None) -> Manifest:
    """Check a bundle (a zip, or one project alone) and hash every file in it.

    Raises BadBundle for what breaks a rule, and OSError when the file cannot be read.
    """
    limits = limits or Limits()
    with path.open("rb") as file:
        if is_single(file):
            return _single(file, limits)
        entries: list[Entry] = []
        heads: list[tuple[str, bytes]] = []
        for place in plan(file, limits):
            if place.member.folder:
                continue
            entry, head = _hash(file, place)
            entries.append(entry)
            heads.append((entry.path, head))
    total = sum(entry.size_bytes for entry in entries)
    return Manifest("zip", tuple(entries), finder.find_aep(heads), total)


def list_paths(path: Path) -> tuple[str, ...]:
    """List the files of a bundle without unpacking them; raises BadBundle as `inspect` does."""
    with path.open("rb") as file:
        if is_single(file):
            return (SINGLE_NAME,)
        places = plan(file, Limits())
    return tuple(place.member.path for place in places if not place.member.folder)


def read_entry(path: Path, entry_path: str, limit_bytes: int) -> bytes:
    """Unpack one file of a bundle into memory, by its path in the manifest.

    The rules are checked again, and names are read by them: the standard library would take an
    unflagged Persian name for another. Raises BadBundle, also for a file over `limit_bytes`.
    """
    with path.open("rb") as file:
        if is_single(file):
            if entry_path == SINGLE_NAME and file.seek(0, 2) <= limit_bytes:
                file.seek(0)
                return file.read(limit_bytes)
        else:
            for place in plan(file, Limits()):
                if place.member.path == entry_path and place.member.size_bytes <= limit_bytes:
                    return b"".join(unpack(file, place))
    raise BadBundle(
        "no_entry", entry_path, f"{entry_path!r} is not in the bundle, or over {limit_bytes} bytes"
    )


def single_pieces(file: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """Yield a bare project's bytes; raises BadBundle when there are too many."""
    file.seek(0)
    size = 0
    while piece := file.read(_PIECE_BYTES):
        size += len(piece)
        if size > limits.archive_bytes:
            raise BadBundle(
                "too_large", None, f"the project has over {limits.archive_bytes} bytes; too many"
            )
        yield piece


def _single(file: BinaryIO, limits: Limits) -> Manifest:
    digest, size = hashlib.sha256(), 0
    for piece in single_pieces(file, limits):
        size += len(piece)
        digest.update(piece)
    entry = Entry(SINGLE_NAME, size, digest.hexdigest())
    return Manifest("aep", (entry,), SINGLE_NAME, size)


def _hash(file: BinaryIO, place: Place) -> tuple[Entry, bytes]:
    digest, head = hashlib.sha256(), b""
    for piece in unpack(file, place):
        if len(head) < finder.MAGIC_BYTES:
            head = (head + piece)[: finder.MAGIC_BYTES]
        digest.update(piece)
    member = place.member
    return Entry(member.path, member.size_bytes, digest.hexdigest()), head
