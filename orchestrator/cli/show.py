"""Progress bars on stderr: install, bind, frames, export."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from orchestrator.wire.renders import StageProgress

STAGES = ("install", "bind", "frames", "verify", "export")
_SHOWN = ("install", "bind", "frames", "export")


class Bars:
    """Show one bar a stage; on a stream that is no terminal, one line when a stage is full."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._live = self._console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            disable=not self._live,
        )
        self._ids: dict[str, TaskID] = {}
        self._full: set[str] = set()
        self._told = False

    def __enter__(self) -> Self:
        """Show the bars."""
        self._progress.start()
        self._ids = {
            stage: self._progress.add_task(stage, total=None, start=False, left="")
            for stage in _SHOWN
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they stand."""
        self._progress.stop()

    def set(self, stage: str, done: int, total: int) -> None:
        """Move one stage's bar; a stage that is not shown is ignored."""
        if stage not in self._ids:
            return
        task = self._ids[stage]
        if done or total:
            self._progress.start_task(task)
        self._progress.update(task, completed=done, total=total)
        if not self._live and done >= total > 0 and stage not in self._full:
            self._full.add(stage)
            self._console.print(f"{stage:<8} {done}/{total}")

    def stages(self, stages: tuple[StageProgress, ...]) -> None:
        """Move the bars of all stages that a job reports."""
        for stage in stages:
            self.set(stage.stage, stage.done, stage.total)

    def left(self, half_s: float, nine_s: float) -> None:
        """Show how long the job will still take: half of all such jobs, and nine of ten."""
        span = f"{in_words(half_s)}, at most {in_words(nine_s)}"
        if self._live and "frames" in self._ids:
            self._progress.update(self._ids["frames"], left=f"{span} left")
        elif not self._live and not self._told:
            self._told = True
            self._console.print(f"{'left':<8} {span}")

    def say(self, text: str) -> None:
        """Print one line above the bars."""
        self._progress.console.print(text, markup=False, soft_wrap=True)


def in_words(seconds: float) -> str:
    """Say a length of time as a person would: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
