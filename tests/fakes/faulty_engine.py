"""The preview engine's aerender with faults: it spoils frames, or the agent, as files tell it.

Each launch takes the first of the files that lie in `faults` beside the preview's own folder; every
line of it is `verb frame`:
cut, flip and drop spoil a frame's file as soon as it is written, twice writes it once more and
beside it in another format; seen and sent spoil it, its size and time kept, after the last frame
and once the agent has found it good, or has sent it too; kill ends the agent without a word, wait
holds the engine until a file `go` lies beside the faults.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from node_agent.preview.aerender import writers
from node_agent.preview.aerender.run import main

HOLD_S = 60.0


def faults(folder: Path) -> dict[int, list[str]]:
    """Take what lies ready for one launch: verbs by frame."""
    found: dict[int, list[str]] = {}
    for path in sorted(folder.glob("*.fault"))[:1]:
        text = path.read_text("utf-8")
        path.unlink()
        for line in text.splitlines():
            verb, number = line.split()
            found.setdefault(int(number), []).append(verb)
    return found


def flip(path: Path) -> None:
    """Turn a byte in the middle of a file around; size and time stay."""
    info, raw = path.stat(), bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


class FaultyStills(writers._Stills):
    """Write frames as the engine does, then spoil some."""

    told: dict[int, list[str]]
    folder: Path

    def __init__(self, target: writers.Output) -> None:
        super().__init__(target)
        self._late: list[tuple[Path, str]] = []

    def write(self, number: int, pixels: np.ndarray) -> None:
        super().write(number, pixels)
        path = self._target.frame_path(number)
        for verb in self.told.get(number, ()):
            self._spoil(verb, path, pixels)

    def _spoil(self, verb: str, path: Path, pixels: np.ndarray) -> None:
        if verb == "cut":
            os.truncate(path, path.stat().st_size // 2)
        elif verb == "flip":
            flip(path)
        elif verb == "drop":
            path.unlink()
        elif verb == "twice":
            shutil.copyfile(path, path.with_name(f"copy of {path.name}"))
            Image.fromarray(pixels).save(path.with_suffix(".tif"))
            super().write(int(path.stem), pixels)
        elif verb in {"seen", "sent"}:
            self._late.append((path, verb))
        elif verb == "kill":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(HOLD_S)
        elif verb == "wait":
            _wait_until((self.folder / "go").exists)

    def close(self, *, keep: bool) -> None:
        """Spoil what was to be spoilt late, once the agent has noted that it came so far."""
        for path, what in self._late:
            _wait_until(note_of(path, what).exists)
            flip(path)
        super().close(keep=keep)


def note_of(frame: Path, what: str) -> Path:
    """Name the file that says how far a frame came: the agent has `seen` it good, or `sent` it."""
    return frame.parents[2] / f"{frame.name}.{what}"


def _wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + HOLD_S
    while not holds() and time.monotonic() < ends:
        time.sleep(0.02)


if __name__ == "__main__":
    FaultyStills.folder = Path(os.environ["FLATRENDER_PREVIEW_HOME"]).parent / "faults"
    FaultyStills.told = faults(FaultyStills.folder) if "-version" not in sys.argv else {}
    writers._Stills = FaultyStills  # type: ignore[misc]
    sys.exit(main(sys.argv[1:]))
