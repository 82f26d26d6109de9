"""How each system makes an unpacked bundle durable by one word, before it gets its name."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from orchestrator.bundle import Disk, sync_tree

_SYNC_FILE_RANGE_WRITE = 2


def this_disk() -> Disk:
    """Give what makes files durable on the machine we run on."""
    if sys.platform == "linux":
        return _linux()
    if sys.platform == "darwin":
        return Disk(_sync_mac)
    # os.fsync is FlushFileBuffers on Windows, which empties the drive's own cache too.
    return Disk(sync_tree)


def _linux() -> Disk:
    """Sync a whole file system at once; thousands of files one by one would take minutes."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs") or not hasattr(libc, "sync_file_range"):
        return Disk(sync_tree)
    offset_t = ctypes.c_int64
    libc.sync_file_range.argtypes = (ctypes.c_int, offset_t, offset_t, ctypes.c_uint)

    def sync(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY)
        try:
            if libc.syncfs(handle) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), str(folder))
        finally:
            os.close(handle)

    def begin(handle: int, offset: int, size_bytes: int) -> None:
        # A hint: where it fails, the sync at the end does all of it and tells what is wrong.
        libc.sync_file_range(handle, offset, size_bytes, _SYNC_FILE_RANGE_WRITE)

    return Disk(sync, begin)


def _sync_mac(folder: Path) -> None:
    """Sync file by file, then empty the drive's own cache, which fsync leaves alone on macOS."""
    sync_tree(folder)
    if sys.platform == "darwin":
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        try:
            # Disks of other makers know no such word; fsync is all that there is then.
            with contextlib.suppress(OSError):
                fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        finally:
            os.close(handle)
