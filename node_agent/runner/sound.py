"""The template's own sound: bind rendered it in its launch; checked here before it is believed."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from node_agent.core.export.tracks import Track, read_track
from node_agent.errors import TaskBroken, broken
from node_agent.report.attempt import Upload
from node_agent.runner.context import Attempt
from orchestrator.wire.bind import BindResult
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Output

RATE = 48_000
SHORT_S = 0.05
"""A sound may end so much before its comp, or one frame if that is longer."""


async def rendered_sound(attempt: Attempt, bound: BindResult) -> Path | None:
    """Give the sound that bind rendered, whole; None when it was to render none.

    Raises TaskBroken: `sound_missing`, `sound_unreadable`, `sound_short`.
    """
    if bound.sound is None:
        return None
    took_s = bound.sound_s or 0.0
    attempt.timings_s["sound"] = round(took_s, 3) if 0 <= took_s < math.inf else 0.0
    # By our own name alone: the path comes from where the project's expressions run.
    path = attempt.folder.out / ("sound.wav" if bound.sound.endswith(".wav") else "sound.aif")
    track = await asyncio.to_thread(_read, path)
    if track is None:
        raise _broken("sound_unreadable", "is no sound file that can be read")
    wanted_s = bound.duration_s or 0.0
    if track.seconds < wanted_s - max(SHORT_S, 1 / (bound.fps or 25.0)):
        raise _broken("sound_short", f"lasts {track.seconds:.2f} s of {wanted_s:.2f} s")
    if track.rate != RATE:
        attempt.warn(
            f"The template's sound came at {track.rate} samples a second, not {RATE}; it is "
            "converted. Run the node check with --fix."
        )
    return path


def _read(path: Path) -> Track | None:
    try:
        with path.open("rb") as stream:
            return read_track(stream, path.stat().st_size)
    except FileNotFoundError:
        raise _broken("sound_missing", "is not there though it was called rendered") from None


def _broken(code: str, what: str) -> TaskBroken:
    return broken(FailureClass.UNKNOWN, code, f"The template's sound {what}.", stage="sound")


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
