"""Choose the plan of a job and cut its frames into chunks.

The cost model. With n idle nodes of one engine class and a template whose pace is known:

    single = bind + begin + (frames - 1) * frame + frames * export
    split  = bind + max(begin + share * frame, share * bytes / link)
             + frames * bytes / link + frames * export + 3 * HANDOVER_S

begin is launch + open + first frame; share is ceil(frames / n); link is what a node sends and
fetches in a second. Chunks of one node follow each other, so each further chunk of a share adds
one more begin. Split is chosen when it takes less than WORTH of the single plan's time and saves at
least SAVES_S: it keeps n nodes from other jobs, and its frames travel twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from orchestrator.core.scheduling.pace import Pace, work_s
from orchestrator.wire.frames import count, merge
from orchestrator.wire.renders import Plan

Spans = tuple[tuple[int, int], ...]

CHUNK_FRAMES = 48
"""So many frames a chunk, of a template whose pace is not known."""
CHUNKS_MAX = 64
CHUNK_S = 240.0
"""So long a chunk is to take: what an attempt may lose, and how soon the farm is free again."""
BEGINS = 4.0
"""A chunk draws at least so many times as long as it takes to begin."""
LINK_BYTES_S = 1_000_000 / 8
"""What a node is taken to send and fetch in a second until it is known: 1 Mbit/s."""
BITS_A_PIXEL = 10.0
"""What a pixel of a frame's PNG is taken to cost until it is known."""
HANDOVER_S = 1.0
WORTH = 0.6
SAVES_S = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """Be what is to be rendered: so many frames of so many pixels."""

    frames: int
    pixels: int


def choose_plan(asked: Plan | None, pace: Pace | None, work: Work, nodes: int) -> Plan:
    """Choose single unless split is asked for, or pays on `nodes` idle nodes of one engine class.

    Each launch of After Effects costs 15-40 s and every chunk opens the project again, while
    nodes may sit behind slow links: without a history of the template, splitting is a wager.
    """
    if asked is not None:
        return asked
    if pace is None or nodes < 2:
        return "single"
    whole_s, split_s = work_s(pace, work.frames), split_work_s(pace, work, nodes)
    return "split" if split_s < WORTH * whole_s and whole_s - split_s > SAVES_S else "single"


def split_work_s(pace: Pace, work: Work, nodes: int) -> float:
    """Foretell the seconds of a split plan on so many nodes, as the module says."""
    share = math.ceil(work.frames / nodes)
    begins = max(1, round(share / chunk_frames(pace, work.frames, nodes)))
    link = pace.link_bytes_s or LINK_BYTES_S
    bytes_ = pace.frame_bytes or work.pixels * BITS_A_PIXEL / 8
    drawn_s = begins * pace.begin_s + share * pace.frame_s
    travel_s = work.frames * bytes_ / link
    cut_s = travel_s + work.frames * pace.export_frame_s
    return pace.bind_s + max(drawn_s, share * bytes_ / link) + cut_s + 3 * HANDOVER_S


def chunk_frames(pace: Pace | None, frames: int, nodes: int) -> int:
    """Give how many frames a chunk is to have: one for each node, none too long, none too short.

    A chunk takes about CHUNK_S at most; it draws at least BEGINS times as long as it begins.
    """
    if pace is None or pace.frame_s <= 0:
        return CHUNK_FRAMES
    most = max(CHUNK_S, BEGINS * pace.begin_s) / pace.frame_s
    least = BEGINS * pace.begin_s / pace.frame_s
    each = math.ceil(frames / max(1, nodes))
    return max(1, round(max(min(each, most), least)))


def chunks(spans: Spans, frames: int = CHUNK_FRAMES) -> tuple[Spans, ...]:
    """Cut frames into chunks of nearly equal size, in order; every frame in exactly one."""
    total = count(merge(spans))
    if total == 0:
        return ()
    pieces = max(1, min(CHUNKS_MAX, round(total / frames)))
    edges = [total * piece // pieces for piece in range(pieces + 1)]
    return tuple(part(spans, first, past) for first, past in pairwise(edges))


def part(spans: Spans, first: int, past: int) -> Spans:
    """Give the frames number `first` up to, not including, `past` of the ordered frames."""
    taken: list[tuple[int, int]] = []
    offset = 0
    for start, last in merge(spans):
        length = last - start + 1
        low, high = max(first - offset, 0), min(past - offset, length)
        if low < high:
            taken.append((start + low, start + high - 1))
        offset += length
    return tuple(taken)


def first_looks(pieces: int) -> tuple[int, ...]:
    """Order chunks so that the first, the middle and the last go first.

    They show early whether beginning, body and end of a template render at all.
    """
    early = dict.fromkeys((0, pieces // 2, pieces - 1)) if pieces else {}
    return (*early, *(piece for piece in range(pieces) if piece not in early))
