"""PNG frames in one zip: stored, in order, the same bytes whenever it is made."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from node_agent.core.export.command import sound_of
from node_agent.core.export.film import Film
from node_agent.core.export.probe import Probe
from node_agent.core.export.tracks import read_track

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can tell: ours says nothing about when it was made."""


def pack_stills(film: Film, frames: Sequence[Path]) -> Probe:
    """Write frames as `frame_00000.png`, the mix as `sound.wav`; give what the zip then holds.

    The number is the comp's frame. Raises OSError.
    """
    sound = sound_of(film)
    with zipfile.ZipFile(film.target, "w", zipfile.ZIP_STORED) as made:
        for number, frame in enumerate(frames, film.first):
            _add(made, f"frame_{number:05d}.png", frame)
        if film.heard:
            _add(made, "sound.wav", sound)
    return _look(film)


def _add(made: zipfile.ZipFile, name: str, source: Path) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = 0o644 << 16
    entry.file_size = source.stat().st_size
    with source.open("rb") as content, made.open(entry, "w") as target:
        shutil.copyfileobj(content, target, 2**20)


def _look(film: Film) -> Probe:
    """Read the zip back: every checksum, the first and last frame's size and channels."""
    seconds = film.seconds
    with zipfile.ZipFile(film.target) as made:
        damaged = made.testzip()
        names = [name for name in made.namelist() if name.endswith(".png")]
        if damaged is not None or not names:
            return Probe(0, 0, 0, 0.0, has_audio=False, duration_s=0.0)
        looks = set()
        for name in (names[0], names[-1]):
            with made.open(name) as content, Image.open(content, formats=("PNG",)) as image:
                looks.add((image.size, "A" in image.getbands()))
        size, alpha = looks.pop()
        heard = "sound.wav" in made.namelist()
        audio_s = 0.0
        if heard:
            entry = made.getinfo("sound.wav")
            with made.open(entry) as content:
                track = read_track(content, entry.file_size)  # type: ignore[arg-type]
            audio_s = track.seconds if track is not None else 0.0
    if looks:
        size = (0, 0)
    fps = film.fps.num / film.fps.den
    return Probe(len(names), *size, fps, heard, seconds, audio_s, alpha)
