"""How long to wait before the next try: decorrelated jitter, so that agents never move in step."""

from __future__ import annotations

FIRST_S = 0.2
LONGEST_S = 15.0


def next_delay(previous_s: float, chance: float, *, longest_s: float = LONGEST_S) -> float:
    """Give the wait after a wait of `previous_s` (0 at first); `chance` is random in [0, 1)."""
    widest = max(FIRST_S, previous_s * 3)
    return min(longest_s, FIRST_S + (widest - FIRST_S) * chance)


def asked_delay(retry_after: str | None, delay_s: float) -> float:
    """Honour a Retry-After header in seconds, up to a minute; anything else keeps our own wait."""
    if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
        return max(delay_s, min(60.0, float(retry_after[:4])))
    return delay_s


def spread(middle_s: float, chance: float) -> float:
    """Vary a period by a tenth either way."""
    return middle_s * (0.9 + 0.2 * chance)
