"""Bundles by md5: fetched once, extracted once, pinned while in use, dropped longest unused first.

On disk: `bundles/<md5>/tree/...` with `bundles/<md5>/manifest.json`, and `staging/` for what is on
its way. A bundle appears by one rename, so a kill at any moment leaves it whole or absent.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from node_agent.core.cache_plan import Entry, evictions
from node_agent.errors import broken, of_os_error
from orchestrator.bundle import BadBundle, extract_to
from orchestrator.wire.agent import CachedBundle
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import BundleRef

LOG = structlog.get_logger("cache")
GONE = ".gone"
_MD5 = re.compile(r"[0-9a-f]{32}")
Fetch = Callable[[BundleRef, Path], Awaitable[None]]
"""Fetch a bundle's file, hashes checked; raises RetryLater when it does not come."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Lend an extracted bundle: read only, never written to; `aep_path` with / inside `tree`."""

    tree: Path
    aep_path: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold what came and went since the server last heard."""

    added: tuple[CachedBundle, ...]
    removed: tuple[str, ...]


class BundleCache:
    """Keep bundles below a folder, for one agent."""

    def __init__(self, folder: Path, fetch: Fetch, max_bytes: int, *, full_hash: bool) -> None:
        self._bundles = folder / "bundles"
        self._staging = folder / "staging"
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._full_hash = full_hash
        self._locks: dict[str, asyncio.Lock] = {}
        self._pins: Counter[str] = Counter()
        self._told: dict[str, int] = {}
        shutil.rmtree(self._staging, ignore_errors=True)
        self._make_places()
        for doomed in self._bundles.glob("*" + GONE):
            shutil.rmtree(doomed, ignore_errors=True)

    def _make_places(self) -> None:
        """Make the folders, which somebody who makes room may have removed while we run."""
        for place in (self._staging, self._bundles):
            place.mkdir(parents=True, exist_ok=True)

    def inventory(self) -> list[Entry]:
        """Give every whole bundle on disk."""
        found = []
        self._make_places()
        for folder in self._bundles.iterdir():
            if _MD5.fullmatch(folder.name) is None:
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                size = int(_read(folder)["total_bytes"])
                used = (folder / "manifest.json").stat().st_mtime
                found.append(Entry(folder.name, size, used, self._pins[folder.name] > 0))
        return found

    def changes(self) -> Changes:
        """Give what the server has not heard of; call `told` once it has."""
        have = {entry.md5: entry.size_bytes for entry in self.inventory()}
        added = [md5 for md5 in have if md5 not in self._told][:1000]
        removed = [md5 for md5 in self._told if md5 not in have][:1000]
        return Changes(
            tuple(CachedBundle(md5=md5, size_bytes=have[md5]) for md5 in added), tuple(removed)
        )

    def told(self, changes: Changes | None) -> None:
        """Remember what the server heard; None: it knows nothing (a new session)."""
        if changes is None:
            self._told.clear()
            return
        self._told.update({bundle.md5: bundle.size_bytes for bundle in changes.added})
        for md5 in changes.removed:
            self._told.pop(md5, None)

    @contextlib.asynccontextmanager
    async def borrow(self, ref: BundleRef) -> AsyncIterator[Bundle]:
        """Lend a bundle, fetched first when it is not here; it stays while it is lent.

        Two borrowers of one bundle fetch and extract it once. Two bundles can be made with one
        md5, so the sha256 decides. Raises TaskBroken when the guard refuses it or another bundle
        of its md5 is lent, NodeBroken when the disk does.
        """
        self._pins[ref.md5] += 1
        try:
            async with self._locks.setdefault(ref.md5, asyncio.Lock()):
                folder = self._bundles / ref.md5
                if not await asyncio.to_thread(self._usable, folder, ref):
                    await self._bring(ref, folder)
                manifest = _read(folder)
                os.utime(folder / "manifest.json")
            yield Bundle(folder / "tree", str(manifest["aep_path"]))
        finally:
            self._pins[ref.md5] -= 1
            if not self._pins[ref.md5]:
                del self._pins[ref.md5]

    async def _bring(self, ref: BundleRef, folder: Path) -> None:
        place = self._staging / uuid.uuid4().hex
        try:
            self._make_places()
            place.mkdir()
            await asyncio.to_thread(self._make_room, ref.size_bytes)
            await self._fetch(ref, place / "bundle")
            await asyncio.to_thread(_unpack, place, ref)
            await asyncio.to_thread(place.replace, folder)
            await asyncio.to_thread(self._make_room, 0)
        except BadBundle as error:
            raise broken(
                FailureClass.TEMPLATE, error.code, f"The bundle is refused: {error}", stage="bind"
            ) from error
        except OSError as error:
            raise of_os_error(error, self._bundles, stage="bind") from error
        finally:
            await asyncio.to_thread(_remove, place)
        LOG.info("bundle cached", md5=ref.md5, size_bytes=ref.size_bytes)

    def _usable(self, folder: Path, ref: BundleRef) -> bool:
        """Check a bundle before use; a damaged one, or another of its md5, is dropped."""
        if not folder.exists():
            return False
        try:
            manifest = _read(folder)
            self._check_same(manifest, ref)
            for item in manifest["entries"]:
                self._check(folder / "tree" / item["path"], item)
        except (OSError, ValueError, KeyError, TypeError) as error:
            LOG.warning("cached bundle is damaged and dropped", md5=folder.name, reason=str(error))
            _remove(folder)
            return False
        return True

    def _check_same(self, manifest: dict[str, Any], ref: BundleRef) -> None:
        if manifest["sha256"] == ref.sha256:
            return
        if self._pins[ref.md5] > 1:
            raise broken(
                FailureClass.TRANSIENT,
                "bundle_md5_shared",
                f"Another bundle with the md5 {ref.md5} is in use on this node.",
            )
        raise ValueError("it is another bundle with the same md5")

    def _check(self, path: Path, item: dict[str, Any]) -> None:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != item["size_bytes"]:
            raise ValueError(f"{item['path']} has another size")
        if found.st_mtime_ns != item["mtime_ns"] or self._full_hash:
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != item["sha256"]:
                    raise ValueError(f"{item['path']} has another content")

    def _make_room(self, incoming_bytes: int) -> None:
        for md5 in evictions(self.inventory(), self._max_bytes, incoming_bytes):
            LOG.info("bundle dropped", md5=md5)
            _remove(self._bundles / md5)


def _read(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise TypeError("the manifest is not an object")
    return manifest


def _unpack(place: Path, ref: BundleRef) -> None:
    """Extract through the guard and write down what every file must stay like."""
    manifest = extract_to(place / "bundle", place / "tree")
    (place / "bundle").unlink()
    entries = []
    for entry in manifest.entries:
        path = place / "tree" / entry.path
        if sys.platform != "win32":
            path.chmod(0o444)
        entries.append(
            {
                "path": entry.path,
                "size_bytes": entry.size_bytes,
                "sha256": entry.sha256,
                "mtime_ns": path.stat().st_mtime_ns,
            }
        )
    told = {
        "md5": ref.md5,
        "sha256": ref.sha256,
        "aep_path": manifest.aep_path,
        "total_bytes": manifest.total_bytes,
        "fetched_at": time.time(),
        "entries": entries,
    }
    with (place / "manifest.json").open("w", encoding="utf-8") as out:
        json.dump(told, out)
        out.flush()
        os.fsync(out.fileno())


def _remove(folder: Path) -> None:
    """Remove a folder so that it is never seen half gone under its name."""
    if folder.exists():
        doomed = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}{GONE}")
        with contextlib.suppress(OSError):
            folder.replace(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
