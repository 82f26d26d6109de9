"""Stage export: frames to the video, its sound, poster and thumbnail; probed before upload."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from node_agent.core.encode import Film, Probe, Sound, even
from node_agent.errors import Refused, RetryLater, broken
from node_agent.report.attempt import Upload, Uploaded
from node_agent.report.pictures import THUMBNAIL_SIDE, jpeg
from node_agent.runner.context import Attempt, Done
from node_agent.runner.folder import SOUND
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.verify import check_all, pack
from orchestrator.wire import frames as ranges
from orchestrator.wire.base import Fps
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.sound import BindAudio
from orchestrator.wire.tasks import ExportSpec, Output

POSTER_SIDE = 1920


@dataclass(frozen=True, slots=True)
class Cut:
    """Say what the video is made of; `frames` by number, every one verified."""

    frames: Mapping[int, Path]
    fps: Fps
    width: int
    height: int
    output: OutputSpec
    audio: BindAudio
    template_sound: Path | None
    hashes: tuple[str, ...] = ()
    """The frames' SHA-256 in order, for the server to keep; none where it has recorded them."""


async def export_task(attempt: Attempt, spec: ExportSpec) -> Done:
    """Do an export task: fetch frames and sound, hash the frames again, encode, upload."""
    await bring_inputs(attempt)
    folder = attempt.folder.job / "frames"
    wanted = list(ranges.each(ranges.parse(spec.frames)))
    found = await asyncio.to_thread(check_all, folder, wanted)
    missing = [number for number in wanted if number not in found]
    if missing:
        told = ranges.write(ranges.from_frames(missing))[:300]
        raise broken(
            FailureClass.TRANSIENT,
            "frames_missing",
            f"The export lacks frames {told}.",
            stage="export",
        )
    cut = Cut(
        found,
        spec.fps,
        spec.width,
        spec.height,
        spec.output,
        spec.audio,
        attempt.folder.job / SOUND if spec.has_sound else None,
    )
    return Done(await export(attempt, cut), spec.frames)


async def export(attempt: Attempt, cut: Cut) -> tuple[Output, ...]:
    """Encode, probe and upload; give the outputs. Raises TaskBroken or NodeBroken."""
    if cut.output.alpha:
        raise broken(
            FailureClass.VALUES,
            "alpha_needs_other_container",
            "An mp4 carries no transparency. Order it without alpha.",
            stage="export",
        )
    ffmpeg = attempt.tools.ffmpeg()
    film = _film(attempt, cut)
    attempt.reporter.stage("export", 0, film.count)
    with attempt.timed("export"):
        await ffmpeg.encode(
            film,
            timeout_s=attempt.tools.settings.export_s,
            on_frames=lambda done: attempt.reporter.stage("export", done, film.count),
        )
        probe = await ffmpeg.probe(film.output)
        _check(probe, film)
        middle = cut.frames[sorted(cut.frames)[film.count // 2]]
        pictures = await asyncio.to_thread(_pictures, film.output.parent, middle)
    files = [_video_upload(film), *pictures]
    if cut.hashes:
        packed = film.output.parent / "frames.sha256"
        await asyncio.to_thread(pack, cut.hashes, packed)
        files.append(Upload(packed.name, packed, "application/octet-stream"))
    outputs = await _publish(attempt, cut, probe, files)
    attempt.reporter.stage("export", film.count, film.count)
    return outputs


def _video_upload(film: Film) -> Upload:
    return Upload("video.mp4", film.output, "video/mp4")


def _pictures(folder: Path, frame: Path) -> list[Upload]:
    """Make poster and thumbnail from one frame."""
    uploads = []
    for name, side, quality in (("poster", POSTER_SIDE, 88), ("thumbnail", THUMBNAIL_SIDE, 82)):
        path = folder / f"{name}.jpg"
        size = jpeg(frame, path, side, quality)
        uploads.append(Upload(path.name, path, "image/jpeg", size))
    return uploads


async def _publish(
    attempt: Attempt, cut: Cut, probe: Probe, files: list[Upload]
) -> tuple[Output, ...]:
    """Upload the video, its pictures and the frames' hashes; give them as outputs."""
    try:
        with attempt.timed("upload"):
            video, poster, thumbnail, *hashes = await attempt.reporter.upload(files)
    except (Refused, RetryLater) as error:
        raise broken(
            FailureClass.TRANSIENT,
            "upload_failed",
            f"The video cannot be uploaded: {error}",
            stage="export",
        ) from error
    film = Output(
        kind="video",
        key=video.target.key,
        content_type="video/mp4",
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        width=probe.width,
        height=probe.height,
        frames=probe.frames,
        fps=cut.fps,
        duration_s=round(probe.frames * cut.fps.den / cut.fps.num, 6),
        has_audio=probe.has_audio,
    )
    packed = (_plain("hashes", one) for one in hashes)
    return film, _picture("poster", poster), _picture("thumbnail", thumbnail), *packed


def _plain(kind: Literal["hashes"], done: Uploaded) -> Output:
    return Output(
        kind=kind,
        key=done.target.key,
        content_type="application/octet-stream",
        size_bytes=done.size_bytes,
        sha256=done.sha256,
    )


def _picture(kind: Literal["poster", "thumbnail"], done: Uploaded) -> Output:
    size = done.picture_size
    return Output(
        kind=kind,
        key=done.target.key,
        content_type="image/jpeg",
        size_bytes=done.size_bytes,
        sha256=done.sha256,
        width=size[0] if size else None,
        height=size[1] if size else None,
    )


def _film(attempt: Attempt, cut: Cut) -> Film:
    spans = ranges.from_frames(cut.frames)
    if len(spans) != 1:
        raise broken(
            FailureClass.VALUES,
            "frames_not_one_range",
            f"A video needs one range of frames, not {ranges.write(spans)[:200]}.",
            stage="export",
        )
    first, last = spans[0]
    one = cut.frames[first]
    return Film(
        pattern=Path(os.path.relpath(one.parent, attempt.folder.out)) / f"%05d{one.suffix}",
        first=first,
        count=last - first + 1,
        fps=cut.fps,
        width=cut.width,
        height=cut.height,
        quality=cut.output.quality,
        output=attempt.folder.out / "video.mp4",
        sounds=tuple(_sounds(attempt, cut)),
    )


def _sounds(attempt: Attempt, cut: Cut) -> list[Sound]:
    sounds = []
    if cut.template_sound is not None and cut.audio.template_volume > 0:
        sounds.append(Sound(cut.template_sound, cut.audio.template_volume))
    for name in ("music", "sfx", "voiceover"):
        track = getattr(cut.audio, name)
        if track is not None and track.volume > 0:
            sounds.append(Sound(attempt.folder.place(track.path), track.volume))
    return sounds


def _check(probe: Probe, film: Film) -> None:
    """Compare the file with what was ordered. Raises TaskBroken."""
    size = (even(film.width), even(film.height))
    wrong = None
    if probe.frames != film.count:
        wrong = f"{probe.frames} frames, not {film.count}"
    elif (probe.width, probe.height) != size:
        wrong = f"{probe.width}x{probe.height} pixels, not {size[0]}x{size[1]}"
    elif abs(probe.fps - film.fps.num / film.fps.den) > 0.02 and film.count > 1:
        wrong = f"{probe.fps} frames a second, not {film.fps.num}/{film.fps.den}"
    elif probe.has_audio != any(sound.volume > 0 for sound in film.sounds):
        wrong = "no sound" if film.sounds else "a sound that nobody ordered"
    if wrong is not None:
        raise broken(
            FailureClass.UNKNOWN, "export_wrong", f"The encoded video has {wrong}.", stage="export"
        )
