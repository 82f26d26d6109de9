"""An engine's output as facts: bytes in any chunking go in, frames and errors come out.

Frames are counted by distinct numbers, never by order: several finish at once. Lines are bounded,
whatever an engine prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from node_agent.core import faults

LINE_BYTES = 16_384
KEPT_LINES = 200
MAX_FRAMES = 1_000_000
_FRAME = re.compile(r"PROGRESS:\s+(?:\d+[:;]\d\d[:;]\d\d[:;]\d{2,}|\d+)\s+\((\d{1,8})[UL]?\)\s*:")
_VERSION = re.compile(r"aerender version (\d[\w.]*)")
_STARTING = re.compile(r"Starting composition|Output To:", re.IGNORECASE)
_FINISHED = re.compile(
    r"Finished composition|fin de la composition|Komposition\s.*\sbeendet", re.IGNORECASE
)
_LAUNCHING = re.compile(r"^PROGRESS: Launching ", re.IGNORECASE)


@dataclass(slots=True)
class Facts:
    """Hold what the output told; `fatal` keeps the first line of each known fault."""

    version: str | None = None
    launched: bool = False
    started: bool = False
    finished: bool = False
    frames: set[int] = field(default_factory=set)
    fatal: list[tuple[faults.Fault, str]] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lines: int = 0
    last: list[str] = field(default_factory=list)


class EngineLog:
    """Cut chunks into lines and read them; call `close` for the last line."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._rest = b""
        self._expect_detail = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take a chunk; give the lines that it completed."""
        *whole, rest = (self._rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        self._rest = rest[-LINE_BYTES:]
        return [self._take(line) for line in whole]

    def close(self) -> list[str]:
        """Take what is left without a line's end."""
        rest, self._rest = self._rest, b""
        return [self._take(rest)] if rest else []

    def _take(self, raw: bytes) -> str:
        line = decode(raw[:LINE_BYTES]).rstrip("\r")
        facts = self.facts
        facts.lines += 1
        facts.last.append(line)
        del facts.last[:-KEPT_LINES]
        self._read_progress(line)
        if faults.is_suspect(line):
            self._read_fault(line)
        return line

    def _read_progress(self, line: str) -> None:
        facts = self.facts
        frame = _FRAME.match(line)
        if frame is not None:
            facts.launched = facts.started = True
            if len(facts.frames) < MAX_FRAMES:
                facts.frames.add(int(frame[1]))
        elif _FINISHED.search(line):
            facts.finished = True
        elif _STARTING.search(line):
            facts.launched = facts.started = True
        else:
            version = _VERSION.match(line)
            if version is not None:
                facts.version = version[1]
            elif line.strip() and not _LAUNCHING.search(line):
                facts.launched = True

    def _read_fault(self, line: str) -> None:
        facts = self.facts
        if self._expect_detail and line.strip():
            self._expect_detail = False
            facts.warnings.append(line.strip()[:500])
        if faults.FONTS.search(line):
            facts.fonts.append(line.removeprefix("WARNING:").strip()[:500])
            del facts.fonts[20:]
            return
        fault = faults.find(line)
        if fault is not None:
            self._expect_detail = fault.code == "effect_missing"
            if all(known.code != fault.code for known, _ in facts.fatal):
                facts.fatal.append((fault, line.strip()[:2000]))
        elif line.startswith("WARNING:"):
            facts.warnings.append(line.removeprefix("WARNING:").strip()[:500])
        del facts.warnings[50:]


def decode(raw: bytes) -> str:
    """Read bytes as UTF-8, else as the code page of old Windows consoles."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp850", errors="replace")
