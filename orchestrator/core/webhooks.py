"""Decide about webhooks: what can be heard, how it is signed, when a try is made again."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from orchestrator.core.machines.job import JOB

TEST_EVENT: Final = "webhook.test"
EVERY: Final = "*"
EVENTS: Final[tuple[str, ...]] = tuple(f"job.{state}" for state in JOB.states)
"""What a webhook may ask for, beside EVERY; a test is sent whatever it asked for."""

DELAYS_S: Final[tuple[int, ...]] = (30, 120, 600, 1800, 3600, 7200, *(14_400,) * 5)
"""Pauses between the tries of one delivery: twelve tries in about a day."""
REST_MAX_S: Final = 300
DISABLE_AFTER_S: Final = 20 * 3600
GONE: Final = 410
ROTATION_S: Final = 86_400
"""For so long after a change of the secret, what is sent is signed with the one before too."""


def next_try_s(tries: int) -> int | None:
    """Give the seconds until the next try after so many; None when it is given up."""
    return DELAYS_S[tries - 1] if 0 < tries <= len(DELAYS_S) else None


def rest_s(failures: int) -> int:
    """Give the seconds that a webhook is left alone after failures in a row, whatever is due.

    So that an address that is down is asked seldom, while one event that its receiver cannot
    stand keeps the others waiting for a moment only.
    """
    return min(REST_MAX_S, 1 << min(failures, 9))


def is_over(code: int | None, *, given_up: bool, failing_s: float) -> bool:
    """Tell whether a webhook is disabled after a failure.

    It is when its receiver says that it is gone for good, and when a delivery is given up while
    nothing was taken for most of a day.
    """
    return code == GONE or (given_up and failing_s >= DISABLE_AFTER_S)


def shown_secret(secret: bytes) -> str:
    """Write a secret as its receiver is given it (Standard Webhooks)."""
    return "whsec_" + base64.b64encode(secret).decode()


def body_of(sequence: int, kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """Write the body of an event: the same bytes at every try."""
    event = {"type": kind, "timestamp": at.isoformat(), "sequence": sequence, "data": data}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def headers_of(
    delivery_id: UUID, time_s: int, body: bytes, secrets: tuple[bytes, ...]
) -> dict[str, str]:
    """Give the headers that tell repeats apart and prove who sent: one signature per secret.

    Each is the HMAC-SHA256 over `id.time.body`, as Standard Webhooks has it.
    """
    signed = f"{delivery_id}.{time_s}.".encode() + body
    made = (base64.b64encode(hmac.digest(one, signed, "sha256")).decode() for one in secrets)
    return {
        "Content-Type": "application/json",
        "webhook-id": str(delivery_id),
        "webhook-timestamp": str(time_s),
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }
