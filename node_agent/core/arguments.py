"""The engines' command lines as lists, never as text for a shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestrator.wire.agent import Platform

MFR_MAJOR: Final = 22
"""After Effects 2022: the first that renders several frames side by side and knows -mfr."""
MFR_BYTES: Final = 8 * 2**30
"""With less memory, frames side by side push each other out of it."""
FRAME_BYTES: Final = 2 * 2**30
"""What one frame at work is reckoned with."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Name one item of a bound project's render queue.

    `template` None keeps the output module that the item was saved with; `span` is inclusive, and
    None is the item's whole span.
    """

    project: Path
    item: int
    output: Path
    template: str | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Say what of a machine one slot has; memory in bytes of the whole machine."""

    memory_bytes: int
    cores: int
    slots: int = 1


def aerender(program: Sequence[str], launch: Launch) -> list[str]:
    """Drive aerender by -rqindex: without it -output, -s, -e and the templates are ignored.

    No comp is ever named: -comp takes the first of several of one name.
    """
    template = [] if launch.template is None else ["-OMtemplate", launch.template]
    span = [] if launch.span is None else ["-s", str(launch.span[0]), "-e", str(launch.span[1])]
    return [
        *program,
        "-project", str(launch.project),
        "-rqindex", str(launch.item),
        "-output", str(launch.output),
        *template,
        *span,
        "-v", "ERRORS_AND_PROGRESS",
        "-close", "DO_NOT_SAVE_CHANGES",
        "-sound", "OFF",
    ]  # fmt: skip


def aerender_queue(program: Sequence[str], project: Path) -> list[str]:
    """Render everything that a project was saved with in its queue, as it was saved."""
    return [
        *program,
        "-project", str(project),
        "-v", "ERRORS_AND_PROGRESS",
        "-close", "DO_NOT_SAVE_CHANGES",
    ]  # fmt: skip


def tuning(major: int, share: Share) -> tuple[str, ...]:
    """Share a machine's memory and cores among its slots, by what this version understands.

    -mem_usage refuses 0; -mfr wants both words, and before 2022 is an illegal flag.
    """
    slots = max(1, share.slots)
    percent = max(10, 80 // slots)
    memory = ("-mem_usage", str(max(5, percent // 2)), str(percent))
    if major < MFR_MAJOR:
        return memory
    own_bytes = share.memory_bytes // slots
    wanted_bytes = FRAME_BYTES * max(1, share.cores)
    cpu = max(1, min(100, 100 * own_bytes // wanted_bytes) // slots)
    return (*memory, "-mfr", "ON" if own_bytes >= MFR_BYTES else "OFF", str(cpu))


def afterfx(program: Sequence[str], script: Path, platform: Platform) -> list[str]:
    """Run a script in After Effects; on macOS only the system's script bridge can."""
    if platform == "macos" and len(program) == 1 and program[0].endswith(".app"):
        quoted = str(script).replace("\\", "\\\\").replace('"', '\\"')
        name = Path(program[0]).stem.replace('"', "")
        return ["osascript", "-e", f'tell application "{name}" to DoScriptFile "{quoted}"']
    return [*program, "-m", "-noui", "-r", str(script)]
