"""How fast a template renders: what its jobs have shown, and what that foretells of the next."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

NEWEST = 0.3
"""What the newest job weighs in an average; those before it share the rest."""
SPREAD = 0.5
"""How far, in logarithms, a job may lie from what is foretold of it before anything is known."""
SPREAD_MOST = 3.0
"""Twenty times slower or faster than foretold; more is not a template's doing."""
LINK_MOST_BYTES_S = 1e12
NINETIETH = 1.6
"""Of a bell of mean distance 1, nine tenths lie below 1.6 from its middle (1.28 sigma / 0.8)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold averages over a template's jobs with one engine: seconds, bytes, bytes a second.

    `frame_s` is of the frames after the first; `bind_s` holds its own launch. 0 in `frame_bytes`
    and `link_bytes_s` is not known. `spread` is the mean distance, in logarithms, of jobs from what
    was foretold of them.
    """

    samples: int
    bind_s: float
    launch_s: float
    open_s: float
    first_frame_s: float
    frame_s: float
    frame_slowest_s: float
    export_frame_s: float
    frame_bytes: float = 0.0
    link_bytes_s: float = 0.0
    spread: float = SPREAD

    @property
    def begin_s(self) -> float:
        """Give the seconds from a run's start to its first frame."""
        return self.launch_s + self.open_s + self.first_frame_s


def work_s(pace: Pace, frames: int) -> float:
    """Foretell the seconds of one node that does a whole job: the median.

    bind + launch + open + first frame + (frames - 1) * frame + frames * export of a frame.
    """
    drawn = pace.begin_s + pace.frame_s * max(0, frames - 1)
    return pace.bind_s + drawn + pace.export_frame_s * frames


def p90(seconds: float, pace: Pace) -> float:
    """Give what nine of ten jobs stay below whose median is `seconds`."""
    return seconds * math.exp(NINETIETH * pace.spread)


def moved(old: Pace | None, seen: Pace, actual_s: float | None, frames: int) -> Pace:
    """Let one job more into the averages; `actual_s` is what one node took for it whole.

    The times are nodes' own words: none may lead the next estimates out of all measure.
    """
    seen = replace(seen, link_bytes_s=min(seen.link_bytes_s, LINK_MOST_BYTES_S))
    if old is None:
        return replace(seen, samples=1, spread=SPREAD)
    spread = min(old.spread, SPREAD_MOST)
    if actual_s is not None and actual_s > 0 and work_s(old, frames) > 0:
        away = abs(math.log(actual_s) - math.log(work_s(old, frames)))
        spread = _average(spread, min(away, SPREAD_MOST))
    return Pace(
        samples=old.samples + 1,
        bind_s=_average(old.bind_s, seen.bind_s),
        launch_s=_average(old.launch_s, seen.launch_s),
        open_s=_average(old.open_s, seen.open_s),
        first_frame_s=_average(old.first_frame_s, seen.first_frame_s),
        frame_s=_average(old.frame_s, seen.frame_s),
        frame_slowest_s=_average(old.frame_slowest_s, seen.frame_slowest_s),
        export_frame_s=_average(old.export_frame_s, seen.export_frame_s),
        frame_bytes=_known(old.frame_bytes, seen.frame_bytes),
        link_bytes_s=_known(old.link_bytes_s, seen.link_bytes_s),
        spread=spread,
    )


def _average(old: float, new: float) -> float:
    return old + NEWEST * (new - old)


def _known(old: float, new: float) -> float:
    return _average(old, new) if old and new else old or new
