"""Stage frames: render the spans, verify each frame as it appears, judge the run by its outputs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from node_agent.core.arguments import Launch, aerender
from node_agent.core.enginelog import Facts
from node_agent.core.frames.spans import landmarks, launches
from node_agent.core.verdict import Ending, Outputs, judge
from node_agent.engines.render import run_aerender
from node_agent.errors import broken, clean, of_failure
from node_agent.runner.context import Attempt, Done
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.scripts.bind import RGB, RGBA
from node_agent.runner.timing import FrameClock
from node_agent.runner.uploads import OnFrame, uploading
from node_agent.runner.verify import Frame, FrameCheck, Looks, changed, manifest_sha256
from orchestrator.wire import frames as ranges
from orchestrator.wire.failures import FINAL, Failure, FailureClass
from orchestrator.wire.tasks import CheckedFrame, CrashReport, FramesSpec

Span = tuple[int, int]
AGAIN = 2
"""So often frames are rendered again whose files changed after they were verified."""


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
    """Do a frames task: render, verify, upload as keys of this attempt.

    Frames that are only to be compared are rendered with the others and stay here.
    """
    await bring_inputs(attempt)
    # The output's size is not the comp's where the client orders another: frames must be alike.
    module = spec.module or (RGBA if spec.alpha else RGB)
    kept = ranges.parse(spec.frames)
    compared = frozenset(ranges.each(ranges.minus(ranges.parse(spec.check), kept)))
    order = Order(ranges.merge((*kept, *ranges.parse(spec.check))), None, spec.alpha, module)
    async with uploading(attempt) as upload:

        def on_frame(frame: Frame) -> None:
            if frame.number not in compared:
                upload(frame)

        frames = await render_frames(attempt, order, on_frame)
    checked = tuple(
        CheckedFrame(frame=frame.number, sha256=frame.sha256)
        for frame in frames
        if frame.number in compared
    )
    return Done(
        (), *summary([one for one in frames if one.number not in compared]), checked=checked
    )


def summary(frames: Sequence[Frame]) -> tuple[str, str]:
    """Give the ranges and the manifest hash of frames in order."""
    done = ranges.write(ranges.from_frames(frame.number for frame in frames))
    return done, manifest_sha256([frame.sha256 for frame in frames])


async def render_frames(
    attempt: Attempt, order: Order, on_frame: OnFrame | None = None
) -> list[Frame]:
    """Render every span, one launch each; give the verified frames in order.

    `on_frame` hears of each frame as soon as it is verified. Files that were damaged or lost since
    are rendered once more, at most AGAIN times.

    Raises TaskBroken with the verdict's failure.
    """
    total = ranges.count(order.spans)
    if not total:
        raise broken(FailureClass.VALUES, "no_frames", "The task asks for no frame at all.")
    have = dict(order.have)
    for _ in range(1 + AGAIN):
        attempt.reporter.stage("frames", len(have), total)
        for span in launches(ranges.minus(order.spans, ranges.from_frames(have))):
            have = {number: one for number, one in have.items() if not _in(span, number)}
            with attempt.timed("frames"):
                found = await _render_span(attempt, order, span, (len(have), total), on_frame)
            have |= {frame.number: frame for frame in found}
        spoilt = await asyncio.to_thread(changed, have.values())
        if not spoilt:
            return [have[number] for number in sorted(have)]
        for frame in spoilt:
            del have[frame.number]
            frame.path.unlink(missing_ok=True)
        told = ranges.write(ranges.from_frames(frame.number for frame in spoilt))[:300]
        attempt.warn(f"Frames {told} were damaged on the node's disk and were rendered again.")
    raise broken(
        FailureClass.NODE,
        "frames_spoilt",
        f"Frames {told} do not stay as they were written, again and again. Look at this node's "
        "disk and at what else writes there.",
        stage="frames",
    )


async def _render_span(
    attempt: Attempt, order: Order, span: Span, progress: Span, on_frame: OnFrame | None
) -> list[Frame]:
    before, total = progress
    tools, folder, reporter = attempt.tools, attempt.folder, attempt.reporter
    engine = attempt.engine

    clock, early = FrameClock(), landmarks(order.spans)

    def told(frame: Frame) -> None:
        clock.tick()
        reporter.newest(frame.number, frame.path, matters=frame.number in early)
        reporter.stage("frames", before + checked.count, total)
        reporter.stage("verify", before + checked.count, total)
        if on_frame is not None:
            on_frame(frame)

    modes = {"RGBA"} if order.alpha else {"RGB"}
    if order.module not in {RGB, RGBA, None}:
        modes |= {"RGB", "RGBA"}
    wanted = [number for number in ranges.each(order.spans) if _in(span, number)]
    checked = FrameCheck(folder.frames, wanted, Looks(order.size, frozenset(modes)), told)
    launch = Launch(folder.bound, 1, folder.frames / "[#####].png", order.module, span)
    facts, ending, times = await run_aerender(
        engine,
        aerender(engine.aerender, launch),
        tools.spawner,
        cwd=folder.job,
        env=attempt.engine_env(),
        limits=attempt.limits,
        outputs=checked,
        on_lines=reporter.log,
        on_idle=attempt.take_screenshot if engine.exact else None,
    )
    clock.note(attempt, times)
    await note(attempt, facts)
    outputs = Outputs(checked.wanted, checked.good, checked.bad)
    failure = judge(facts, outputs, ending, strict_fonts=engine.exact)
    if failure is not None:
        await _report_crash(attempt, failure, facts, ending)
        raise of_failure(failure)
    return [checked.good[number] for number in sorted(checked.good)]


def _in(span: Span, number: int) -> bool:
    return span[0] <= number <= span[1]


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


async def _report_crash(attempt: Attempt, failure: Failure, facts: Facts, ending: Ending) -> None:
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
            screenshot_key=await attempt.send_screenshot(),
            last_lines=tuple(clean(line, 500) for line in facts.last[-30:]),
        ),
    )
