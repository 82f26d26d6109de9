"""Mixes the sound of a comp's span and writes it, or hands it to a movie."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from node_agent.preview.aerender.outputs import MOVIES, Output
from node_agent.preview.aerender.plan import Item, RenderProblem
from node_agent.preview.aerender.writers import cannot_write
from node_agent.preview.draw.footage.files import FootageFinder
from node_agent.preview.draw.layers import LayerView, view
from node_agent.preview.draw.values import Values, as_number
from node_agent.preview.sound.files import (
    MAX_DECODED_BYTES,
    MAX_SECONDS,
    RATE,
    SUFFIXES,
    read,
    write,
)

MAX_NESTING = 24
MAX_MIXES = 500
MAX_SPEED = 16
_STEP = 1024
"""Samples for which one level holds: about a fiftieth of a second."""
_FINE_STEP = 256
"""Samples between which a speed holds: 5 ms, so that a turn of the keys is not heard late."""
_WINDOW = _STEP * 8192
"""Samples that are mixed at a time, about three minutes: each level of nesting holds so many."""


class Sound:
    """Mix comps of one project; every file is decoded once."""

    def __init__(self, values: Values, finder: FootageFinder) -> None:
        self._values = values
        self._finder = finder
        self._decoded: dict[Path, np.ndarray | None] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._left = 0
        self.missing: dict[str, str] = {}

    def write(self, item: Item, target: Output) -> None:
        """Write the item's span as the sound file `target`. Raises RenderProblem."""
        if not target.path.parent.is_dir():
            raise RenderProblem(cannot_write(target.path.parent), 9)
        write(target.path, self._span(item), target.template.format)

    def track_for(self, item: Item, target: Output) -> Path | None:
        """Give a WAV of the item's span for a movie, None for stills or a silent comp."""
        if target.template.format not in MOVIES or not any(self._audible(item.comp)):
            return None
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="preview-sound-")
        path = Path(self._folder.name) / "track.wav"
        write(path, self._span(item), "wav")
        return path

    def close(self) -> None:
        """Delete what was made for movies."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _span(self, item: Item) -> np.ndarray:
        fps = float(item.comp.frame_rate)
        count = round((item.last - item.first + 1) / fps * RATE)
        if count > MAX_SECONDS * RATE:
            raise RenderProblem(
                f"After Effects error: the sound lasts {count // RATE} s; the preview engine mixes "
                f"{MAX_SECONDS} s at most.",
                9,
            )
        mixed = np.empty((count, 2), dtype=np.float32)
        for begin in range(0, count, _WINDOW):
            self._left = MAX_MIXES
            some = min(_WINDOW, count - begin)
            mixed[begin : begin + some] = self._mix(
                item.comp, item.first / fps + begin / RATE, some, 0
            )
        return mixed

    def _audible(self, comp: Any) -> Iterator[Any]:
        solo = any(layer.solo for layer in comp.layers)
        for layer in comp.layers:
            on = getattr(layer, "audio_enabled", False) and getattr(layer, "source", None)
            if on and (layer.solo or not solo) and getattr(layer.source, "has_audio", False):
                yield layer

    def _mix(self, comp: Any, start_s: float, count: int, depth: int) -> np.ndarray:
        """Mix `count` samples of a comp from its time `start_s`."""
        mixed = np.zeros((count, 2), dtype=np.float32)
        self._left -= 1
        if depth >= MAX_NESTING or self._left < 0:
            self._values.counts.add("sound nested too deep", str(comp.name))
            return mixed
        for layer in self._audible(comp):
            try:
                self._add(layer, mixed, start_s, depth)
            except Exception as error:  # noqa: BLE001 - py-aep raises bare errors
                self._values.counts.add(
                    f"sound not mixed ({type(error).__name__})", f"{comp.name}/{layer.name}"
                )
        return mixed

    def _add(self, layer: Any, mixed: np.ndarray, start_s: float, depth: int) -> None:
        item = view(layer)
        begin_s, end_s = sorted((item.in_s, item.out_s))
        first = max(0, round((begin_s - start_s) * RATE))
        last = min(len(mixed), round((end_s - start_s) * RATE))
        if last <= first:
            return
        part = self._heard(item, start_s + first / RATE, last - first, depth)
        if part is not None:
            mixed[first : first + len(part)] += part * self._levels(
                layer, start_s, first, len(part)
            )

    def _heard(self, item: LayerView, begin_s: float, count: int, depth: int) -> np.ndarray | None:
        """Give what sounds from a comp time on; another speed changes the pitch, as on tape."""
        if item.time_remap is None and abs(item.stretch - 1.0) < 1e-4:
            return self._source(item.layer, begin_s - item.start_s, count, depth)
        steps = np.arange(0, count + _FINE_STEP, _FINE_STEP)
        places = np.array([item.source_time(begin_s + n / RATE, self._values) for n in steps])
        low = float(places.min())
        span = round((float(places.max()) - low) * RATE) + 2
        if span > MAX_SPEED * _WINDOW:
            self._values.counts.add("sound at too high a speed", item.place)
            return None
        part = self._source(item.layer, low, span, depth)
        if part is None or not len(part):
            return None
        at = np.interp(np.arange(count + 1), steps, (places - low) * RATE)
        # A sound that stands still is not heard.
        moves = np.abs(np.diff(at)) > 0.01
        tape = np.arange(len(part))
        heard = [np.interp(at[:-1], tape, side, left=0.0, right=0.0) * moves for side in part.T]
        return np.stack(heard, axis=1).astype(np.float32)

    def _source(self, layer: Any, start_s: float, count: int, depth: int) -> np.ndarray | None:
        source = layer.source
        if type(source).__name__ == "CompItem":
            return self._mix(source, start_s, count, depth + 1)
        stored = str(getattr(source.main_source, "file", "") or "")
        path = self._finder.find(stored)
        if path is None:
            self.missing.setdefault(stored, f"{layer.containing_comp.name}/{layer.name}")
            return None
        if path.suffix.lower() not in SUFFIXES:
            return None
        samples = self._samples(path)
        if samples is None:
            self._values.counts.add("sound that cannot be decoded", layer.name)
            return None
        first = round(start_s * RATE)
        times = max(1, int(getattr(source.main_source, "loop", 1) or 1))
        if times > 1:
            return _repeated(samples, first, count, times, float(source.duration))
        lead = max(0, -first)
        part = samples[max(0, first) : max(0, first + count)]
        return np.concatenate([np.zeros((lead, 2), np.float32), part])[:count]

    def _samples(self, path: Path) -> np.ndarray | None:
        """Decode a file once, within bounds of what is kept."""
        if path not in self._decoded:
            found = read(path)
            kept = sum(one.nbytes for one in self._decoded.values() if one is not None)
            if found is not None and kept + found.nbytes > MAX_DECODED_BYTES:
                self._decoded.clear()
            self._decoded[path] = found
        return self._decoded[path]

    def _levels(self, layer: Any, start_s: float, first: int, count: int) -> np.ndarray:
        """Give the gain of each sample; Audio Levels are decibels, left and right."""
        group = self._values.child(layer, "ADBE Audio Group")
        prop = self._values.child(group, "ADBE Audio Levels")
        steps = -(-count // _STEP)
        gains = np.ones((steps, 2), dtype=np.float32)
        for i in range(steps if not self._values.is_static(prop) else 1):
            value = self._values.at(prop, start_s + (first + i * _STEP) / RATE, [0.0, 0.0])
            pair = value if isinstance(value, list) and len(value) >= 2 else [value, value]
            gains[i:] = [10.0 ** (min(24.0, as_number(v)) / 20.0) for v in pair[:2]]
        return np.asarray(np.repeat(gains, _STEP, axis=0)[:count])


def _repeated(
    samples: np.ndarray, first: int, count: int, times: int, length_s: float
) -> np.ndarray:
    """Give `count` samples from `first` on of a sound that plays several times in its length."""
    period = max(1, round(length_s * RATE / times))
    at = np.arange(first, first + count)
    place = at % period
    heard = (at >= 0) & (at < period * times) & (place < len(samples))
    found = np.zeros((count, 2), dtype=np.float32)
    found[heard] = samples[place[heard]]
    return found
