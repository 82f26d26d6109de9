"""Windows: the dialogs of After Effects and the documents folder; not yet proven there."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from node_agent.core.dialogs import CLOSE
from node_agent.core.dialogs import answer as answer_to

_DIALOG_CLASS = "#32770"
_WM_CLOSE, _BM_CLICK = 0x0010, 0x00F5
_CSIDL_PERSONAL = 5
_TIMEOUT_MS = 1000
_ABORT_IF_HUNG = 2
MAX_WINDOWS = 50


def documents() -> Path | None:
    """Give this user's documents folder; None when Windows names none."""
    if sys.platform != "win32":
        return None
    import ctypes

    told = ctypes.create_unicode_buffer(1024)
    done = ctypes.windll.shell32.SHGetFolderPathW(None, _CSIDL_PERSONAL, None, 0, told)
    return Path(told.value) if done == 0 and told.value else None


def answer(pids: Collection[int]) -> list[str]:
    """Answer each known dialog of these processes once; give the titles of those answered."""
    if sys.platform != "win32":
        return []
    import ctypes

    user = ctypes.windll.user32
    answered = []
    for window in _windows(pids):
        title = _text(window)
        inside = _children(window)
        buttons = {_text(child): child for child in inside if _class(child) == "Button"}
        texts = [_text(child) for child in inside if _class(child) == "Static"]
        wanted = answer_to(title, texts, list(buttons))
        if wanted is None:
            continue
        target, message = (window, _WM_CLOSE) if wanted == CLOSE else (buttons[wanted], _BM_CLICK)
        # A window that hangs must not hold the agent.
        user.SendMessageTimeoutW(target, message, 0, 0, _ABORT_IF_HUNG, _TIMEOUT_MS, None)
        answered.append(title or "(untitled)")
    return answered


def _windows(pids: Collection[int]) -> list[int]:
    """Give the visible dialogs of processes."""
    found: list[int] = []
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        user = ctypes.windll.user32

        def look(window: int, _: int) -> bool:
            owner = wintypes.DWORD()
            user.GetWindowThreadProcessId(window, ctypes.byref(owner))
            shown = bool(user.IsWindowVisible(window))
            if owner.value in pids and shown and _class(window) == _DIALOG_CLASS:
                found.append(window)
            return len(found) < MAX_WINDOWS

        kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
        user.EnumWindows(kind(look), 0)
    return found


def _children(window: int) -> list[int]:
    found: list[int] = []
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        def look(child: int, _: int) -> bool:
            found.append(child)
            return len(found) < MAX_WINDOWS

        kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
        ctypes.windll.user32.EnumChildWindows(window, kind(look), 0)
    return found


def _text(window: int) -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    told = ctypes.create_unicode_buffer(1024)
    ctypes.windll.user32.GetWindowTextW(window, told, 1024)
    return told.value


def _class(window: int) -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    told = ctypes.create_unicode_buffer(256)
    ctypes.windll.user32.GetClassNameW(window, told, 256)
    return told.value
