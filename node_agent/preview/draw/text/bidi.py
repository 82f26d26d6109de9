"""Splits a line into directional runs and puts them into visual order."""

from __future__ import annotations

from dataclasses import dataclass

from bidi import algorithm

_ISOLATES = str.maketrans(dict.fromkeys("\u2066\u2067\u2068\u2069", "\u200b"))


@dataclass(frozen=True, slots=True)
class Run:
    """Hold a stretch `[start, end)` of the text of one direction."""

    start: int
    end: int
    rtl: bool


def levels(text: str, *, rtl: bool) -> list[int]:
    """Give the embedding level of every character of a paragraph whose direction is given.

    Isolates count as invisible characters: the library predates them.
    """
    base = 1 if rtl else 0
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "R" if rtl else "L"
    algorithm.get_embedding_levels(text.translate(_ISOLATES), storage)
    for index, character in enumerate(storage["chars"]):
        character["index"] = index
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    found = {character["index"]: int(character["level"]) for character in storage["chars"]}
    result: list[int] = []
    for index in range(len(text)):
        result.append(found.get(index, result[-1] if result else base))
    return result


def visual_runs(text: str, text_levels: list[int], *, rtl: bool) -> list[Run]:
    """Give the runs of one line from left to right as they are seen."""
    own = list(text_levels)
    # White space at the line's end takes the paragraph's level (rule L1).
    for index in range(len(text) - 1, -1, -1):
        if not text[index].isspace():
            break
        own[index] = 1 if rtl else 0
    runs: list[tuple[int, int, int]] = []
    for index, level in enumerate(own):
        if runs and runs[-1][2] == level:
            runs[-1] = (runs[-1][0], index + 1, level)
        else:
            runs.append((index, index + 1, level))
    return [Run(a, b, bool(level % 2)) for a, b, level in _reordered(runs)]


def _reordered(runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Reverse runs from the highest level down to the lowest odd one (rule L2)."""
    order = list(runs)
    for level in range(max((r[2] for r in runs), default=0), 0, -1):
        start = 0
        while start < len(order):
            if order[start][2] < level:
                start += 1
                continue
            end = start
            while end < len(order) and order[end][2] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end
    return order
