"""Renders planned items of one open project and says so in aerender's lines."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import numpy as np

from node_agent.preview.aerender.lines import Lines, clock, timecode
from node_agent.preview.aerender.outputs import SOUNDS, Output
from node_agent.preview.aerender.plan import Item, RenderProblem
from node_agent.preview.aerender.stage import Stage, flatten
from node_agent.preview.aerender.writers import Writer, writer
from node_agent.preview.config import PreviewConfig
from node_agent.preview.sound.render import Sound

MAX_SIDE = 30_000
MAX_PIXELS = 100_000_000


class Session:
    """Hold the engine for one project and what the renders so far have met."""

    def __init__(self, stage: Stage, config: PreviewConfig, lines: Lines) -> None:
        self._stage = stage
        self._sound = Sound(self._stage.values, self._stage.finder)
        self._stamp = config.stamp
        self._lines = lines
        self._warned_fonts = False
        self._frames = 0
        self._started = time.monotonic()

    def render(self, item: Item, now: datetime) -> None:
        """Render one item into all its outputs. Raises RenderProblem."""
        comp = item.comp
        fits = 1 <= comp.width <= MAX_SIDE and 1 <= comp.height <= MAX_SIDE
        if not fits or comp.width * comp.height > MAX_PIXELS:
            raise RenderProblem(f"After Effects error: {comp.width} x {comp.height} is too big.", 9)
        self._warn_of_fonts(comp)
        self._say_start(item, now)
        sounds = [o for o in item.outputs if o.template.format in SOUNDS]
        pictures = [o for o in item.outputs if o.template.format not in SOUNDS]
        for target in sounds:
            self._sound.write(item, target)
        if pictures:
            self._pictures(item, pictures)
        else:
            self._say_sound_frames(item)
        ended = clock(datetime.now())  # noqa: DTZ005 - the log shows local time
        self._lines.progress(f' {ended}: Finished composition "{comp.name}".')

    def _warn_of_fonts(self, comp: Any) -> None:
        missing = self._stage.check_fonts(comp)
        if missing and not self._warned_fonts:
            self._warned_fonts = True
            self._lines.plain("WARNING:After Effects warning: Project has missing fonts.")
            for asked, used in sorted(missing.items()):
                self._lines.plain(f"INFO:preview: font {asked} is not here; drawn with {used}")

    def _say_start(self, item: Item, now: datetime) -> None:
        comp, say = item.comp, self._lines.progress
        fps = float(comp.frame_rate)
        shown = int(comp.display_start_frame)
        drop = bool(comp.drop_frame)
        count = item.last - item.first + 1
        say(f' {clock(now)}: Starting composition "{comp.name}".')
        say(f" Render Settings: {item.settings_name}")
        say(f" Size: {comp.width} x {comp.height}")
        say(f" Start: {timecode(shown + item.first, fps, drop=drop)}")
        say(f" End: {timecode(shown + item.last, fps, drop=drop)}")
        say(f" Duration: {timecode(count, fps, drop=drop)}")
        say(f" Frame Rate: {fps:.2f} (comp)")
        for target in item.outputs:
            say(f" Output To: {target.path}")
            say(f" Format: {target.template.format.upper()}")
            say(f" Channels: {target.template.channels.upper()}")

    # pictures -------------------------------------------------------------------------------

    def _pictures(self, item: Item, targets: list[Output]) -> None:
        size = (item.comp.width, item.comp.height)
        fps = float(item.comp.frame_rate)
        writers: list[tuple[Output, Writer]] = []
        done = False
        try:
            for target in targets:
                track = self._sound.track_for(item, target)
                writers.append((target, writer(target, size, fps / item.step, track)))
            self._frames_of(item, writers)
            done = True
        finally:
            for _, open_writer in writers:
                open_writer.close(keep=done)

    def _frames_of(self, item: Item, writers: list[tuple[Output, Writer]]) -> None:
        comp = item.comp
        fps = float(comp.frame_rate)
        shown = int(comp.display_start_frame)
        background = _background(comp)
        for ordinal, frame in enumerate(item.frames(), start=1):
            begun = time.monotonic()
            pixels = self._stage.frame(comp, frame / fps)
            if self._stamp:
                pixels = self._stage.stamp(pixels)
            flat: np.ndarray | None = None
            for target, open_writer in writers:
                if target.template.channels == "rgba":
                    open_writer.write(shown + frame, pixels)
                    continue
                flat = flatten(pixels, background) if flat is None else flat
                open_writer.write(shown + frame, flat)
            self._frames += 1
            self._say_frame(comp, shown + frame, ordinal, time.monotonic() - begun)

    def _say_frame(self, comp: Any, number: int, ordinal: int, seconds: float) -> None:
        code = timecode(number, float(comp.frame_rate), drop=bool(comp.drop_frame))
        self._lines.progress(f" {code} ({ordinal}): {round(seconds)} Seconds")

    def _say_sound_frames(self, item: Item) -> None:
        shown = int(item.comp.display_start_frame)
        for ordinal, frame in enumerate(item.frames(), start=1):
            self._say_frame(item.comp, shown + frame, ordinal, 0.0)

    def close(self) -> None:
        """Give back what was made on the way."""
        self._sound.close()
        self._stage.close()

    # afterwards -----------------------------------------------------------------------------

    def warn_of_missing(self) -> None:
        """Say which footage was missing, as After Effects does after the render."""
        for stored in sorted(self._missing()):
            self._lines.plain(
                "WARNING:After Effects warning: logged one error  error: "
                f"Unable to Render: File Not Found {stored}"
            )

    def _missing(self) -> dict[str, str]:
        return {**self._stage.footage.missing, **self._sound.missing}

    def report(self) -> dict[str, Any]:
        """Give what was left out, substituted or missing."""
        counts = self._stage.counts
        return {
            "unsupported": counts.as_dict(),
            "places": counts.places,
            "fonts_missing": dict(self._stage.fonts.missing),
            "footage_missing": self._missing(),
            "frames": self._frames,
            "seconds": round(time.monotonic() - self._started, 3),
        }


def _background(comp: Any) -> tuple[int, int, int]:
    r, g, b = (max(0, min(255, round(float(c) * 255))) for c in comp.bg_color[:3])
    return r, g, b
