"""Write one object to disk: whole or not at all. Blocking; the store calls it in threads."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestrator.errors import Conflict, FarmError, Invalid, TooLarge, Unavailable
from orchestrator.storage.base import Stored

META = "meta.json"
SUFFIX = ".object"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
STALE_S = 24 * 3600
RESERVE_BYTES = 512 * 2**20
RESERVE_PART = 50
"""Of a small disk only this part of it is kept back."""
SMALL_BYTES = 2**20
"""Objects up to here, such as the farm's own marks, may use the reserve."""


def full(error: OSError) -> FarmError:
    """Say in one sentence why the disk did not take the bytes."""
    if error.errno in _FULL:
        return FarmError(
            "storage_full",
            507,
            "The server's disk is full; nothing was stored. Free space there, then send it again.",
        )
    return FarmError(
        "storage_failed",
        500,
        f"The server cannot write to its storage ({error.strerror}); nothing was stored. "
        "Check the rights of its data folder.",
    )


def require_room(folder: Path) -> None:
    """Raise FarmError `storage_full` while the disk's last part is left for the database.

    A tenant's uploads may fill what they fill; the queue of all the others must go on.
    """
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        raise full(error) from error
    if usage.free < min(RESERVE_BYTES, usage.total // RESERVE_PART):
        raise full(OSError(errno.ENOSPC, "no room but the reserve"))


def require_writable(folder: Path) -> None:
    """Raise Unavailable (`storage_failed`) when nothing can be written into a folder."""
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        raise Unavailable(
            f"The server cannot write to its storage {folder}. Give the folder to this user.",
            "storage_failed",
        )


INCOMING = ".incoming"


class Writer:
    """Collect one object in a folder of its own; `publish` renames that folder into place.

    An object is a folder `<key>.object` that holds its bytes and `meta.json`: one rename shows
    both or neither, and a rename onto an object that exists fails.
    """

    def __init__(self, root: Path, key: str, max_bytes: int) -> None:
        self._key = key
        self._max = max_bytes
        self._target = folder_of(root, key)
        self._scratch = root / INCOMING / secrets.token_hex(8)
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def __enter__(self) -> Self:
        """Open the scratch file."""
        try:
            self._scratch.mkdir(parents=True)
            self._file = (self._scratch / key_name(self._key)).open("xb")
        except OSError as error:
            raise full(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing of what was not published."""
        with suppress(OSError):  # closing tries once more to write what a full disk refused
            self._file.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def write(self, block: bytes) -> None:
        """Add bytes; raises FarmError `too_large`, `storage_full`."""
        self._size += len(block)
        if self._size > self._max:
            raise TooLarge(f"This is larger than the {self._max} bytes that are taken here.")
        if self._size > SMALL_BYTES:
            require_room(self._scratch)
        self._sha256.update(block)
        self._md5.update(block)
        try:
            self._file.write(block)
        except OSError as error:
            raise full(error) from error

    def publish(self, sha256: str | None, size_bytes: int | None) -> Stored:
        """Show the object under its key, if it is what was announced.

        Raises Invalid (`size_mismatch`, `hash_mismatch`), Conflict (`object_exists`).
        """
        found = Stored(self._key, self._size, self._sha256.hexdigest(), self._md5.hexdigest())
        require_announced(found, sha256, size_bytes)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._write_meta(found)
            self._target.parent.mkdir(parents=True, exist_ok=True)
            self._scratch.rename(self._target)
        except OSError as error:
            earlier = read_meta(self._target, self._key)
            if earlier is None:
                raise full(error) from error
            return require_same(earlier, found)
        return found

    def _write_meta(self, found: Stored) -> None:
        with (self._scratch / META).open("x", encoding="utf-8") as out:
            json.dump({"size": found.size_bytes, "sha256": found.sha256, "md5": found.md5}, out)
            out.flush()
            os.fsync(out.fileno())


def require_announced(found: Stored, sha256: str | None, size_bytes: int | None) -> None:
    """Raise Invalid (`size_mismatch`, `hash_mismatch`) for other bytes than were announced."""
    if size_bytes is not None and found.size_bytes != size_bytes:
        raise Invalid(
            f"{found.size_bytes} bytes came where {size_bytes} were announced. Send it again.",
            code="size_mismatch",
        )
    if sha256 is not None and found.sha256 != sha256:
        raise Invalid(
            "The bytes have another SHA-256 than announced. Send them again.",
            code="hash_mismatch",
        )


def require_same(earlier: Stored, found: Stored) -> Stored:
    """Give the object that is there; raises Conflict (`object_exists`) when it is another."""
    if earlier.sha256 != found.sha256:
        raise Conflict(
            f"The object {found.key} exists with other content. What is published never "
            "changes; use another name.",
            "object_exists",
        )
    return earlier


def folder_of(root: Path, key: str) -> Path:
    """Give the folder of an object; the suffix lets `a` and `a/b` both be keys."""
    return root.joinpath(key + SUFFIX)


def clear(root: Path, prefix: str, keep: frozenset[str]) -> int:
    """Delete the objects below a prefix that are not to be kept, then folders left empty."""
    deleted = 0
    for folder, names, _ in os.walk(root.joinpath(prefix), topdown=False):
        place = Path(folder).relative_to(root).as_posix()
        for name in names:
            if name.endswith(SUFFIX):
                if f"{place}/{name.removesuffix(SUFFIX)}" not in keep:
                    shutil.rmtree(Path(folder, name), ignore_errors=True)
                    deleted += 1
            else:
                with suppress(OSError):  # not empty: something in it is kept
                    Path(folder, name).rmdir()
    with suppress(OSError):
        root.joinpath(prefix).rmdir()
    return deleted


def data_path(root: Path, key: str) -> Path:
    """Give the path of an object's bytes; the file keeps the key's last part as its name."""
    return folder_of(root, key) / key_name(key)


def key_name(key: str) -> str:
    """Give the last part of a key; `meta.json` is ours and gets another name."""
    name = key.rpartition("/")[2]
    return f"_{name}" if name == META else name


def read_meta(folder: Path, key: str) -> Stored | None:
    """Describe the object of a folder; None when there is none, or not as much as was stored."""
    try:
        meta = json.loads((folder / META).read_text("utf-8"))
        if (folder / key_name(key)).stat().st_size != meta["size"]:
            return None
    except (OSError, ValueError):
        return None
    return Stored(key, meta["size"], meta["sha256"], meta["md5"])


def sweep(incoming: Path) -> int:
    """Delete what broken uploads left in a folder a day ago; give how many."""
    gone = 0
    for left in incoming.iterdir() if incoming.is_dir() else ():
        with suppress(FileNotFoundError):  # another server, or its upload's own end, was faster
            if left.stat().st_mtime < time.time() - STALE_S:
                shutil.rmtree(left, ignore_errors=True)
                gone += 1
    return gone
