"""The sound's way through ffmpeg's filters: each track at its volume, mixed, limited, cut.

Tracks begin with the comp, so a span of frames that begins later begins later in them too. The
limiter looks at four times the samples, as true peaks are measured (ITU-R BS.1770), and holds the
mix at -1 dBTP; lossy codecs overshoot that by tenths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from node_agent.core.export.film import RATE_HZ, Film, Sound, samples

_LIMIT = (
    f"aresample={4 * RATE_HZ},alimiter=level=0:limit=0.887:attack=5:release=80:latency=1,"
    f"aresample={RATE_HZ}"
)
_STEREO = "aformat=sample_fmts=fltp:channel_layouts=mono|stereo,pan=stereo|FL=FL+FC|FR=FR+FC"
"""Mono is heard from both sides at its full level; ffmpeg's own way takes 3 dB off it."""
_LOUDNESS = re.compile(r"^\s*I:\s+(-?[\d.]+|-?inf|nan) LUFS", re.MULTILINE)
SILENT_LUFS = -70.0


def inputs(film: Film) -> list[str]:
    """Name the tracks as ffmpeg's inputs, each with its format: none is guessed."""
    return [word for sound in film.heard for word in _input(sound)]


def _input(sound: Sound) -> Iterator[str]:
    if sound.loop:
        yield from ("-stream_loop", "-1")
    yield from ("-protocol_whitelist", "file", "-f", sound.form, "-i", f"file:{sound.path}")


def mix(film: Film, first_input: int, *, measure: bool = False) -> str:
    """Write the filters from the tracks to `[sound]`, exactly as long as the frames.

    To `measure` is to tell the loudness of the mix instead of limiting it.
    """
    length = samples(film.count, film.fps)
    heard = film.heard
    parts = [
        f"[{number}:a:0]{_track(film, sound)}[t{number}]"
        for number, sound in enumerate(heard, first_input)
    ]
    names = "".join(f"[t{first_input + index}]" for index in range(len(heard)))
    joined = f"{names}amix=inputs={len(heard)}:normalize=0:duration=longest," * (len(heard) > 1)
    gain = f"volume={film.gain_db:.3f}dB," if film.gain_db else ""
    exact = f"apad=whole_len={length},atrim=end_sample={length}"
    end = "ebur128=framelog=quiet" if measure else f"{gain}{_LIMIT},{exact}"
    return ";".join([*parts, f"{joined or names}{end}[sound]"])


def _track(film: Film, sound: Sound) -> str:
    """Write one track's filters: its volume, its fades, its part that the frames span."""
    begin, length = samples(film.first, film.fps), samples(film.count, film.fps)
    steps = [f"aresample={RATE_HZ}", _STEREO, f"volume={sound.volume:.6f}"]
    if sound.fade_in_s > 0:
        steps.append(f"afade=t=in:ss=0:ns={round(sound.fade_in_s * RATE_HZ)}")
    steps += [f"atrim=start_sample={begin}:end_sample={begin + length}", "asetpts=PTS-STARTPTS"]
    end = length
    if sound.seconds is not None and not sound.loop:
        end = min(length, round(sound.seconds * RATE_HZ) - begin)
    fade = min(round(sound.fade_out_s * RATE_HZ), end)
    if fade > 0:
        steps.append(f"afade=t=out:ss={end - fade}:ns={fade}")
    return ",".join(steps)


def read_loudness(text: str) -> float | None:
    """Read the integrated loudness that `ebur128` printed, in LUFS; None for silence."""
    found = _LOUDNESS.findall(text)
    try:
        told = float(found[-1]) if found else SILENT_LUFS
    except ValueError:
        return None
    return told if told > SILENT_LUFS else None
