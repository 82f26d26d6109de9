"""Task render: a whole job on one node, in two launches of the engine: bind and frames."""

from __future__ import annotations

import asyncio

from node_agent.errors import broken
from node_agent.runner.context import Attempt, Done
from node_agent.runner.exporting.film import Cut
from node_agent.runner.exporting.task import export
from node_agent.runner.frames import Order, render_frames, summary
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.salvage import Journal, key_of
from node_agent.runner.scripts.bind import bind
from node_agent.runner.sound import rendered_sound
from orchestrator.wire import frames as ranges
from orchestrator.wire.bind import BindResult
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import RenderSpec


async def render_task(attempt: Attempt, spec: RenderSpec) -> Done:
    """Bind with the template's sound, render and verify the frames, encode, upload."""
    attempt.tools.ffmpeg()
    await bring_inputs(attempt)
    alpha = spec.output.alpha
    bound = await bind(attempt, spec.bind, alpha=alpha)
    sound = await rendered_sound(attempt, bound)
    spans = ranges.parse(spec.frames)
    _check_span(bound, spans)
    size = (bound.width, bound.height) if bound.width and bound.height else None
    key = key_of(attempt.grant, attempt.engine.version)
    have = await asyncio.to_thread(attempt.tools.salvage.take, key, attempt.folder.frames)
    journal = Journal(attempt.folder, key)
    for frame in have.values():
        journal.add(frame)
    order = Order(spans, size, alpha, bound.output_module, have)
    frames = await render_frames(attempt, order, journal.add)
    attempt.remark_on(frames)
    cut = Cut(
        {frame.number: frame.path for frame in frames},
        spec.fps,
        spec.width,
        spec.height,
        spec.output,
        spec.bind.audio,
        sound,
        tuple(frame.sha256 for frame in frames),
    )
    outputs = await export(attempt, cut)
    return Done(outputs, *summary(frames))


def _check_span(bound: BindResult, spans: tuple[tuple[int, int], ...]) -> None:
    """Refuse frames that the bound comp does not have, before an hour of rendering them."""
    if bound.frames is None or not spans or spans[-1][1] < bound.frames:
        return
    raise broken(
        FailureClass.TEMPLATE,
        "frames_outside",
        f"The comp {bound.final_comp} has the frames 0-{max(0, bound.frames - 1)}; "
        f"{ranges.write(spans)[:200]} lies outside.",
        stage="bind",
    )
