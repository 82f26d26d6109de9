"""The fence: whatever an agent says of a task counts only while it holds the current lease."""

from __future__ import annotations

import hashlib
from uuid import UUID

from orchestrator.errors import BadRequest, LeaseLost
from orchestrator.storage import signing
from orchestrator.store.pool import Session
from orchestrator.store.render import attempts, moves, queue, settling
from orchestrator.store.render.attempts import Attempt
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease

Claimed = settling.Claimed
_EPOCH_MAX = 2**63


def to_bytes(token: str) -> bytes | None:
    """Turn a token's text, epoch dot 32 hex digits, into 8 + 16 bytes; None when it is none."""
    epoch, _, secret = token.partition(".")
    if not epoch.isdecimal() or int(epoch) >= _EPOCH_MAX:
        return None
    return int(epoch).to_bytes(8, "big") + bytes.fromhex(secret)


def to_text(token: bytes) -> str:
    """Write a kept token as agents carry it."""
    return f"{int.from_bytes(token[:8], 'big')}.{token[8:].hex()}"


def claimed(node_id: UUID, task_id: int, attempt: int, token: str) -> Claimed:
    """Read what a call claims; raises LeaseLost for a token that cannot be one of ours."""
    kept = to_bytes(token)
    if kept is None or task_id >= _EPOCH_MAX or attempt >= 2**31:
        raise LeaseLost(task_id, attempt)
    return Claimed(node_id, task_id, attempt, kept)


async def attempt_of(session: Session, claim: Claimed) -> Attempt:
    """Give the attempt of a claim, current or not; raises LeaseLost when it never was one."""
    digest = hashlib.sha256(claim.token).digest()
    found = await attempts.get(session, claim.task_id, claim.attempt, claim.node_id, digest)
    if found is None:
        raise LeaseLost(claim.task_id, claim.attempt)
    return found


async def hold(session: Session, claim: Claimed) -> tuple[Lease, LockedJob | None]:
    """Lock the job, then the lease; raises LeaseLost unless the claim holds it now.

    Everyone locks in this order: job, queue row, task, attempt, node.
    """
    attempt = await attempt_of(session, claim)
    job = await moves.lock(session, attempt.job_id) if attempt.job_id else None
    return await hold_lease(session, claim), job


async def hold_lease(session: Session, claim: Claimed) -> Lease:
    """Lock the lease alone, for reports that do not touch the job."""
    lease = await queue.lock(session, claim.task_id, claim.attempt, claim.token, claim.node_id)
    if lease is None:
        raise LeaseLost(claim.task_id, claim.attempt)
    return lease


def object_prefix(job_id: UUID | None, claim: Claimed) -> str:
    """Give what every object key of an attempt begins with: the attempt is in every key."""
    return f"attempts/{job_id or 'none'}/{claim.task_id}/{claim.attempt}/"


def is_of_attempt(key: str, prefix: str) -> bool:
    """Tell whether an object can lie at `key`, and lies below an attempt's prefix.

    `attempts/1/../../media/x` begins like one of the attempt's and is none; kept, it would end
    every later claim of the task that is given it.
    """
    try:
        return signing.check_key(key).startswith(prefix)
    except BadRequest:
        return False
