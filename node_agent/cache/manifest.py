"""What a cached bundle must look like, written down when it came and compared before each use."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestrator.bundle import Manifest
from orchestrator.wire.tasks import BundleRef

NAME = "manifest.json"
TREE = "tree"
HASHERS = 2


@dataclass(frozen=True, slots=True)
class Item:
    """Be one file: its path with /, and what it must stay like."""

    path: str
    size_bytes: int
    sha256: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Describe one bundle in the cache."""

    md5: str
    sha256: str
    aep_path: str
    total_bytes: int
    items: tuple[Item, ...]


class Damaged(Exception):
    """Say that a cached bundle is not what it was."""


def describe(folder: Path, ref: BundleRef, manifest: Manifest) -> Kept:
    """Describe what was just unpacked into `folder/tree`."""
    items = (
        Item(
            entry.path,
            entry.size_bytes,
            entry.sha256,
            (folder / TREE / entry.path).stat().st_mtime_ns,
        )
        for entry in manifest.entries
    )
    return Kept(ref.md5, ref.sha256, manifest.aep_path, manifest.total_bytes, tuple(items))


def write(folder: Path, kept: Kept) -> None:
    """Write a bundle's manifest with its own hash, so that a flipped bit in it shows too."""
    body = asdict(kept)
    document = {"sha256": _digest(body), "bundle": body}
    (folder / NAME).write_text(json.dumps(document), encoding="utf-8")


def read(folder: Path) -> Kept:
    """Read a bundle's manifest. Raises Damaged when it is none of ours, OSError when unreadable."""
    try:
        document = json.loads((folder / NAME).read_text(encoding="utf-8"))
        body = document["bundle"]
        if _digest(body) != document["sha256"]:
            raise Damaged("its manifest is damaged")
        items = tuple(Item(**item) for item in body.pop("items"))
        return Kept(**body, items=items)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged("its manifest is damaged") from error


def check(folder: Path, kept: Kept, *, full_hash: bool) -> None:
    """Compare every file with the manifest: kind and size, and the hash where the time differs.

    With `full_hash` every file is hashed. A file that the manifest lacks is damage too, since it
    would be laid into a job. Raises Damaged or OSError.
    """
    tree = folder / TREE
    suspects = [item for item in kept.items if _looks_other(tree / item.path, item) or full_hash]
    known = {item.path for item in kept.items}
    for root, folders, files in os.walk(tree, onerror=_raise):
        below = Path(root).relative_to(tree)
        strangers = {(below / name).as_posix() for name in files} - known
        linked = [name for name in folders if Path(root, name).is_symlink()]
        if strangers or linked:
            raise Damaged(f"there is something strange in it: {min([*strangers, *linked])}")
    _check_hashes(tree, suspects)


def _looks_other(path: Path, item: Item) -> bool:
    """Tell whether only the hash can show that a file is the same."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size != item.size_bytes:
        raise Damaged(f"{item.path} has another size")
    return found.st_mtime_ns != item.mtime_ns


def _check_hashes(tree: Path, items: Iterable[Item]) -> None:
    def differs(item: Item) -> bool:
        with (tree / item.path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() != item.sha256

    # The largest first, so that no thread is left alone with it at the end.
    ordered = sorted(items, key=lambda item: -item.size_bytes)
    with ThreadPoolExecutor(HASHERS) as pool:
        for item, other in zip(ordered, pool.map(differs, ordered), strict=True):
            if other:
                pool.shutdown(cancel_futures=True)
                raise Damaged(f"{item.path} has another content")


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _raise(error: OSError) -> None:
    raise error
