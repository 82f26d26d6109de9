"""From what a task cuts together to what ffmpeg is asked for: sizes and sounds looked up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from node_agent.core.export.command import stills_of
from node_agent.core.export.film import Film, Form, Sound, mixed_as
from node_agent.core.export.tracks import AIFF, read_track
from node_agent.errors import broken
from node_agent.runner.context import Attempt
from orchestrator.wire import frames as ranges
from orchestrator.wire.base import Fps
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.output import OutputSpec, even
from orchestrator.wire.media.sound import BindAudio

TIFF = frozenset({".tif", ".tiff"})


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

    @property
    def in_order(self) -> list[Path]:
        """Give the frames' files in their order."""
        return [self.frames[number] for number in sorted(self.frames)]


def film_of(attempt: Attempt, cut: Cut) -> Film:
    """Give the film of a cut, its folder made. Raises TaskBroken."""
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
    with Image.open(one, formats=("PNG", "TIFF")) as image:
        source = image.size
    count = last - first + 1
    film = Film(
        pattern=Path(os.path.relpath(one.parent, attempt.folder.out)) / f"%05d{one.suffix}",
        first=first,
        count=count,
        fps=cut.fps,
        source=source,
        width=even(cut.width) if cut.output.format.even else cut.width,
        height=even(cut.height) if cut.output.format.even else cut.height,
        output=cut.output,
        target=attempt.folder.out / f"video.{cut.output.format.ending}",
        sounds=tuple(_sounds(attempt, cut, count * cut.fps.den / cut.fps.num)),
        # After Effects' stock TIFF template, which a node without ours falls back to, is matted.
        premultiplied=one.suffix.lower() in TIFF,
    )
    if cut.output.container == "png":
        stills_of(film).mkdir(exist_ok=True)
    return film


def _sounds(attempt: Attempt, cut: Cut, film_s: float) -> Iterator[Sound]:
    own = cut.template_sound
    if own is not None and cut.audio.template_volume > 0:
        form, _ = _look(own, "The template's sound")
        yield Sound(own, cut.audio.template_volume, form)
    for name in ("music", "sfx", "voiceover"):
        track = getattr(cut.audio, name)
        if track is not None and track.volume > 0:
            path = attempt.folder.place(track.path)
            form, seconds = _look(path, f"The client's {name}")
            yield mixed_as(name, track, path, form, film_s=film_s, own_s=seconds)


def _look(path: Path, what: str) -> tuple[Form, float]:
    """Give a sound's format, by its content, and its length. Raises TaskBroken."""
    with path.open("rb") as stream:
        track = read_track(stream, path.stat().st_size)
        stream.seek(0)
        head = stream.read(4)
    if track is None or track.samples == 0:
        raise broken(
            FailureClass.ASSET, "sound_unreadable", f"{what} is no WAV or AIFF that can be read.",
            stage="export",
        )  # fmt: skip
    return ("aiff" if head == AIFF else "wav"), track.seconds
