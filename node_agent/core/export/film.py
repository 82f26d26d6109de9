"""What one export is made of: the frames, how they come out, and the sound beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.wire.base import Fps
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.sound import Track

RATE_HZ = 48_000
Form = Literal["wav", "aiff"]
MUSIC_FADE_S = 2.0
"""Music fades out so long at the end of the video, or over its last quarter if that is shorter."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Name one sound track; `volume` 1 is as it is, `seconds` its own length where it is known."""

    path: Path
    volume: float
    form: Form = "wav"
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    loop: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """Describe one export: numbered frames from `first` on, `count` of them, `source` pixels each.

    `pattern` is relative to the target's folder, where ffmpeg runs: a percent sign in a folder's
    name would be taken for a part of it. `premultiplied` frames have their colours darkened by
    their transparency. `gain_db` is added to the whole mix, before its limiter.
    """

    pattern: Path
    first: int
    count: int
    fps: Fps
    source: tuple[int, int]
    width: int
    height: int
    output: OutputSpec
    target: Path
    sounds: tuple[Sound, ...] = ()
    premultiplied: bool = False
    gain_db: float = 0.0

    @property
    def heard(self) -> tuple[Sound, ...]:
        """Give the tracks that are louder than nothing, where the format has sound at all."""
        if not self.output.format.sound:
            return ()
        return tuple(sound for sound in self.sounds if sound.volume > 0)

    @property
    def seconds(self) -> float:
        """Give the length of the video."""
        return self.count * self.fps.den / self.fps.num


def samples(count: int, fps: Fps) -> int:
    """Give the sound samples that last exactly as long as the frames, rounded to the nearest."""
    exact, rest = divmod(count * fps.den * RATE_HZ, fps.num)
    return exact + (2 * rest >= fps.num)


def mixed_as(
    name: str, track: Track, path: Path, form: Form, *, film_s: float, own_s: float
) -> Sound:
    """Give a client's track as it is mixed: what the order left open is as its kind has it.

    Music is heard until the video ends and fades out there; the others are heard once, unfaded.
    """
    music = name == "music"
    fade_out_s = track.fade_out_s
    if fade_out_s is None:
        fade_out_s = min(MUSIC_FADE_S, film_s / 4) if music else 0.0
    return Sound(
        path,
        track.volume,
        form,
        fade_in_s=track.fade_in_s or 0.0,
        fade_out_s=fade_out_s,
        loop=music if track.loop is None else track.loop,
        seconds=own_s,
    )
