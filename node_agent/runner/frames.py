"""Stage frames: render the spans, verify each frame as it appears, judge the run by its outputs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from node_agent.core.arguments import Launch, aerender
from node_agent.core.enginelog import Facts
from node_agent.core.verdict import Ending, Outputs, judge
from node_agent.engines.render import run_aerender
from node_agent.errors import broken, clean, of_failure
from node_agent.runner.context import Attempt, Done
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.scripts.bind import RGB, RGBA
from node_agent.runner.uploads import OnFrame, uploading
from node_agent.runner.verify import Frame, FrameCheck, Looks, manifest_sha256
from orchestrator.wire import frames as ranges
from orchestrator.wire.failures import FINAL, Failure, FailureClass
from orchestrator.wire.tasks import CrashReport, FramesSpec

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """Say what to render of a bound project; `module` None keeps the one it was saved with."""

    spans: Sequence[Span]
    size: tuple[int, int] | None
    alpha: bool
    module: str | None
    have: Mapping[int, Frame] = field(default_factory=dict)
    """Frames that an earlier attempt verified on this node; they are not rendered again."""


async def frames_task(attempt: Attempt, spec: FramesSpec) -> Done:
    """Do a frames task: render, verify, upload as keys of this attempt."""
    await bring_inputs(attempt)
    # The output's size is not the comp's where the client orders another: frames must be alike.
    module = spec.module or (RGBA if spec.alpha else RGB)
    order = Order(ranges.parse(spec.frames), None, spec.alpha, module)
    async with uploading(attempt) as on_frame:
        frames = await render_frames(attempt, order, on_frame)
    return Done((), *summary(frames))


def summary(frames: Sequence[Frame]) -> tuple[str, str]:
    """Give the ranges and the manifest hash of frames in order."""
    done = ranges.write(ranges.from_frames(frame.number for frame in frames))
    return done, manifest_sha256([frame.sha256 for frame in frames])


async def render_frames(
    attempt: Attempt, order: Order, on_frame: OnFrame | None = None
) -> list[Frame]:
    """Render every span, one launch each; give the verified frames in order.

    `on_frame` hears of each frame as soon as it is verified.

    Raises TaskBroken with the verdict's failure.
    """
    total = ranges.count(order.spans)
    if not total:
        raise broken(FailureClass.VALUES, "no_frames", "The task asks for no frame at all.")
    frames = list(order.have.values())
    attempt.reporter.stage("frames", len(frames), total)
    for span in ranges.minus(order.spans, ranges.from_frames(order.have)):
        with attempt.timed("frames"):
            frames += await _render_span(attempt, order, span, (len(frames), total), on_frame)
    return sorted(frames, key=lambda frame: frame.number)


async def _render_span(
    attempt: Attempt, order: Order, span: Span, progress: Span, on_frame: OnFrame | None
) -> list[Frame]:
    before, total = progress
    tools, folder, reporter = attempt.tools, attempt.folder, attempt.reporter
    engine = attempt.engine

    def told(frame: Frame) -> None:
        reporter.newest(frame.number, frame.path)
        reporter.stage("frames", before + checked.count, total)
        reporter.stage("verify", before + checked.count, total)
        if on_frame is not None:
            on_frame(frame)

    modes = {"RGBA"} if order.alpha else {"RGB"}
    if order.module not in {RGB, RGBA, None}:
        modes |= {"RGB", "RGBA"}
    checked = FrameCheck(
        folder.frames, range(span[0], span[1] + 1), Looks(order.size, frozenset(modes)), told
    )
    launch = Launch(folder.bound, 1, folder.frames / "[#####].png", order.module, span)
    facts, ending = await run_aerender(
        engine,
        aerender(engine.aerender, launch),
        tools.spawner,
        cwd=folder.job,
        env=attempt.engine_env(),
        limits=tools.limits,
        outputs=checked,
        on_lines=reporter.log,
    )
    await note(attempt, facts)
    outputs = Outputs(checked.wanted, checked.good, checked.bad)
    failure = judge(facts, outputs, ending, strict_fonts=engine.exact)
    if failure is not None:
        _report_crash(attempt, failure, facts, ending)
        raise of_failure(failure)
    return [checked.good[number] for number in sorted(checked.good)]


async def note(attempt: Attempt, facts: Facts) -> None:
    """Take what a run told besides its outputs: version, warnings, what was not drawn."""
    engine = attempt.engine
    attempt.engine_version = clean(facts.version or engine.version, 200)
    for text in (*facts.warnings, *facts.fonts):
        attempt.warn(clean(text, 1000))
    report = await asyncio.to_thread(_read_json, attempt.folder.preview_report)
    unsupported = report.get("unsupported")
    if isinstance(unsupported, dict):
        for kind, count in unsupported.items():
            if isinstance(count, int) and 0 <= count < 2**31:
                key = clean(str(kind), 200)
                attempt.unsupported[key] = max(attempt.unsupported.get(key, 0), count)


def _read_json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes()[: 2**22])
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _report_crash(attempt: Attempt, failure: Failure, facts: Facts, ending: Ending) -> None:
    refused = failure.failure_class in FINAL
    if refused or (ending.exit_code == 0 and ending.by == "itself"):
        return
    attempt.reporter.put(
        "crash",
        CrashReport(
            token=attempt.grant.token,
            crash_class=failure.code,
            exit_code=ending.exit_code,
            frame=max(facts.frames, default=None),
            memory_bytes=ending.memory_bytes,
            last_lines=tuple(clean(line, 500) for line in facts.last[-30:]),
        ),
    )
