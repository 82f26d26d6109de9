"""Windows: job objects and the registry; written from the documents, not yet proven there."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from node_agent.host import screen, windows_dialogs
from node_agent.host.base import Installation, Started
from orchestrator.wire.agent import Platform

_CREATE_SUSPENDED = 0x4
_CREATE_NO_WINDOW = 0x08000000
_EXTENDED_LIMIT_INFORMATION = 9
_KILL_ON_JOB_CLOSE = 0x2000
_PROCESS_SET_QUOTA_AND_TERMINATE = 0x0101
LONG = 40
"""Letters of a folder's name that leave too few of 260 for what bundles hold."""
_ADOBE = Path(r"C:\Program Files\Adobe")
_REGISTRY = r"SOFTWARE\Adobe\After Effects"


class WindowsHost:
    """Contain children in a job object that ends with its last handle."""

    platform: Platform = "windows"
    kept_variables = frozenset(
        {
            "PATH",
            "PATHEXT",
            "SYSTEMROOT",
            "SYSTEMDRIVE",
            "WINDIR",
            "COMSPEC",
            "USERPROFILE",
            "USERNAME",
            "APPDATA",
            "LOCALAPPDATA",
            "PROGRAMDATA",
            "PROGRAMFILES",
            "PROGRAMFILES(X86)",
            "PROGRAMW6432",
            "COMMONPROGRAMFILES",
            "COMMONPROGRAMFILES(X86)",
            "PUBLIC",
            "NUMBER_OF_PROCESSORS",
            "PROCESSOR_ARCHITECTURE",
            "HOMEDRIVE",
            "HOMEPATH",
        }
    )

    def prepare(self) -> None:
        """Do nothing: each child gets a job object of its own."""

    def start(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Started:
        """Start a child suspended, put it into a job, and let it go.

        A launcher that forked before it was in the job would leave its child outside.
        """
        popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            creationflags=_CREATE_SUSPENDED | _CREATE_NO_WINDOW,
        )
        kill = _enclose(popen.pid)
        if sys.platform == "win32":
            psutil.Process(popen.pid).resume()
        return Started(popen, kill)

    def reap(self, pids: Iterable[int]) -> None:
        """Do nothing: Windows keeps no zombies."""

    def installations(self) -> list[Installation]:
        """Find After Effects by the registry, then under Program Files; the newest first."""
        folders = [*_registered(), *_under_program_files()]
        found = []
        for folder in dict.fromkeys(folders):
            aerender = folder / "aerender.exe"
            if aerender.is_file():
                # AfterFX.com first: on some versions AfterFX.exe silently runs no script.
                named = (folder / name for name in ("AfterFX.com", "AfterFX.exe"))
                afterfx = tuple(path for path in named if path.is_file())
                found.append(Installation(aerender, afterfx))
        return found

    def documents(self) -> Path | None:
        """Give the folder of documents, which may have been moved."""
        return windows_dialogs.documents()

    def answer_dialogs(self, pids: Collection[int]) -> list[str]:
        """Press the button that the table names, or close the window."""
        return windows_dialogs.answer(pids)

    def shortened(self, folder: Path) -> Path:
        """Give a junction to the folder in the drive's root, when its own name is long."""
        return short_name(folder)

    def screenshot(self, target: Path) -> bool:
        """Photograph all screens."""
        return screen.of_windows(target)

    def private(self, folder: Path) -> None:
        """Make a folder; a user's own data folder is private by its inherited rights."""
        folder.mkdir(parents=True, exist_ok=True)


def _registered() -> list[Path]:
    folders: list[Path] = []
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _REGISTRY) as root:
                versions = [winreg.EnumKey(root, i) for i in range(winreg.QueryInfoKey(root)[0])]
                for version in sorted(versions, reverse=True):
                    with winreg.OpenKey(root, version) as key:
                        folders.append(Path(winreg.QueryValueEx(key, "InstallPath")[0]))
        except OSError:
            return folders
    return folders


def _under_program_files() -> list[Path]:
    return sorted(_ADOBE.glob("Adobe After Effects*/Support Files"), reverse=True)


def _enclose(pid: int) -> Callable[[], None]:
    """Put a process into a new kill-on-close job; give the function that ends the job."""
    if sys.platform != "win32":
        raise OSError("job objects exist on Windows only")
    import ctypes
    from ctypes import wintypes

    class Basic(ctypes.Structure):
        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("limit_flags", wintypes.DWORD),
            ("working_set", ctypes.c_size_t * 2),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("classes", wintypes.DWORD * 2),
        )

    class Extended(ctypes.Structure):
        _fields_ = (
            ("basic", Basic),
            ("io", ctypes.c_uint64 * 6),
            ("memory", ctypes.c_size_t * 4),
        )

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    kernel.OpenProcess.restype = wintypes.HANDLE
    job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
    limits = Extended()
    limits.basic.limit_flags = _KILL_ON_JOB_CLOSE
    kernel.SetInformationJobObject(
        job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    child = wintypes.HANDLE(kernel.OpenProcess(_PROCESS_SET_QUOTA_AND_TERMINATE, False, pid))
    kernel.AssignProcessToJobObject(job, child)
    kernel.CloseHandle(child)

    def kill() -> None:
        kernel.TerminateJobObject(job, 1)
        kernel.CloseHandle(job)

    return kill


def short_name(folder: Path) -> Path:
    """Make, or find again, a junction for a folder whose name is longer than LONG.

    After Effects and its plug-ins know no names beyond 260 characters, and a bundle's own may be
    long. Where the root cannot be written the folder keeps its name. Not yet proven there.
    """
    if sys.platform != "win32" or len(str(folder)) <= LONG:
        return folder
    import _winapi

    mark = hashlib.sha256(str(folder).lower().encode()).hexdigest()[:6]
    link = Path(folder.anchor) / f"fr{mark}"
    with contextlib.suppress(OSError):
        if not link.exists():
            _winapi.CreateJunction(str(folder), str(link))
        if link.resolve() == folder.resolve():
            return link
    return folder
