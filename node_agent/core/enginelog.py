"""An engine's output as facts: bytes in any chunking go in, frames and errors come out.

Frames are counted by distinct numbers, never by order: several finish at once. Lines are bounded,
whatever an engine prints.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from node_agent.core import faults

LINE_BYTES = 16_384
KEPT_LINES = 200
MAX_FRAMES = 1_000_000
_FRAME = re.compile(
    r"PROGRESS:\s+(?:\d+[:;]\d\d[:;]\d\d[:;]\d{2,}|\d+\+\d\d|\d+)\s+\((\d{1,8})[UL]?\)\s*:"
)
"""Timecode, feet and frames, or frames; U and L are the fields of an interlaced frame."""
_VERSION = re.compile(r"\ufeff?aerender version (\d[\w.]*)")
_STARTING = re.compile(r"^PROGRESS:.*(?:Starting composition|Output To:)", re.IGNORECASE)
_FINISHED = re.compile(
    r"^PROGRESS:.*(?:Finished composition|fin de la composition|Komposition\s.*\sbeendet"
    r"|コンポジション.*(?:終了|完了))",
    re.IGNORECASE,
)
_LAUNCHING = re.compile(r"^PROGRESS: Launching ", re.IGNORECASE)
_QUOTED = re.compile('["“„”«「『].*["”“»」』]')
"""A comp's name, which a client chose and which must not be taken for the engine's own word."""
_HANGUL = re.compile("[\uac00-\ud7a3]{2}")
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]{3}")
_KANA = re.compile("[\u3041-\u30fa]")


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
        self._line = bytearray()
        self._expect_detail = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take a chunk; give the lines that it completed."""
        *whole, rest = chunk.split(b"\n")
        done = []
        for part in whole:
            self._keep(part)
            done.append(self._take())
        self._keep(rest)
        return done

    def close(self) -> list[str]:
        """Take what is left without a line's end."""
        return [self._take()] if self._line else []

    def _keep(self, part: bytes) -> None:
        # The head of a line says what it is; however long the rest, it takes no memory.
        self._line += part[: max(0, LINE_BYTES - len(self._line))]

    def _take(self) -> str:
        line = decode(bytes(self._line)).rstrip("\r")
        self._line.clear()
        facts = self.facts
        facts.lines += 1
        facts.last.append(line)
        del facts.last[:-KEPT_LINES]
        self._read_progress(line)
        if faults.is_suspect(line):
            self._read_fault(line)
        else:
            self._expect_detail = False
        return line

    def _read_progress(self, line: str) -> None:
        facts = self.facts
        frame = _FRAME.match(line)
        if frame is not None:
            facts.launched = facts.started = True
            if len(facts.frames) < MAX_FRAMES:
                facts.frames.add(int(frame[1]))
            return
        told = _QUOTED.sub('""', line)
        if _STARTING.search(told):
            facts.launched = facts.started = True
        elif _FINISHED.search(told):
            facts.finished = True
        else:
            self._read_launch(line)

    def _read_launch(self, line: str) -> None:
        version = _VERSION.match(line)
        if version is not None:
            self.facts.version = version[1][:100]
        elif line.strip() and not _LAUNCHING.search(line) and not faults.NOISE.search(line):
            self.facts.launched = True

    def _read_fault(self, line: str) -> None:
        facts = self.facts
        if self._expect_detail and line.strip():
            self._expect_detail = False
            known, told = facts.fatal[-1]
            facts.fatal[-1] = known, f"{told} {line.strip()}"[:2000]
        if faults.FONTS.search(line):
            facts.fonts.append(line.removeprefix("WARNING:").strip()[:500])
            del facts.fonts[20:]
            return
        fault = faults.find(line)
        if fault is not None:
            if all(known.code != fault.code for known, _ in facts.fatal):
                facts.fatal.append((fault, line.strip()[:2000]))
                self._expect_detail = fault.code in faults.DETAILED
        elif line.startswith("WARNING:"):
            facts.warnings.append(line.removeprefix("WARNING:").strip()[:500])
        del facts.warnings[50:]


def decode(raw: bytes) -> str:
    """Read bytes as UTF-8, else in the code page of an old console that they fit.

    Before 2022, and in what Windows itself says, aerender speaks cp850, Shift-JIS or EUC-KR.
    """
    try:
        # A line that was cut at its limit may end within a letter.
        return codecs.getincrementaldecoder("utf-8")().decode(raw, len(raw) < LINE_BYTES)
    except UnicodeDecodeError:
        pass
    korean, japanese = _read(raw, "euc_kr"), _read(raw, "cp932")
    if korean is not None and _HANGUL.search(korean):
        return korean
    # Three such letters in a row: single accented letters of cp850 look like one of them.
    if japanese is not None and _JAPANESE.search(japanese) and _KANA.search(japanese):
        return japanese
    return raw.decode("cp850", errors="replace")


def _read(raw: bytes, page: str) -> str | None:
    try:
        return raw.decode(page)
    except UnicodeDecodeError:
        return None
