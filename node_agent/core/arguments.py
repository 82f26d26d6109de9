"""The engines' command lines as lists, never as text for a shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.wire.agent import Platform


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
    sound: bool = False


def aerender(program: Sequence[str], launch: Launch) -> list[str]:
    """Drive aerender by -rqindex: without it -output, -s, -e and the templates are ignored."""
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
        "-sound", "ON" if launch.sound else "OFF",
    ]  # fmt: skip


def afterfx(program: Sequence[str], script: Path, platform: Platform) -> list[str]:
    """Run a script in After Effects; on macOS only the system's script bridge can."""
    if platform == "macos" and len(program) == 1 and program[0].endswith(".app"):
        quoted = str(script).replace("\\", "\\\\").replace('"', '\\"')
        name = Path(program[0]).stem.replace('"', "")
        return ["osascript", "-e", f'tell application "{name}" to DoScriptFile "{quoted}"']
    return [*program, "-m", "-noui", "-r", str(script)]
