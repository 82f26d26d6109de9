"""Choose the plan of a job and cut its frames into chunks."""

from __future__ import annotations

from itertools import pairwise

from orchestrator.wire.frames import count, merge
from orchestrator.wire.renders import Plan

Spans = tuple[tuple[int, int], ...]

CHUNK_FRAMES = 48
"""At least so many frames a chunk: each chunk pays a launch and the opening of the project."""
CHUNKS_MAX = 64


def choose_plan(asked: Plan | None) -> Plan:
    """Choose single unless split is asked for.

    Each launch of After Effects costs 15-40 s and every chunk opens the project again, while
    nodes may sit behind slow links: without a history of the template, splitting is a wager.
    """
    return asked or "single"


def chunks(spans: Spans, chunk_frames: int = CHUNK_FRAMES) -> tuple[Spans, ...]:
    """Cut frames into chunks of nearly equal size, in order; every frame in exactly one."""
    total = count(merge(spans))
    if total == 0:
        return ()
    pieces = max(1, min(CHUNKS_MAX, round(total / chunk_frames)))
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
