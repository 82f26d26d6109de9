"""Where each system keeps fonts of one user, and how it is told of a new one.

Windows and macOS are written from Microsoft's and Apple's documents and not yet proven there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

_TELL_S = 20


class FontRefused(OSError):
    """Say that the system takes a file for no font."""


class FontPlace(Protocol):
    """Be the folder of one user's fonts."""

    folder: Path

    def announce(self, path: Path) -> None:
        """Make the system know a file that lies in the folder; raises OSError, FontRefused."""

    def withdraw(self, path: Path) -> None:
        """Make the system forget a file, before it is removed."""


class PlainPlace:
    """Be a folder that the system watches by itself, as macOS does ~/Library/Fonts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def announce(self, path: Path) -> None:
        """Do nothing: the folder is watched."""

    def withdraw(self, path: Path) -> None:
        """Do nothing: the folder is watched."""


class FontconfigPlace(PlainPlace):
    """Be a folder of fontconfig's, whose cache is made anew."""

    def announce(self, path: Path) -> None:
        """Let fontconfig look again; without the program programs look by themselves."""
        program = shutil.which("fc-cache")
        if program is not None:
            with contextlib.suppress(subprocess.SubprocessError, OSError):
                subprocess.run(
                    [program, str(path.parent)],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_TELL_S,
                    check=False,
                )


class WindowsPlace:
    """Be the fonts of one Windows user: a folder, a value in the registry, a word to all windows.

    Per-user fonts are named by full path below HKCU, Fonts; AddFontResourceW loads one at once and
    gives how many faces it has.
    """

    _KEY = r"Software\Microsoft\Windows NT\CurrentVersion\Fonts"
    _FONTCHANGE, _BROADCAST, _ABORT_IF_HUNG, _TELL_MS = 0x1D, 0xFFFF, 2, 2000

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def announce(self, path: Path) -> None:
        """Register and load the font; raises OSError, FontRefused when it is none to Windows."""
        if sys.platform == "win32":
            import ctypes
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._KEY) as key:
                winreg.SetValueEx(key, path.stem, 0, winreg.REG_SZ, str(path))
            if ctypes.windll.gdi32.AddFontResourceW(str(path)) == 0:
                raise FontRefused("Windows does not load it")
            self._tell()

    def withdraw(self, path: Path) -> None:
        """Unload the font and remove its value."""
        if sys.platform == "win32":
            import ctypes
            import winreg

            ctypes.windll.gdi32.RemoveFontResourceW(str(path))
            with (
                contextlib.suppress(OSError),
                winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._KEY) as key,
            ):
                winreg.DeleteValue(key, path.stem)
            self._tell()

    def _tell(self) -> None:
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.user32.SendMessageTimeoutW(
                self._BROADCAST, self._FONTCHANGE, 0, 0, self._ABORT_IF_HUNG, self._TELL_MS, None
            )


def font_place(given: Path | None) -> FontPlace:
    """Give the place of this machine's user, or a folder that the settings name."""
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local")))
        return WindowsPlace(given or local / "Microsoft" / "Windows" / "Fonts")
    if sys.platform == "darwin":
        return PlainPlace(given or home / "Library" / "Fonts")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return FontconfigPlace(given or data / "fonts")
