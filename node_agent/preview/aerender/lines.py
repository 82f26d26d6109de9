"""Says what aerender says, line by line, to stdout and to the log file that -log names."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TextIO


def version_line(engine_major: int) -> str:
    """Give the version line; it says what this program is and never claims to be Adobe's."""
    return f"aerender version {engine_major}.0x0 (FlatRender preview engine, not After Effects)"


class Lines:
    """Print lines at once, so that whoever reads the pipe sees each as it happens."""

    def __init__(self, *, progress: bool = True, log: TextIO | None = None) -> None:
        self._progress = progress
        self._log = log

    def plain(self, text: str) -> None:
        """Print one line as it stands; line breaks in it become spaces."""
        line = " ".join(text.split("\n"))
        # A lone surrogate from a file's name must not stop the log.
        line = line.encode("utf-8", "replace").decode("utf-8")
        for stream in (sys.stdout, self._log):
            if stream is not None:
                stream.write(line + "\n")
                stream.flush()

    def progress(self, text: str) -> None:
        """Print a PROGRESS line unless only errors were asked for."""
        if self._progress:
            self.plain(f"PROGRESS: {text}")

    def error(self, text: str) -> None:
        """Print aerender's error line."""
        self.plain(f"aerender ERROR: {text}")


def timecode(frame: int, fps: float, *, drop: bool) -> str:
    """Give H:MM:SS:FF of a frame number, with `;` between the parts for drop-frame comps."""
    base = max(1, round(fps))
    number = abs(frame)
    mark = ":"
    if drop and base in {30, 60}:
        mark = ";"
        number = _dropped(number, base)
    seconds, frames = divmod(number, base)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    width = max(2, len(str(base - 1)))
    sign = "-" if frame < 0 else ""
    return f"{sign}{hours}{mark}{minute:02d}{mark}{second:02d}{mark}{frames:0{width}d}"


def _dropped(frame: int, base: int) -> int:
    """Add the frame numbers that drop-frame timecode leaves out."""
    skip = base // 15
    per_minute = base * 60 - skip
    per_ten = per_minute * 10 + skip
    tens, rest = divmod(frame, per_ten)
    more = skip * ((rest - skip) // per_minute) if rest > skip else 0
    return frame + 9 * skip * tens + more


def clock(now: datetime) -> str:
    """Give a date and time as an English After Effects prints it."""
    hour = now.hour % 12 or 12
    half = "AM" if now.hour < 12 else "PM"
    return f"{now.month}/{now.day}/{now.year} {hour}:{now:%M:%S} {half}"


def elapsed(seconds: float) -> str:
    """Give a length of time as After Effects prints it."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    if hours:
        return f"{hours} Hr, {minutes} Min"
    if minutes:
        return f"{minutes} Min, {second} Sec"
    return f"{whole} Seconds"
