"""Stage export: frames to the video, its sound, poster and thumbnail; probed before upload."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from node_agent.core.export.command import stills_of
from node_agent.core.export.film import Film
from node_agent.core.export.probe import Probe, wrong
from node_agent.engines.ffmpeg import FFmpeg
from node_agent.errors import broken
from node_agent.runner.context import Attempt, Done
from node_agent.runner.exporting.film import Cut, film_of
from node_agent.runner.exporting.pictures import pictures
from node_agent.runner.exporting.publish import publish
from node_agent.runner.exporting.stills import pack_stills
from node_agent.runner.folder import SOUND
from node_agent.runner.inputs import bring_inputs
from node_agent.runner.verify import manifest_sha256, see_all, unusable
from orchestrator.wire import frames as ranges
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import ExportSpec, Output


async def export_task(attempt: Attempt, spec: ExportSpec) -> Done:
    """Do an export task: fetch frames and sound, hash the frames again, encode, upload."""
    await bring_inputs(attempt)
    folder = attempt.folder.job / "frames"
    wanted = list(ranges.each(ranges.parse(spec.frames)))
    found = await asyncio.to_thread(see_all, folder, wanted)
    damaged = [number for number in wanted if number not in found]
    if damaged:
        raise unusable((), damaged)
    attempt.remark_on(found.values())
    cut = Cut(
        {number: frame.path for number, frame in found.items()},
        spec.fps,
        spec.width,
        spec.height,
        spec.output,
        spec.audio,
        attempt.folder.job / SOUND if spec.has_sound else None,
    )
    hashes = [frame.sha256 for frame in found.values()]
    return Done(await export(attempt, cut), spec.frames, manifest_sha256(hashes))


async def export(attempt: Attempt, cut: Cut) -> tuple[Output, ...]:
    """Encode, probe and upload; give the outputs. Raises TaskBroken or NodeBroken."""
    ffmpeg = attempt.tools.ffmpeg()
    film = await asyncio.to_thread(film_of, attempt, cut)
    attempt.reporter.stage("export", 0, film.count)
    with attempt.timed("export"):
        film = await _levelled(attempt, ffmpeg, film, cut)
        await ffmpeg.export(
            film,
            timeout_s=attempt.tools.settings.export_s,
            on_frames=lambda done: attempt.reporter.stage("export", done, film.count),
        )
        probe = await _probed(ffmpeg, film, cut)
        shown = await asyncio.to_thread(pictures, film.target.parent, cut.frames)
        version = await ffmpeg.version(film.target.parent)
    encoder = f"{version}, {film.output.container} {film.output.quality}"
    outputs = await publish(attempt, film, probe, shown, cut.hashes, encoder)
    attempt.reporter.stage("export", film.count, film.count)
    return outputs


async def _levelled(attempt: Attempt, ffmpeg: FFmpeg, film: Film, cut: Cut) -> Film:
    """Give the film with the gain that brings its mix to the loudness asked for, if any was."""
    wanted = cut.audio.loudness_lufs
    if wanted is None or not film.heard:
        return film
    told = await ffmpeg.loudness(film, timeout_s=attempt.tools.settings.export_s)
    if told is None:
        attempt.warn("The mix is silent, so its loudness was left alone.")
        return film
    return replace(film, gain_db=wanted - told)


async def _probed(ffmpeg: FFmpeg, film: Film, cut: Cut) -> Probe:
    """Look into the finished file; PNG frames are put into their zip first. Raises TaskBroken."""
    if film.output.container == "png":
        made = sorted(stills_of(film).glob("*.png"))
        probe = await asyncio.to_thread(pack_stills, film, made or cut.in_order)
    else:
        probe = await ffmpeg.probe(film.target)
    fault = wrong(probe, film)
    if fault is not None:
        raise broken(
            FailureClass.UNKNOWN, "export_wrong", f"The finished file has {fault}.", stage="export"
        )
    return probe
