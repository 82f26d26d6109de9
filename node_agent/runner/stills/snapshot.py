"""Task snapshot: pictures of scenes by one launch of the engine, scaled and uploaded."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PIL import Image

from node_agent.core.arguments import aerender_queue
from node_agent.core.verdict import Outputs, judge
from node_agent.engines.render import run_aerender
from node_agent.errors import of_failure
from node_agent.report.attempt import Upload
from node_agent.runner.context import Attempt, Done
from node_agent.runner.frames import note
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.scripts.bind import bind
from node_agent.runner.stills.check import StillCheck
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.tasks import Output

PNG = "image/png"


async def snapshot_task(attempt: Attempt, spec: SnapshotSpec) -> Done:
    """Bind, let the same launch render the pictures, scale them and upload them.

    What the script could not render is rendered by aerender from the project that it saved: one
    launch more, with a log that says what is wrong. Raises TaskBroken.
    """
    await bring_inputs(attempt)
    await bind(attempt, spec.bind, alpha=False)
    checked = StillCheck(attempt.folder.frames, len(spec.bind.stills))
    await checked.look()
    if not checked.complete:
        await _render_rest(attempt, checked)
    attempt.reporter.stage("frames", checked.count, checked.count)
    with attempt.timed("scale"):
        made = await asyncio.to_thread(_scaled, attempt, checked, spec.max_side)
    done = await attempt.reporter.upload(
        [Upload(f"stills/{path.name}", path, PNG) for path, _ in made]
    )
    return Done(
        outputs=tuple(
            Output(
                kind="still",
                key=there.target.key,
                content_type=PNG,
                size_bytes=there.size_bytes,
                sha256=there.sha256,
                width=size[0],
                height=size[1],
                place=place,
            )
            for place, (there, (_, size)) in enumerate(zip(done, made, strict=True))
        )
    )


async def _render_rest(attempt: Attempt, checked: StillCheck) -> None:
    """Render the saved queue; the verdict is over all pictures, as over frames."""
    tools, folder, engine = attempt.tools, attempt.folder, attempt.engine
    with attempt.timed("frames"):
        facts, ending, *_ = await run_aerender(
            engine,
            aerender_queue(engine.aerender, folder.bound),
            tools.spawner,
            cwd=folder.job,
            env=attempt.engine_env(),
            limits=attempt.limits,
            outputs=checked,
            on_lines=attempt.reporter.log,
        )
    await note(attempt, facts)
    outputs = Outputs(checked.wanted, checked.good, checked.bad)
    failure = judge(facts, outputs, ending, strict_fonts=engine.exact)
    if failure is not None:
        raise of_failure(failure)


def _scaled(
    attempt: Attempt, checked: StillCheck, max_side: int
) -> list[tuple[Path, tuple[int, int]]]:
    """Write each picture as PNG, no side longer than `max_side`; give (path, size) in order."""
    folder = attempt.folder.out / "stills"
    folder.mkdir(exist_ok=True)
    made = []
    for place in checked.wanted:
        target = folder / f"{place:04d}.png"
        with Image.open(checked.good[place]) as image:
            picture = image.convert("RGB")
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        picture.save(target, "PNG", compress_level=6)
        made.append((target, picture.size))
    return made
