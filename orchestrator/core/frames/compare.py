"""Compare the frames of two renders by their hashes."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.wire.frames import from_frames, write

HASH_BYTES = 32
MOST = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """Say which frames are not the same, byte for byte; `first` names at most MOST of them."""

    frames: int
    different: int
    first: str


def compare(one: bytes, other: bytes, frame_first: int) -> Difference:
    """Compare hashes of 32 bytes each; frames that only one render has are different."""
    count = max(len(one), len(other)) // HASH_BYTES
    numbers = [
        number
        for number in range(count)
        if one[number * HASH_BYTES : (number + 1) * HASH_BYTES]
        != other[number * HASH_BYTES : (number + 1) * HASH_BYTES]
    ]
    named = (frame_first + number for number in numbers[:MOST])
    return Difference(count, len(numbers), write(from_frames(named)))
