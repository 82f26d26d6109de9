"""What every kind of task works with: the grant, its folder, the tools of this node."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from node_agent.cache import BundleCache
from node_agent.core.frames.sights import remarks
from node_agent.core.watchdog import Limits, learned
from node_agent.engines.aftereffects import Engine, choose
from node_agent.engines.ffmpeg import FFmpeg, find_ffmpeg, missing_ffmpeg
from node_agent.errors import Refused, RetryLater, broken
from node_agent.fonts.installed import InstalledFonts
from node_agent.host.base import Host
from node_agent.process import Spawner
from node_agent.report.attempt import AttemptReporter, Upload
from node_agent.report.client import Client
from node_agent.runner.folder import JobFolder
from node_agent.runner.salvage import Salvage
from node_agent.runner.verify import Frame
from node_agent.settings import Settings
from orchestrator.aep import saved_by
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import CheckedFrame, Grant, Output

DISK_BYTES = 64 * 2**20
"""With less free space than this, or than the node needs to take work, an engine is ended."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Hold what all attempts of one agent share."""

    settings: Settings
    host: Host
    spawner: Spawner
    cache: BundleCache
    client: Client
    engines: tuple[Engine, ...]
    salvage: Salvage
    fonts: InstalledFonts

    @property
    def limits(self) -> Limits:
        """Give the watchdog's limits."""
        told = self.settings
        return Limits(
            told.launch_s,
            told.open_s,
            told.first_frame_s,
            told.frame_s,
            told.finish_s,
            told.total_s,
            told.engine_memory_bytes or psutil.virtual_memory().total,
            min(told.free_disk_bytes, DISK_BYTES),
        )

    def engine(self, grant: Grant, saved_by: int | None = None) -> Engine:
        """Give the engine for a grant whose project this major version saved.

        Raises NodeBroken when it is not here, TaskBroken when every one here is too old.
        """
        major = grant.engine_major
        engine = choose(self.engines, grant.engine, major, saved_by)
        if engine is None:
            wanted = grant.engine if major is None else f"{grant.engine} {major}"
            raise broken(
                FailureClass.NODE,
                "engine_missing",
                f"This node has no engine {wanted}. Run `flatrender-agent check` on it.",
            )
        if saved_by is not None and engine.exact and engine.major < saved_by:
            raise broken(
                FailureClass.TEMPLATE,
                "project_too_new",
                f"The project was saved by After Effects {saved_by}; this node has {engine.major}. "
                "Install the newer version, or save the project for the older one.",
            )
        return engine

    def ffmpeg(self) -> FFmpeg:
        """Give ffmpeg; raises NodeBroken when there is none."""
        program = find_ffmpeg(self.settings)
        if program is None:
            told = missing_ffmpeg(self.settings)
            raise broken(FailureClass.NODE, "ffmpeg_missing", told, stage="export")
        return FFmpeg(program, self.spawner)


@dataclass(slots=True)
class Attempt:
    """Be one attempt at work; what it finds out on the way is collected here for its result."""

    grant: Grant
    tools: Tools
    folder: JobFolder
    reporter: AttemptReporter
    patience_s: float
    timings_s: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    unsupported: dict[str, int] = field(default_factory=dict)
    engine_version: str | None = None
    _engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """Give the engine of this attempt, one for all its stages; only after its inputs came.

        Raises NodeBroken, TaskBroken.
        """
        if self._engine is None:
            project = self.folder.project
            found = saved_by(project) if project is not None else None
            self._engine = self.tools.engine(self.grant, found.major if found else None)
        return self._engine

    @property
    def limits(self) -> Limits:
        """Give the watchdog's limits for this attempt's engine."""
        return learned(self.tools.limits, self.grant.usual)

    def take_screenshot(self) -> None:
        """Photograph the screen, on which a dialog probably waits; call before the engine ends."""
        self.tools.host.screenshot(self.folder.screenshot)

    async def send_screenshot(self) -> str | None:
        """Upload the photograph if there is one, and give its key; it is not worth a failure."""
        if not self.folder.screenshot.is_file():
            return None
        photo = Upload("screenshot.jpg", self.folder.screenshot, "image/jpeg")
        try:
            (done,) = await self.reporter.upload([photo])
        except (Refused, RetryLater):
            return None
        return done.target.key

    def warn(self, text: str) -> None:
        """Keep a warning once, within bounds."""
        if text not in self.warnings and len(self.warnings) < 200:
            self.warnings.append(text)

    def remark_on(self, frames: Iterable[Frame]) -> None:
        """Warn of frames of a whole film that are black or equal among others."""
        for text in remarks({one.number: one.sight for one in frames if one.sight is not None}):
            self.warn(text)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the time that a stage takes to the result."""
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            self.timings_s[name] = round(self.timings_s.get(name, 0.0) + took, 3)

    def engine_env(self) -> dict[str, str]:
        """Give what an engine's environment needs for this attempt alone."""
        temp = str(self.folder.temp)
        return {
            "TMPDIR": temp,
            "TEMP": temp,
            "TMP": temp,
            "FLATRENDER_PREVIEW_ROOT": str(self.folder.job),
            "FLATRENDER_PREVIEW_FONTS": str(self.folder.fonts),
            "FLATRENDER_PREVIEW_REPORT": str(self.folder.preview_report),
        }


@dataclass(frozen=True, slots=True)
class Done:
    """Be what a finished task hands to its result."""

    outputs: tuple[Output, ...] = ()
    frames_done: str = ""
    frames_sha256: str | None = None
    checked: tuple[CheckedFrame, ...] = ()
