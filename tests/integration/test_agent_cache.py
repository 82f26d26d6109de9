"""The bundle cache on a real disk: fetched once, pinned, verified, bounded, kill-proof."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from node_agent.cache import BundleCache
from node_agent.errors import NodeBroken, TaskBroken
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import BundleRef

AEP = b"RIFX" + (8).to_bytes(4, "big") + b"Egg!" + b"\0\0\0\0"


def archive(note: str, size: int = 1000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("t/a.aep", AEP)
        out.writestr("t/قالب.txt", note + "x" * size)
    return buffer.getvalue()


def ref(content: bytes) -> BundleRef:
    return BundleRef(
        md5=hashlib.md5(content).hexdigest(), sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content), is_bundle=True, aep_path="t/a.aep", url="/b",
    )  # fmt: skip


class Source:
    def __init__(self, *bundles: bytes) -> None:
        self.bundles = {ref(item).md5: item for item in bundles}
        self.fetched: list[str] = []

    async def fetch(self, wanted: BundleRef, path: Path) -> None:
        self.fetched.append(wanted.md5)
        await asyncio.to_thread(path.write_bytes, self.bundles[wanted.md5])

    def cache(self, folder: Path, max_bytes: int = 10**9, *, full: bool = False) -> BundleCache:
        return BundleCache(folder, self.fetch, max_bytes, full_hash=full)


async def test_two_borrowers_of_one_bundle_fetch_it_once_and_a_restart_keeps_it(
    tmp_path: Path,
) -> None:
    content = archive("one")
    source = Source(content)
    cache = source.cache(tmp_path)

    async def borrow() -> str:
        async with cache.borrow(ref(content)) as bundle:
            return (bundle.tree / "t" / "قالب.txt").read_text()[:3] + bundle.aep_path

    assert await asyncio.gather(borrow(), borrow(), borrow()) == ["onet/a.aep"] * 3
    async with source.cache(tmp_path).borrow(ref(content)):
        assert len(source.fetched) == 1


async def test_another_bundle_made_with_the_same_md5_is_never_lent(tmp_path: Path) -> None:
    first, second = archive("one"), archive("two")
    twin = ref(second).model_copy(update={"md5": ref(first).md5})
    source = Source(first)
    cache = source.cache(tmp_path)

    async with cache.borrow(ref(first)):
        source.bundles[twin.md5] = second
        with pytest.raises(TaskBroken, match="in use"):
            async with cache.borrow(twin):
                pass
    async with cache.borrow(twin) as bundle:
        assert (bundle.tree / "t" / "قالب.txt").read_text().startswith("two")


async def test_a_cache_that_somebody_removed_is_empty_and_fills_again(tmp_path: Path) -> None:
    content = archive("one")
    source = Source(content)
    cache = source.cache(tmp_path / "cache")
    shutil.rmtree(tmp_path / "cache")
    assert cache.inventory() == []
    shutil.rmtree(tmp_path / "cache")
    async with cache.borrow(ref(content)) as bundle:
        assert (bundle.tree / "t" / "a.aep").is_file()


@pytest.mark.parametrize("damage", ["gone", "shorter", "changed", "quiet"])
async def test_a_damaged_bundle_is_dropped_and_fetched_again_before_use(
    tmp_path: Path, damage: str
) -> None:
    content = archive("one")
    source = Source(content)
    cache = source.cache(tmp_path, full=damage == "quiet")
    async with cache.borrow(ref(content)) as bundle:
        path = bundle.tree / "t" / "قالب.txt"
    before = path.stat()
    if sys.platform != "win32":
        path.chmod(0o644)
    if damage == "gone":
        path.unlink()
    elif damage == "shorter":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.write_bytes(b"X" + path.read_bytes()[1:])
    if damage == "quiet":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    async with cache.borrow(ref(content)) as bundle:
        assert (bundle.tree / "t" / "قالب.txt").read_text().startswith("one")
    assert len(source.fetched) == 2


async def test_the_longest_unused_bundle_leaves_and_the_server_hears_of_it(
    tmp_path: Path,
) -> None:
    first, second, third = (archive(name, 4000) for name in ("1", "2", "3"))
    source = Source(first, second, third)
    cache = source.cache(tmp_path, 10_000)
    for number, content in enumerate((first, second)):
        async with cache.borrow(ref(content)):
            pass
        manifest = tmp_path / "bundles" / ref(content).md5 / "manifest.json"
        os.utime(manifest, (1000 + number, 1000 + number))
    cache.told(cache.changes())
    async with cache.borrow(ref(first)), cache.borrow(ref(third)):
        pass
    changes = cache.changes()
    # The first was used again, long after the server heard of it.
    assert {bundle.md5 for bundle in changes.added} == {ref(first).md5, ref(third).md5}
    assert list(changes.removed) == [ref(second).md5]
    cache.told(changes)
    assert cache.changes().added == ()
    cache.told(None)
    assert len(cache.changes().added) == 2


async def test_a_hostile_archive_is_refused_by_the_guards_code_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("../escape.aep", AEP)
    content = buffer.getvalue()
    with pytest.raises(TaskBroken) as caught:
        async with Source(content).cache(tmp_path).borrow(ref(content)):
            pass
    assert caught.value.failure.failure_class == FailureClass.TEMPLATE
    assert not (tmp_path.parent / "escape.aep").exists()
    assert [path.name for path in (tmp_path / "staging").iterdir()] == []
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == []


async def test_a_full_disk_is_the_nodes_failure_and_says_so(tmp_path: Path) -> None:
    content = archive("one")

    async def fetch(_ref: BundleRef, _path: Path) -> None:
        raise OSError(28, "No space left on device")

    cache = BundleCache(tmp_path, fetch, 10**9, full_hash=False)
    with pytest.raises(NodeBroken) as caught:
        async with cache.borrow(ref(content)):
            pass
    assert caught.value.failure.code == "disk_full"


async def test_what_a_killed_agent_left_on_its_way_is_swept(tmp_path: Path) -> None:
    content = archive("one")
    source = Source(content)
    half = tmp_path / "staging" / "half"
    half.mkdir(parents=True)
    (half / "bundle").write_bytes(content[:100])
    broken = tmp_path / "bundles" / ref(content).md5
    broken.mkdir(parents=True)
    cache = source.cache(tmp_path)
    assert not half.exists()
    async with cache.borrow(ref(content)) as bundle:
        assert (bundle.tree / "t" / "a.aep").read_bytes() == AEP


async def test_a_bundle_half_removed_by_a_killed_agent_is_gone_and_never_told(
    tmp_path: Path,
) -> None:
    content = archive("one")
    source = Source(content)
    async with source.cache(tmp_path).borrow(ref(content)):
        pass
    whole = tmp_path / "bundles" / ref(content).md5
    whole.rename(whole.with_name(f"{whole.name}.{'0' * 32}.gone"))
    (tmp_path / "bundles" / "readme.txt").write_text("a person's")
    cache = source.cache(tmp_path)
    assert (cache.inventory(), cache.changes().added) == ([], ())
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == ["readme.txt"]
