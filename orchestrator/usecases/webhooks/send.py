"""Send events to webhooks: one server at a time to each, in order, until a try fails."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.core.machines.webhook import DELIVERY
from orchestrator.core.webhooks import body_of, headers_of, is_over, next_try_s, rest_s
from orchestrator.deps import Deps
from orchestrator.outbound import Refused
from orchestrator.store.audit import SYSTEM, note
from orchestrator.store.outgoing import sending, webhooks
from orchestrator.store.outgoing.sending import Due, Held, Tried, Turn
from orchestrator.store.pool import Session
from orchestrator.usecases.webhooks.manage import outbound

POLL_S = 1.0
SLOTS = 24
TENANT_SLOTS = 4
EVENTS_AT_ONCE = 500
DELIVERIES_OF_A_TURN = 20
OVER = "The webhook was disabled: its receiver took nothing for a day, or says that it is gone."
log = structlog.get_logger("webhooks")


async def send_all(deps: Deps) -> None:
    """Send whatever comes due, until cancelled; raises Unavailable while the database is away.

    A crash after a try and before its note lets another server repeat it under the same id.
    """
    turns: set[asyncio.Task[None]] = set()
    try:
        while True:
            made = await dispatch(deps)
            free = SLOTS - len(turns)
            for turn in await claim(deps, free) if free else []:
                turns.add(asyncio.create_task(take_turn(deps, turn)))
            if turns:
                done, turns = await asyncio.wait(
                    turns,
                    timeout=0 if made else POLL_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for one in done:
                    one.result()
            elif not made:
                await asyncio.sleep(POLL_S)
    finally:
        for one in turns:
            one.cancel()
        await asyncio.gather(*turns, return_exceptions=True)


async def dispatch(deps: Deps) -> int:
    """Make deliveries of events that came; give how many events it were."""
    async with deps.db.transaction() as session:
        return await sending.dispatch(session, EVENTS_AT_ONCE)


async def claim(deps: Deps, most: int) -> list[Turn]:
    """Take turns with webhooks that have something due."""
    return await sending.claim(deps.db.session(), most, tenant_most=TENANT_SLOTS)


async def take_turn(deps: Deps, turn: Turn) -> None:
    """Send a webhook what is due, one after the other, until a try fails or there were many."""
    for _ in range(DELIVERIES_OF_A_TURN):
        due = await sending.next_due(deps.db.session(), turn)
        if due is None:
            break
        tried = await _try(deps, turn, due)
        async with deps.db.transaction() as session:
            held = await sending.hold(session, turn)
            if held is None:
                return
            await sending.note(session, held, due.id, tried)
            if tried.state != DELIVERY.target("take"):
                await _failed(session, held, tried)
                return
    async with deps.db.transaction() as session:
        held = await sending.hold(session, turn)
        if held is not None:
            await sending.rest(session, held, 0)


async def _try(deps: Deps, turn: Turn, due: Due) -> Tried:
    """Post one event."""
    body = body_of(due.outbox_id, due.type, due.created_at, due.payload)
    versions = [due.secret_version, due.secret_version - 1][: 1 + due.is_rotating]
    secrets = tuple(deps.secrets.webhook_secret(turn.id, version) for version in versions)
    headers = headers_of(due.id, due.now_s, body, secrets)
    try:
        reply = await deps.shared(outbound).post(due.url, body, headers)
    except Refused as refused:
        return _tried(due, None, refused.message, 0)
    if 200 <= reply.code < 300:
        return Tried(DELIVERY.target("take"), None, reply.code, None, reply.duration_ms)
    error = f"The receiver answered {reply.code}; only 200 to 299 means that it took the event."
    return _tried(due, reply.code, error, reply.duration_ms)


def _tried(due: Due, code: int | None, error: str, duration_ms: int) -> Tried:
    """Say what follows a failure."""
    next_s = next_try_s(due.tries + 1)
    state = DELIVERY.target("give_up") if next_s is None else DELIVERY.start
    return Tried(state, next_s, code, error, duration_ms)


async def _failed(session: Session, held: Held, tried: Tried) -> None:
    """Leave the webhook alone for a while, or for good, which the audit log tells."""
    given_up = tried.state == DELIVERY.target("give_up")
    await sending.rest(session, held, rest_s(held.failures))
    log.info("webhook_failed", webhook=str(held.id), failures=held.failures, error=tried.error)
    if not is_over(tried.code, given_up=given_up, failing_s=held.failing_s):
        return
    if await webhooks.move(session, held.tenant_id, held.id, "disable"):
        await sending.give_up_all(session, held, OVER)
        await note(
            session,
            SYSTEM,
            "webhook.disable",
            target=("webhook", held.id),
            tenant_id=held.tenant_id,
            detail={"failures": held.failures, "error": tried.error},
        )
        log.warning("webhook_disabled", webhook=str(held.id), failures=held.failures)
