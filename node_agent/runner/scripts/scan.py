"""Task scan: the template as the engine sees it, by our one script; the facts go to the server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from node_agent.core.arguments import afterfx
from node_agent.core.enginelog import EngineLog
from node_agent.engines.activity import Activity
from node_agent.engines.aftereffects import run_script
from node_agent.engines.scan import lay_scan, read_facts
from node_agent.errors import broken
from node_agent.report.attempt import AttemptReporter, Stage, Upload
from node_agent.runner.context import Attempt, Done
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.scripts.outcome import no_result
from node_agent.settings import Settings
from orchestrator.wire.content.facts import ScanRun
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Output, ScanSpec

FACTS = "facts.json"
PHASES: tuple[Stage, ...] = ("launch", "open", "read")
ACTIVITY_EVERY = 20
"""Looks, four a second, between two sums of the engine's CPU."""


async def scan_task(attempt: Attempt, _: ScanSpec) -> Done:
    """Open the template, read it, upload the facts.

    Raises TaskBroken; NodeBroken when this node cannot run scripts.
    """
    await bring_inputs(attempt)
    folder, tools = attempt.folder, attempt.tools
    engine = attempt.engine
    if folder.project is None:
        raise broken(FailureClass.TEMPLATE, "no_bundle", "The task names no template bundle.")
    attempt.engine_version = engine.version
    script, run = await asyncio.to_thread(lay_scan, folder.script, folder.project)
    log, life = EngineLog(), _Life(attempt.reporter, run, tools.settings)
    with attempt.timed("scan"):
        code = await run_script(
            engine,
            afterfx(engine.afterfx, script, tools.host.platform),
            tools.spawner,
            cwd=folder.job,
            env=attempt.engine_env(),
            on_output=lambda chunk: attempt.reporter.log(log.feed(chunk)),
            timeout_s=tools.settings.scan_s,
            finished=Path(run.result).exists,
            stage="scan",
            watch=life.look,
        )
    attempt.reporter.log(log.close())
    try:
        await asyncio.to_thread(read_facts, Path(run.result))
    except FileNotFoundError:
        raise no_result(log, code, "scan") from None
    (done,) = await attempt.reporter.upload([Upload(FACTS, Path(run.result), "application/json")])
    facts = Output(
        kind="facts",
        key=done.target.key,
        content_type="application/json",
        size_bytes=done.size_bytes,
        sha256=done.sha256,
    )
    return Done(outputs=(facts,))


class _Life:
    """Tell how far a script is: launching until it writes, opening until it writes again.

    Each second tells the server something new, so that a cancelled scan hears of it at once.
    """

    def __init__(self, reporter: AttemptReporter, run: ScanRun, settings: Settings) -> None:
        self._reporter = reporter
        self._progress = Path(run.progress)
        self._settings = settings
        self._began = self._lived = time.monotonic()
        self._written = 0
        self._seen = 0
        self._activity = Activity(ACTIVITY_EVERY)

    def look(self, pid: int) -> None:
        """Note signs of life; raises TaskBroken when there were none for too long."""
        now = time.monotonic()
        try:
            written = self._progress.stat().st_mtime_ns
        except OSError:
            written = 0
        if written != self._written:
            self._written, self._lived = written, now
            self._seen += 1
        elif self._seen and self._activity.moved(pid):
            self._lived = now
        phase = PHASES[min(self._seen, len(PHASES) - 1)]
        self._reporter.stage(phase, int(now - self._began), int(self._settings.scan_s))
        patience_s = self._settings.open_s if self._seen else self._settings.launch_s
        if now - self._lived > patience_s:
            raise broken(
                FailureClass.UNKNOWN,
                "scan_hang",
                f"The engine did nothing for {patience_s:.0f} s ({phase}); a dialog may be open "
                "on this node.",
                stage="scan",
            )
