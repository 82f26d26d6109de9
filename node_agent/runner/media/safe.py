"""Make an attempt's pictures and videos fit for the engine, in their own places."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PIL import Image

from node_agent.core.media import convert
from node_agent.errors import TaskBroken, broken
from node_agent.runner.context import Attempt
from node_agent.runner.media.kept import KeptVideos, key_of
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.safe import MediaRule, VideoForm
from orchestrator.wire.tasks import BindTaskSpec, FramesSpec, RenderSpec, TaskSpec

JPEG_QUALITY = 95
RESEND = "Open it, save it anew as MP4 (H.264) or PNG, and send that."


def rules_of(spec: TaskSpec) -> tuple[MediaRule, ...]:
    """Give the rules for the media of a task that runs the engine."""
    if isinstance(spec, RenderSpec | BindTaskSpec | SnapshotSpec):
        return spec.bind.media
    return spec.media if isinstance(spec, FramesSpec) else ()


async def make_safe(attempt: Attempt) -> None:
    """Make every file with a rule fit, one after the other. Raises TaskBroken."""
    rules = rules_of(attempt.grant.spec)
    if not rules:
        return
    with attempt.timed("media"):
        for rule in rules:
            path = attempt.folder.place(rule.path)
            try:
                if rule.kind == "video":
                    await _video(attempt, path, rule)
                else:
                    await asyncio.to_thread(shrink, path, rule.width_max, rule.height_max)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise  # The disk's word, not the picture's.
                raise _unusable(rule, str(error)) from error


async def _video(attempt: Attempt, path: Path, rule: MediaRule) -> None:
    """Make one video fit, or take it as it was made for an earlier task."""
    if rule.form is None:
        raise _unusable(rule, "nobody said what kind of video it is")
    settings = attempt.tools.settings
    kept = KeptVideos(settings.data_dir / "media", settings.media_max_bytes)
    sent = next((one for one in attempt.grant.inputs if one.path == rule.path), None)
    if sent is None:
        raise _unusable(rule, "it did not come with the task")
    key = key_of(sent.sha256, rule)
    found: bool = await asyncio.to_thread(kept.take, key, path)
    if found:
        return
    await _convert(attempt, path, rule, rule.form)
    await asyncio.to_thread(kept.keep, key, path)


async def _convert(attempt: Attempt, path: Path, rule: MediaRule, form: VideoForm) -> None:
    ffmpeg, limit = attempt.tools.ffmpeg(), attempt.tools.settings.media_s
    made = path.with_name(f"{path.stem}.made.mov")
    try:
        clip = await ffmpeg.look(path, form, timeout_s=limit)
        argv = convert(path, made, rule, form, clip)
        await ffmpeg.convert(argv, path.parent, timeout_s=limit)
    except TaskBroken as error:
        refused = error.failure.code == "encode_failed"
        if error.failure.code != "media_unreadable" and not (
            refused and error.failure.failure_class == FailureClass.UNKNOWN
        ):
            raise  # A full disk, or a child that was killed: another try may do.
        raise _unusable(rule, error.failure.line or error.failure.message) from error
    made.replace(path)


def shrink(path: Path, width_max: int | None, height_max: int | None) -> None:
    """Write a picture anew when a side is longer than it may be; its shape stays.

    Raises OSError, ValueError, SyntaxError or DecompressionBombError when it cannot be read.
    """
    with Image.open(path, formats=("PNG", "JPEG")) as opened:
        most = width_max or opened.width, height_max or opened.height
        if opened.width <= most[0] and opened.height <= most[1]:
            return
        form = opened.format
        opened.load()
        small = opened.copy()
    small.thumbnail(most, Image.Resampling.LANCZOS)
    made = path.with_name(f"{path.stem}.made{path.suffix}")
    if form == "JPEG":
        small.save(made, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        small.save(made, "PNG", compress_level=1)
    made.replace(path)


def _unusable(rule: MediaRule, why: str) -> TaskBroken:
    name = rule.path.rpartition("/")[2].partition(".")[0]
    return broken(
        FailureClass.ASSET,
        "media_unusable",
        f"The client's {rule.kind} {name} cannot be used ({why[:300]}). {RESEND}",
        stage="inputs",
    )
