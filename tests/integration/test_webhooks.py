"""Webhooks from the change of a job to a receiver: signed, in order, tried again, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.core.webhooks import DELAYS_S
from orchestrator.errors import Conflict, Invalid
from orchestrator.loops import start_loops
from orchestrator.store.pool import Database
from orchestrator.usecases.jobs.moves import move
from orchestrator.usecases.tenants.change import suspend_tenant
from orchestrator.usecases.webhooks import look, manage, send
from orchestrator.wire.outgoing.webhooks import (
    WebhookChange,
    WebhookCreate,
    WebhookDelivery,
    WebhookSecret,
)
from tests.support.farm import TENANT, Farm, open_farm
from tests.support.receiver import Receiver, receiving

HERE = "127.0.0.0/8"


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, outbound_networks=HERE) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


async def hook(farm: Farm, url: str, *events: str, tenant: UUID = TENANT) -> WebhookSecret:
    """Make a webhook."""
    wanted = WebhookCreate(url=url, events=events or ("*",))
    return await manage.make_webhook(farm.deps, tenant, wanted, webhook_id=uuid4())


async def job_moves(farm: Farm, *events: str) -> UUID:
    """Order a job and lead it through events, each in a transaction of its own."""
    job = await farm.job("0-9")
    for event in events:
        async with farm.deps.db.transaction() as session:
            assert await move(session, job, event)
    return job


async def send_due(farm: Farm) -> int:
    """Send what is due now; give how many turns that took."""
    while await send.dispatch(farm.deps):
        pass
    turns = await send.claim(farm.deps, 24)
    await asyncio.gather(*(send.take_turn(farm.deps, turn) for turn in turns))
    return len(turns)


async def let_time_pass(farm: Farm, seconds: float) -> None:
    """Let webhooks be as if so much time had gone by."""
    await farm.look.execute(
        "UPDATE render.webhook_deliveries SET next_at = next_at - make_interval(secs => $1)",
        seconds,
    )
    await farm.look.execute(
        "UPDATE identity.tenant_webhooks SET wake_at = wake_at - make_interval(secs => $1),"
        " failing_since = failing_since - make_interval(secs => $1),"
        " turn_until = turn_until - make_interval(secs => $1)",
        seconds,
    )


async def log(farm: Farm, made: WebhookSecret) -> list[WebhookDelivery]:
    """Give the log of a webhook, oldest first."""
    return (await look.list_deliveries(farm.deps, TENANT, made.webhook.id, None, 200))[::-1]


async def row(farm: Farm, made: WebhookSecret) -> Any:
    """Read a webhook's row."""
    return await farm.look.fetchrow(
        "SELECT * FROM identity.tenant_webhooks WHERE id = $1", made.webhook.id
    )


async def test_events_arrive_in_order_signed_and_once(farm: Farm, receiver: Receiver) -> None:
    await job_moves(farm, "prepare")
    made = await hook(farm, receiver.url + "/hear")
    job = await job_moves(farm, "prepare", "render", "validate", "export", "finish")
    await send_due(farm)
    await send_due(farm)
    told = [one.json for one in receiver.got]
    assert [one["type"] for one in told] == [
        "job.preparing", "job.rendering", "job.validating", "job.exporting", "job.done"
    ]  # fmt: skip
    assert {one["data"]["job_id"] for one in told} == {str(job)}
    sequence = [one["sequence"] for one in told]
    assert sequence == sorted(set(sequence))
    assert all(one.fits(made.secret) for one in receiver.got)
    assert not receiver.got[0].fits("whsec_" + "A" * 43 + "=")
    assert [one.state for one in await log(farm, made)] == ["delivered"] * 5


async def test_only_events_that_were_asked_for_are_sent(farm: Farm, receiver: Receiver) -> None:
    await hook(farm, receiver.url, "job.cancelled", "job.done")
    await job_moves(farm, "prepare", "cancel")
    await send_due(farm)
    assert [one.json["type"] for one in receiver.got] == ["job.cancelled"]
    with pytest.raises(Invalid, match=r"There is no event job\.dome"):
        await hook(farm, receiver.url, "job.dome")


async def test_a_failed_try_is_made_again_later_with_the_same_id_and_body(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url, "job.preparing")
    receiver.codes = [500, 301]
    await job_moves(farm, "prepare")
    await send_due(farm)
    (first,) = await log(farm, made)
    assert (first.state, first.tries, first.http_status) == ("pending", 1, 500)
    assert first.error is not None
    assert "answered 500" in first.error
    await send_due(farm)
    assert len(receiver.got) == 1
    await let_time_pass(farm, DELAYS_S[0] + 1)
    await send_due(farm)
    assert (await log(farm, made))[0].http_status == 301
    await let_time_pass(farm, DELAYS_S[1] + 1)
    await send_due(farm)
    (last,) = await log(farm, made)
    assert (last.state, last.tries, last.http_status, last.error) == ("delivered", 3, 204, None)
    assert len({(one.id, one.body) for one in receiver.got}) == 1
    assert all(one.fits(made.secret) for one in receiver.got)
    assert (await row(farm, made))["failures"] == 0


async def test_one_event_that_is_refused_holds_up_the_others_for_a_moment_only(
    farm: Farm, receiver: Receiver
) -> None:
    await hook(farm, receiver.url, "job.preparing", "job.cancelled")
    receiver.codes = [500]
    await job_moves(farm, "prepare", "cancel")
    await send_due(farm)
    await let_time_pass(farm, 3)
    await send_due(farm)
    assert [one.json["type"] for one in receiver.got] == ["job.preparing", "job.cancelled"]


async def test_a_receiver_that_takes_nothing_for_a_day_is_disabled_and_the_log_says_so(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url, "job.preparing")
    receiver.codes = [503] * 50
    await job_moves(farm, "prepare")
    await send_due(farm)
    for delay in DELAYS_S:
        await let_time_pass(farm, delay + 1)
        await send_due(farm)
    assert len(receiver.got) == len(DELAYS_S) + 1
    assert [one.state for one in await log(farm, made)] == ["failed"]
    assert (await row(farm, made))["state"] == "disabled"
    noted = await farm.look.fetchval(
        "SELECT count(*) FROM render.audit_log WHERE action = 'webhook.disable'"
        " AND target_id = $1 AND actor_kind = 'system'",
        str(made.webhook.id),
    )
    assert noted == 1
    await job_moves(farm, "prepare")
    assert await send_due(farm) == 0
    receiver.codes = []
    active = WebhookChange(state="active")
    await manage.change_webhook(farm.deps, TENANT, made.webhook.id, active)
    (failed,) = await log(farm, made)
    await manage.replay(farm.deps, TENANT, made.webhook.id, failed.id)
    await send_due(farm)
    assert [one.state for one in await log(farm, made)] == ["delivered"]


async def test_a_receiver_that_says_it_is_gone_is_disabled_at_once(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url)
    receiver.codes = [410]
    await job_moves(farm, "prepare", "cancel")
    await send_due(farm)
    assert (await row(farm, made))["state"] == "disabled"
    assert [one.state for one in await log(farm, made)] == ["failed", "failed"]
    pause = WebhookChange(state="paused")
    with pytest.raises(Conflict, match="disabled"):
        await manage.change_webhook(farm.deps, TENANT, made.webhook.id, pause)


async def test_a_redirect_is_a_failure_and_is_not_followed(farm: Farm, receiver: Receiver) -> None:
    made = await hook(farm, receiver.url)
    receiver.codes = [302, 307]
    await job_moves(farm, "prepare")
    await send_due(farm)
    assert len(receiver.got) == 1
    assert (await log(farm, made))[0].http_status == 302


async def test_what_was_taken_is_sent_once_more_under_its_id_when_a_person_asks(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url)
    await job_moves(farm, "prepare")
    await send_due(farm)
    (sent,) = await log(farm, made)
    again = await manage.replay(farm.deps, TENANT, made.webhook.id, sent.id)
    assert (again.state, again.tries) == ("pending", 0)
    await send_due(farm)
    assert [one.id for one in receiver.got] == [str(sent.id)] * 2


async def test_what_happens_while_a_webhook_is_paused_is_sent_when_it_goes_on(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url)
    for state in ("paused", "active"):
        wanted = WebhookChange.model_validate({"state": state})
        await manage.change_webhook(farm.deps, TENANT, made.webhook.id, wanted)
        if state == "paused":
            await job_moves(farm, "prepare")
            assert await send_due(farm) == 0
            with pytest.raises(Conflict, match="paused"):
                await manage.send_test(farm.deps, TENANT, made.webhook.id, uuid4())
    await send_due(farm)
    assert [one.json["type"] for one in receiver.got] == ["job.preparing"]


async def test_a_suspended_tenants_receivers_hear_nothing_until_it_goes_on(
    farm: Farm, receiver: Receiver
) -> None:
    tenant = uuid4()
    await farm.look.execute(
        "INSERT INTO identity.tenants (id, slug, name) VALUES ($1, 'other', 'Other')", tenant
    )
    made = await hook(farm, receiver.url, tenant=tenant)
    await manage.send_test(farm.deps, tenant, made.webhook.id, uuid4())
    await suspend_tenant(farm.deps.db, tenant, back=False)
    assert await send_due(farm) == 0
    await suspend_tenant(farm.deps.db, tenant, back=True)
    await job_moves(farm, "prepare")
    await send_due(farm)
    assert [one.json["type"] for one in receiver.got] == ["webhook.test"]


async def test_after_a_change_of_the_secret_both_fit_for_a_day(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url)
    changed = await manage.rotate_secret(farm.deps, TENANT, made.webhook.id)
    assert changed.secret != made.secret
    await manage.send_test(farm.deps, TENANT, made.webhook.id, uuid4())
    await send_due(farm)
    await farm.look.execute(
        "UPDATE identity.tenant_webhooks SET secret_rotated_at = now() - interval '25 h'"
    )
    await manage.send_test(farm.deps, TENANT, made.webhook.id, uuid4())
    await send_due(farm)
    fits = [(one.fits(made.secret), one.fits(changed.secret)) for one in receiver.got]
    assert fits == [(True, True), (False, True)]


async def test_a_slow_receiver_holds_up_nobody_else(farm: Farm, receiver: Receiver) -> None:
    async with receiving() as quick:
        receiver.slow = asyncio.Event()
        await hook(farm, receiver.url)
        await hook(farm, quick.url)
        heard = asyncio.Event()
        quick.came = lambda: heard.set() if len(quick.got) == 2 else None
        async with start_loops(farm.deps):
            await job_moves(farm, "prepare", "cancel")
            await asyncio.wait_for(heard.wait(), 60)
            assert len(receiver.got) <= 1


async def test_servers_beside_each_other_send_each_event_once(
    farm: Farm, receiver: Receiver, database: str
) -> None:
    made = await hook(farm, receiver.url, "job.preparing")
    for _ in range(30):
        await job_moves(farm, "prepare")
    db = await Database.open(database, size=10, statement_timeout_s=15)
    other = replace(farm, deps=replace(farm.deps, db=db, _shared={}))
    for _ in range(4):
        await asyncio.gather(*(send_due(one) for one in (farm, other, farm, other)))
    await db.close()
    assert len(receiver.got) == 30
    assert len({one.id for one in receiver.got}) == 30
    assert {one.state for one in await log(farm, made)} == {"delivered"}


async def test_a_server_that_died_after_sending_lets_another_send_the_same_once_more(
    farm: Farm, receiver: Receiver
) -> None:
    made = await hook(farm, receiver.url, "job.preparing")
    await job_moves(farm, "prepare")
    await send.dispatch(farm.deps)
    (dead,) = await send.claim(farm.deps, 1)
    receiver.slow, came = asyncio.Event(), asyncio.Event()
    receiver.came = came.set
    turn = asyncio.create_task(send.take_turn(farm.deps, dead))
    await asyncio.wait_for(came.wait(), 60)
    assert await send_due(farm) == 0
    await let_time_pass(farm, 61)
    receiver.slow.set()
    (heir,) = await send.claim(farm.deps, 1)
    await turn
    assert [one.state for one in await log(farm, made)] == ["pending"]
    await send.take_turn(farm.deps, heir)
    assert [one.state for one in await log(farm, made)] == ["delivered"]
    assert [one.id for one in receiver.got] == [receiver.got[0].id] * 2
