"""A picture of the screen, for a dialog that nobody answers; not yet proven on Windows or macOS."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from PIL import Image

SIDE, QUALITY = 1600, 55
MAX_BYTES = 2**20
WAIT_S = 15.0


def of_windows(target: Path) -> bool:
    """Write a small JPEG of all screens; False when nobody is signed in, or it cannot be had."""
    if sys.platform != "win32":
        return False
    with suppress(OSError, ValueError):
        from PIL import ImageGrab

        return keep(ImageGrab.grab(all_screens=True), target)
    return False


def of_macos(target: Path) -> bool:
    """Write a small JPEG of the main screen; False without the right to record the screen."""
    raw = target.with_suffix(".full.png")
    words = ["/usr/sbin/screencapture", "-x", "-t", "png", str(raw)]
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT_S, check=False
        )
        if done.returncode == 0:
            with Image.open(raw) as whole:
                return keep(whole, target)
    raw.unlink(missing_ok=True)
    return False


def keep(whole: Image.Image, target: Path) -> bool:
    """Write a picture as a JPEG of at most SIDE pixels; False when it is still too large."""
    small = whole.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    small.save(target, "JPEG", quality=QUALITY)
    if target.stat().st_size <= MAX_BYTES:
        return True
    target.unlink()
    return False
