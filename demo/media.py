"""The footage of the demo, drawn and played by arithmetic: a placeholder, a picture, music."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 640
RATE = 24_000
LENGTH_S = 6.0
# One chord for each scene: A minor 9, F major 7, C major with its ninth (frequencies in Hz).
CHORDS = (
    (110.0, 164.81, 220.0, 261.63, 329.63, 493.88),
    (87.31, 130.81, 174.61, 220.0, 329.63, 440.0),
    (130.81, 196.0, 261.63, 329.63, 392.0, 587.33),
)
PATTERN = (2, 4, 3, 5, 4, 3, 5, 4)


def placeholder() -> bytes:
    """Draw the picture that stands where the client's goes: a soft slope with a cross."""
    image = _slope((92, 100, 140), (52, 58, 94))
    draw = ImageDraw.Draw(image)
    for inset in (24, 26):
        draw.rectangle((inset, inset, SIDE - inset, SIDE - inset), outline=(150, 158, 196))
    draw.line((24, 24, SIDE - 24, SIDE - 24), fill=(150, 158, 196), width=2)
    draw.line((SIDE - 24, 24, 24, SIDE - 24), fill=(150, 158, 196), width=2)
    return _png(image)


def landscape() -> bytes:
    """Draw the demo client's picture: an evening sky, a sun, three rows of hills."""
    scale = 2
    image = _slope((255, 190, 120), (120, 58, 110)).resize((SIDE * scale, SIDE * scale))
    draw = ImageDraw.Draw(image)
    across = np.arange(SIDE * scale)
    draw.ellipse(_around(430 * scale, 250 * scale, 86 * scale), fill=(255, 236, 190))
    hills = (
        (400, 44, 0.9, 0.4, (150, 74, 116)),
        (460, 56, 1.4, 2.1, (96, 48, 98)),
        (530, 38, 2.2, 4.0, (46, 28, 70)),
    )
    for level, height, turns, shift, color in hills:
        curve = np.sin(across / (SIDE * scale) * turns * 2 * np.pi + shift)
        tops = (level - height * curve) * scale
        outline = [(int(x), int(y)) for x, y in zip(across, tops, strict=True)]
        draw.polygon([*outline, (SIDE * scale, SIDE * scale), (0, SIDE * scale)], fill=color)
    return _png(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def music() -> bytes:
    """Play three chords, plucked over a soft ground: mono, 24 kHz, 16 bit, as a WAV file."""
    count = int(RATE * LENGTH_S)
    track = np.zeros(count)
    for number, chord in enumerate(CHORDS):
        start = 2.0 * number
        for tone in chord[:3]:
            _add(track, start, _pad(tone, 2.4))
        for step, index in enumerate(PATTERN):
            _add(track, start + 0.25 * step, _pluck(chord[index] * 2, 1.2))
        _add(track, start, _thump())
        _add(track, start + 1.0, _thump() * 0.6)
    track *= np.minimum(1.0, (LENGTH_S - np.arange(count) / RATE) / 0.6)
    samples = np.round(track / np.abs(track).max() * 26_000).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _add(track: NDArray[np.float64], start_s: float, sound: NDArray[np.float64]) -> None:
    first = int(start_s * RATE)
    part = sound[: max(0, len(track) - first)]
    track[first : first + len(part)] += part


def _times(length_s: float) -> NDArray[np.float64]:
    return np.arange(int(length_s * RATE)) / RATE


def _pad(tone: float, length_s: float) -> NDArray[np.float64]:
    t = _times(length_s)
    swell = np.minimum(1.0, t / 0.25) * np.minimum(1.0, (length_s - t) / 0.5)
    pair = np.sin(2 * np.pi * tone * t) + np.sin(2 * np.pi * tone * 1.003 * t)
    return np.asarray(pair * swell * 0.16)


def _pluck(tone: float, length_s: float) -> NDArray[np.float64]:
    t = _times(length_s)
    sound = np.zeros(len(t))
    for n in (1, 2, 3):
        sound += np.sin(2 * np.pi * tone * n * t) * np.exp(-t * (3.0 + 2.2 * n)) / n
    return np.asarray(sound * np.minimum(1.0, t / 0.004) * 0.3)


def _thump() -> NDArray[np.float64]:
    t = _times(0.35)
    tone = np.sin(2 * np.pi * (48 + 60 * np.exp(-t * 30)) * t)
    return np.asarray(tone * np.exp(-t * 11) * 0.55)


def _slope(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    share = np.linspace(0.0, 1.0, SIDE)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    return Image.fromarray(np.repeat(np.round(rows).astype(np.uint8), SIDE, axis=1), "RGB")


def _around(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    return (x - radius, y - radius, x + radius, y + radius)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
