"""A scripted engine for chaos: aerender and AfterFX in one file; every frame is known.

Run as `engine.py aerender|afterfx FOLDER ARGUMENTS...`. A file `fault` in FOLDER names what goes
wrong once: crash, signal, hang, truncated, silent, escape; a file `always` makes every launch fail.
The value bound into the project is `mark frame_s`: the mark decides every picture, frame_s how
long one takes; a mark that begins with `poison` kills the agent. A file `sha256` names the only
project that may be bound: any other draws other pictures. Each drawn frame is a line in `drawn`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import sys
import time
import zlib
from itertools import pairwise
from pathlib import Path

WIDTH, HEIGHT, FPS, FRAMES = 64, 36, 25, 200
HANG_S = 600


def colour(mark: str, number: int) -> tuple[int, int, int]:
    """Give the one colour of a frame; no two frames of a run are likely to be alike."""
    red, green, blue = hashlib.sha256(f"{mark}/{number}".encode()).digest()[:3]
    return red, green, blue


def png(mark: str, number: int) -> bytes:
    """Draw a frame: the same bytes for the same mark and number on every node, every time."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    row = b"\0" + bytes(colour(mark, number)) * WIDTH
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * HEIGHT)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def say(line: str) -> None:
    """Print a line as the engine does."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def take_fault(folder: Path) -> str:
    """Take the fault that lies ready, if any; each is taken by one launch only."""
    taken = folder / f"fault.{os.getpid()}"
    try:
        (folder / "fault").rename(taken)
    except OSError:
        return ""
    return taken.read_text("utf-8").strip()


def aerender(folder: Path, words: list[str]) -> int:
    """Render a span of frames."""
    say("aerender version 26.0x67")
    if "-version" in words:
        return 15
    flags = dict(pairwise(words))
    if flags.get("-rqindex") == "2":
        say("aerender ERROR: No render queue item was found with the given index.")
        return 7
    fault = take_fault(folder)
    if fault == "silent":
        return 0
    if (folder / "always").exists():
        say("aerender ERROR An existing connection was forcibly closed by the remote host.")
        return 1
    if fault == "escape":
        escape()
    mark, frame_s = json.loads(Path(flags["-project"]).read_bytes()[8:])
    span = range(int(flags.get("-s", "0")), int(flags.get("-e", str(FRAMES - 1))) + 1)
    say("PROGRESS: Launching After Effects...")
    say("PROGRESS: ...After Effects successfully launched")
    say('PROGRESS:  11/14/2026 10:21:37 AM: Starting composition "main".')
    for done, number in enumerate(span):
        if fault and done >= len(span) // 2:
            if fault == "crash":
                say("aerender ERROR An existing connection was forcibly closed by the remote host.")
                return 1
            if fault == "signal":
                os.kill(os.getpid(), 11)
            if fault == "hang":
                time.sleep(HANG_S)
        path = Path(flags["-output"].replace("[#####]", f"{number:05d}"))
        content = png(mark, number)
        if fault == "truncated" and number == span[-1]:
            content = content[:-20]
        draft = path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(path)
        with (folder / "drawn").open("a") as drawn:
            drawn.write(f"{mark} {number}\n")
        if mark.startswith("poison"):
            os.kill(os.getppid(), 9)
            time.sleep(HANG_S)
        say(f"PROGRESS:  0:00:{number // FPS:02d}:{number % FPS:02d} ({done + 1}): 0 Seconds")
        time.sleep(frame_s)
    say('PROGRESS:  4/7/26 3:01:44 AM: Finished composition "main".')
    say("PROGRESS:  Total Time Elapsed: 1 Seconds")
    return 0


def escape() -> None:
    """Leave a grandchild that left the session and lost its parent."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(HANG_S)
        os._exit(0)


def afterfx(folder: Path, words: list[str]) -> int:
    """Bind: keep the one value of the order in the project."""
    script = Path(words[words.index("-r") + 1])
    if script.name == "probe.jsx":
        asked = re.search(r'write\("(\w+)"\)', script.read_text("ascii"))
        (script.parent / "probe.txt").write_text(asked[1] if asked else "")
        return 0
    told = json.loads((script.parent / "bind_spec.json").read_text("utf-8"))
    (scene,) = told["spec"]["scenes"]
    (value,) = scene["values"]
    mark, frame_s = value["value"].split(" ")
    run = told["run"]
    right = folder / "sha256"
    used = hashlib.sha256(Path(run["project"]).read_bytes()).hexdigest()
    if right.exists() and right.read_text() != used:
        mark += "-of-another-project"
    Path(run["bound"]).write_bytes(b"RIFX\0\0\0\0" + json.dumps([mark, float(frame_s)]).encode())
    result = {
        "ok": True, "final_comp": "main", "width": WIDTH, "height": HEIGHT, "fps": float(FPS),
        "duration_s": FRAMES / FPS, "frames": FRAMES, "has_audio": False,
        "output_module": "FR RGB", "ae_version": "26.0",
    }  # fmt: skip
    Path(run["result"]).write_text(json.dumps(result), "utf-8")
    return 0


def main() -> int:
    """Be one of the two programs."""
    kind, folder, *words = sys.argv[1:]
    return afterfx(Path(folder), words) if kind == "afterfx" else aerender(Path(folder), words)


if __name__ == "__main__":
    sys.exit(main())
