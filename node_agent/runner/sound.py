"""The template's own sound: item 2 of the bound queue, rendered once, whole, as a WAV."""

from __future__ import annotations

from pathlib import Path

from node_agent.core.arguments import Launch, aerender
from node_agent.core.verdict import Outputs, judge
from node_agent.engines.render import run_aerender
from node_agent.errors import of_failure
from node_agent.report.attempt import Upload
from node_agent.runner.context import Attempt
from orchestrator.wire.tasks import Output

HEADER_BYTES = 44


class _SoundFile:
    """Watch one sound file; good once it has a content that no longer grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._size = 0
        self.path: Path | None = None
        self._still = False

    async def look(self) -> None:
        found = [path for path in self._folder.glob("sound.*") if path.is_file()]
        self.path = found[0] if found else None
        size = found[0].stat().st_size if found else 0
        self._still = size > HEADER_BYTES and size == self._size
        self._size = size

    @property
    def count(self) -> int:
        return int(self._size > HEADER_BYTES)

    @property
    def complete(self) -> bool:
        return self._still

    @property
    def proven(self) -> bool:
        # A sound that stops growing may still be cut short.
        return False


async def render_sound(attempt: Attempt) -> Path | None:
    """Render the whole sound with the module that bind chose; None when nothing was queued for it.

    Raises TaskBroken.
    """
    tools, folder = attempt.tools, attempt.folder
    engine = attempt.engine
    watched = _SoundFile(folder.out)
    launch = Launch(folder.bound, 2, folder.out / "sound.wav", sound=True)
    with attempt.timed("sound"):
        facts, ending = await run_aerender(
            engine,
            aerender(engine.aerender, launch),
            tools.spawner,
            cwd=folder.job,
            env=attempt.engine_env(),
            limits=tools.limits,
            outputs=watched,
            on_lines=attempt.reporter.log,
        )
    verified = [0] if watched.count else []
    failure = judge(facts, Outputs([0], verified, {}), ending, strict_fonts=False)
    if failure is not None and failure.code == "queue_empty":
        return None
    if failure is not None:
        raise of_failure(failure.model_copy(update={"stage": "sound", "frame": None}))
    return watched.path


async def sound_output(attempt: Attempt, sound: Path) -> Output:
    """Upload the sound as an output of this attempt."""
    kind = "audio/wav" if sound.suffix == ".wav" else "audio/aiff"
    (done,) = await attempt.reporter.upload([Upload(f"sound{sound.suffix}", sound, kind)])
    return Output(
        kind="sound",
        key=done.target.key,
        content_type=kind,
        size_bytes=done.size_bytes,
        sha256=done.sha256,
    )
