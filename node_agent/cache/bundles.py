"""Lends bundles: verified before use, fetched and unpacked by one task while the others wait."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from node_agent.cache import manifest as manifests
from node_agent.cache.manifest import Damaged, Kept
from node_agent.cache.stripes import Stripes
from node_agent.core.cache_plan import Entry, evictions, news
from node_agent.errors import RetryLater, broken, of_os_error
from node_agent.home import is_writable
from node_agent.host.disk import this_disk
from orchestrator.bundle import BadBundle, Disk, extract, sync_folder
from orchestrator.wire.agent import CachedBundle
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import BundleRef

LOG = structlog.get_logger("cache")
GONE = ".gone"
MOST_TOLD = 1000
LOCK_WAIT_S, LOCK_LOOK_S = 1800.0, 0.1
STALE_S = 24 * 3600.0
Result = TypeVar("Result")
_MD5 = re.compile(r"[0-9a-f]{32}")
Fetch = Callable[[BundleRef, Path], Awaitable[None]]
"""Fetch a bundle's file, hashes checked, going on with what lies there of an earlier try.

Raises RetryLater when it does not come."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Lend an extracted bundle: read only, never written to; `aep_path` with / inside `tree`."""

    tree: Path
    aep_path: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Hold what came and went since the server last heard, and when each bundle was used."""

    added: tuple[CachedBundle, ...]
    removed: tuple[str, ...]
    entries: tuple[Entry, ...] = ()


class BundleCache:
    """Keep bundles below a folder; several processes may share it."""

    def __init__(
        self,
        folder: Path,
        fetch: Fetch,
        max_bytes: int,
        *,
        full_hash: bool,
        disk: Disk | None = None,
    ) -> None:
        self._bundles = folder / "bundles"
        self._staging = folder / "staging"
        self._stripes = Stripes(folder / "locks")
        self._fetch = fetch
        self._max_bytes = max_bytes
        self._full_hash = full_hash
        self._disk = disk or this_disk()
        self._locks: dict[str, asyncio.Lock] = {}
        self._pins: Counter[str] = Counter()
        self._told: dict[str, Entry] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        # A disk that cannot be used is a condition that the server hears of, not our end.
        with contextlib.suppress(OSError):
            self._make_places()
            for doomed in self._bundles.glob("*" + GONE):
                shutil.rmtree(doomed, ignore_errors=True)
            self._sweep()

    def _make_places(self) -> None:
        """Make the folders, which somebody who makes room may have removed while we run."""
        for place in (self._staging, self._bundles):
            place.mkdir(parents=True, exist_ok=True)

    def can_write(self) -> bool:
        """Tell whether bundles can be kept: the disk may have turned read only, or be gone."""
        try:
            self._make_places()
        except OSError:
            return False
        return is_writable(self._bundles.parent)

    def inventory(self) -> list[Entry]:
        """Give every whole bundle on disk; none while the disk cannot be read."""
        found = []
        try:
            self._make_places()
            folders = list(self._bundles.iterdir())
        except OSError:
            return []
        for folder in folders:
            if _MD5.fullmatch(folder.name) is None:
                continue
            with contextlib.suppress(OSError, Damaged):
                info = (folder / manifests.NAME).stat()
                size = self._size(folder, info.st_ino)
                pinned = self._pins[folder.name] > 0
                found.append(Entry(folder.name, size, info.st_mtime, pinned))
        return found

    def _size(self, folder: Path, inode: int) -> int:
        """Give a bundle's size; its manifest, which may be long, is read once."""
        known = self._sizes.get(folder.name)
        if known is None or known[0] != inode:
            known = self._sizes[folder.name] = (inode, manifests.read(folder).total_bytes)
        return known[1]

    def changes(self) -> Changes:
        """Give what the server has not heard of; call `told` once it has."""
        added, removed = news(self.inventory(), self._told, MOST_TOLD)
        bundles = tuple(CachedBundle(md5=one.md5, size_bytes=one.size_bytes) for one in added)
        return Changes(bundles, tuple(removed), tuple(added))

    def told(self, changes: Changes | None) -> None:
        """Remember what the server heard; None: it knows nothing (a new session)."""
        if changes is None:
            self._told.clear()
            return
        self._told.update({entry.md5: entry for entry in changes.entries})
        for md5 in changes.removed:
            self._told.pop(md5, None)

    @contextlib.asynccontextmanager
    async def borrow(self, ref: BundleRef) -> AsyncIterator[Bundle]:
        """Lend a bundle, fetched first when it is not here; it stays while it is lent.

        Two borrowers of one bundle fetch and extract it once, in other processes too. Two
        bundles can be made with one md5, so the sha256 decides. Raises TaskBroken when the guard
        refuses it or another bundle of its md5 is lent, NodeBroken when the disk does.
        """
        self._pins[ref.md5] += 1
        try:
            async with self._agreed(ref.md5):
                async with self._locks.setdefault(ref.md5, asyncio.Lock()):
                    kept = await self._whole(ref)
                yield Bundle(self._bundles / ref.md5 / manifests.TREE, kept.aep_path)
        finally:
            self._pins[ref.md5] -= 1
            if not self._pins[ref.md5]:
                del self._pins[ref.md5]

    @contextlib.asynccontextmanager
    async def _agreed(self, md5: str) -> AsyncIterator[None]:
        """Hold the bundle against other processes, waiting for one that works on it."""
        ends = time.monotonic() + LOCK_WAIT_S
        while not self._stripes.take(md5):
            if time.monotonic() > ends:
                raise RetryLater(
                    "Another agent holds this bundle in the cache for too long; end one of them."
                )
            await asyncio.sleep(LOCK_LOOK_S)
        try:
            yield
        finally:
            self._stripes.let_go(md5)

    async def _whole(self, ref: BundleRef) -> Kept:
        """Give a verified bundle, bringing it where it is not here."""
        folder = self._bundles / ref.md5
        kept = await _to_its_end(self._usable, folder, ref)
        if kept is None:
            kept = await self._bring(ref, folder)
        with contextlib.suppress(OSError):
            os.utime(folder / manifests.NAME)
        return kept

    async def _bring(self, ref: BundleRef, folder: Path) -> Kept:
        place = self._staging / ref.md5
        try:
            await asyncio.to_thread(self._make_room, ref.size_bytes)
            place.mkdir(exist_ok=True)
            await self._fetch(ref, place / "bundle")
            kept = await _to_its_end(self._unpack, place, ref, folder)
        except BadBundle as error:
            await asyncio.to_thread(_remove, place)
            raise broken(
                FailureClass.TEMPLATE, error.code, f"The bundle is refused: {error}", stage="bind"
            ) from error
        except OSError as error:
            # The disk may be full, and what came so far would keep it so.
            await asyncio.to_thread(_remove, place)
            raise of_os_error(error, self._bundles, stage="bind") from error
        await asyncio.to_thread(_remove, place)
        await asyncio.to_thread(self._make_room, 0)
        LOG.info("bundle cached", md5=ref.md5, size_bytes=ref.size_bytes)
        return kept

    def _unpack(self, place: Path, ref: BundleRef, folder: Path) -> Kept:
        """Unpack through the guard, write down what every file must stay like, publish it."""
        ready = place / "ready"
        shutil.rmtree(ready, ignore_errors=True)
        (ready / manifests.TREE).mkdir(parents=True)
        with ThreadPoolExecutor(1) as helper:
            manifest = extract(
                place / "bundle", ready / manifests.TREE, helper=helper, disk=self._disk
            )
        kept = manifests.describe(ready, ref, manifest)
        manifests.write(ready, kept)
        self._disk.sync(ready)
        ready.replace(folder)
        sync_folder(folder.parent)
        return kept

    def _usable(self, folder: Path, ref: BundleRef) -> Kept | None:
        """Check a bundle before use; a damaged one, or another of its md5, is dropped."""
        if not folder.exists():
            return None
        try:
            kept = manifests.read(folder)
            self._check_same(kept, ref)
            manifests.check(folder, kept, full_hash=self._full_hash)
        except (OSError, Damaged) as error:
            LOG.warning("cached bundle is damaged and dropped", md5=folder.name, reason=str(error))
            _remove(folder)
            return None
        return kept

    def _check_same(self, kept: Kept, ref: BundleRef) -> None:
        if kept.sha256 == ref.sha256:
            return
        if self._pins[ref.md5] > 1:
            raise broken(
                FailureClass.TRANSIENT,
                "bundle_md5_shared",
                f"Another bundle with the md5 {ref.md5} is in use on this node.",
            )
        raise Damaged("it is another bundle with the same md5")

    def _make_room(self, incoming_bytes: int) -> None:
        self._sweep()
        for md5 in evictions(self.inventory(), self._max_bytes, incoming_bytes):
            # Lent since we looked, here or by another process, it stays.
            if self._stripes.take(md5, alone=True):
                try:
                    LOG.info("bundle dropped", md5=md5)
                    _remove(self._bundles / md5)
                finally:
                    self._stripes.let_go(md5)

    def _sweep(self) -> None:
        """Throw half-unpacked trees away, and downloads that nobody went on with for a day."""
        self._make_places()
        for place in self._staging.iterdir():
            if _MD5.fullmatch(place.name) is None:
                shutil.rmtree(place, ignore_errors=True)
            elif self._stripes.take(place.name, alone=True):
                try:
                    shutil.rmtree(place / "ready", ignore_errors=True)
                    with contextlib.suppress(OSError):
                        newest = max((one.stat().st_mtime for one in place.iterdir()), default=0.0)
                        if newest < time.time() - STALE_S:
                            _remove(place)
                finally:
                    self._stripes.let_go(place.name)


async def _to_its_end(work: Callable[..., Result], *words: object) -> Result:
    """Run it in a thread and wait for its end even when cancelled: the bundle is locked for it."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *words))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({running})
        raise


def _remove(folder: Path) -> None:
    """Remove a folder so that it is never seen half gone under its name."""
    if folder.exists():
        doomed = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}{GONE}")
        with contextlib.suppress(OSError):
            folder.replace(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
