"""A process that borrows bundles from a cache, again and again as a fork, and dies where it must.

Started with one JSON object: `bundle` is a path, `fetches` a file that gets one byte per fetch,
`turns` pairs of a cache's folder and a number of file operations. In each turn a fork borrows the
bundle and kills itself before that operation (-1 lets it live). Each fork's end is one JSON line:
`killed`; `left`, the hash of what then lies under the bundle's name, if anything; and for one that
lived `operations` and `content`, the hash of what it was lent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from node_agent.cache import BundleCache
from orchestrator.wire.tasks import BundleRef

WATCHED = ("open", "os.", "shutil.")


class Fuse:
    """Counts file operations of this process and ends it before one of them."""

    def __init__(self, last: int) -> None:
        self._last = last
        # The kill itself is such an operation too.
        self._guard = threading.RLock()
        self.count = 0

    def __call__(self, event: str, _words: Any) -> None:
        if event.startswith(WATCHED):
            with self._guard:
                self.count += 1
                if self.count == self._last:
                    os.kill(os.getpid(), signal.SIGKILL)


def reference(bundle: Path) -> BundleRef:
    content = bundle.read_bytes()
    return BundleRef(
        md5=hashlib.md5(content).hexdigest(), sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content), is_bundle=True, aep_path="p.aep", url="/b",
    )  # fmt: skip


def content_of(tree: Path) -> str:
    """Hash the names and the bytes of a tree."""
    digest = hashlib.sha256()
    for path in sorted(tree.rglob("*")):
        digest.update(path.relative_to(tree).as_posix().encode() + b"\0")
        if path.is_file():
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def copy(told: dict[str, Any], target: Path) -> None:
    with Path(told["fetches"]).open("ab", buffering=0) as out:
        out.write(b"x")
    shutil.copyfile(told["bundle"], target)


async def borrow(told: dict[str, Any], ref: BundleRef, folder: Path) -> str:
    async def fetch(_ref: BundleRef, target: Path) -> None:
        await asyncio.to_thread(copy, told, target)

    cache = BundleCache(folder, fetch, 10**10, full_hash=True)
    async with cache.borrow(ref) as bundle:
        return await asyncio.to_thread(content_of, bundle.tree)


def fork(told: dict[str, Any], ref: BundleRef, folder: Path, point: int) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        fuse = Fuse(point)
        sys.addaudithook(fuse)
        content = asyncio.run(borrow(told, ref, folder))
        os.write(writing, json.dumps({"operations": fuse.count, "content": content}).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as stream:  # noqa: PTH123 - a handle has no path
        said = stream.read()
    _, state = os.waitpid(pid, 0)
    tree = folder / "bundles" / ref.md5 / "tree"
    left = content_of(tree) if tree.exists() else None
    killed = os.WIFSIGNALED(state)
    return {"killed": killed, "left": left} | (json.loads(said) if said else {})


def main() -> None:
    told = json.loads(sys.argv[1])
    ref = reference(Path(told["bundle"]))
    for folder, point in told["turns"]:
        sys.stdout.write(json.dumps(fork(told, ref, Path(folder), point)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
