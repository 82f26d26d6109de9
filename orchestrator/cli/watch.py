"""Follows a job to its end over the event stream, and says why it waits when it does."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from orchestrator.cli.problems import CliError
from orchestrator.cli.show import Bars
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.base import Seconds
from orchestrator.wire.renders import JobEvent, Render, StageProgress
from orchestrator.wire.waiting import WaitReport

QUIET_S = 15.0
ENDED = ("done", "failed", "cancelled")
_STAGES = TypeAdapter(tuple[StageProgress, ...])


class _Left(BaseModel):
    """Read how long a job still takes out of what its progress tells."""

    eta_p50_s: Seconds | None = None
    eta_p90_s: Seconds | None = None


async def follow(
    client: FarmClient, job_id: UUID, bars: Bars, *, away_s: float = 180, limit_s: float = 86_400
) -> Render:
    """Move the bars until the job is done, failed or cancelled, and give it.

    A job that waits longer than QUIET_S says why. Raises CliError when the orchestrator stays
    away longer than `away_s` seconds.
    """
    telling = asyncio.create_task(_tell_waits(client, job_id, bars, limit_s))
    try:
        return await _to_the_end(client, job_id, bars, away_s=away_s, limit_s=limit_s)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _to_the_end(
    client: FarmClient, job_id: UUID, bars: Bars, *, away_s: float, limit_s: float
) -> Render:
    seen, heard = 0, time.monotonic()
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        try:
            async for event in client.events(job_id, seen):
                seen, heard = event.id, time.monotonic()
                _move(bars, event)
            render = await client.render(job_id)
            heard = time.monotonic()
            if render.state in ENDED:
                bars.stages(render.stages)
                return render
        except ClientError as error:
            if 400 <= error.status < 500:
                raise
            if time.monotonic() - heard > away_s:
                raise CliError(
                    f"The orchestrator has not answered for {away_s:.0f} s ({error.message}). "
                    f"Start it again; job {job_id} goes on from where it was."
                ) from error
        await asyncio.sleep(0.5)
    raise CliError(f"Job {job_id} has not ended within {limit_s / 3600:.0f} hours; stop waiting.")


def _move(bars: Bars, event: JobEvent) -> None:
    if event.type != "progress":
        return
    try:
        bars.stages(_STAGES.validate_python(event.data.get("stages", ()), strict=False))
        left = _Left.model_validate(event.data, strict=False)
    except ValidationError:
        return
    if left.eta_p50_s is not None and left.eta_p90_s is not None:
        bars.left(left.eta_p50_s, left.eta_p90_s)


async def _tell_waits(client: FarmClient, job_id: UUID, bars: Bars, limit_s: float) -> None:
    """Print why the job waits, each reason once in a row; a server that is away is passed over."""
    told: str | None = None
    for _ in range(int(limit_s / QUIET_S)):
        await asyncio.sleep(QUIET_S)
        with suppress(ClientError):
            why = await ask_why(client, job_id)
            code = why.tasks[0].code if why is not None else None
            if why is not None and code != told:
                bars.say(f"note: {why.message}")
            told = code


async def ask_why(client: FarmClient, job_id: UUID) -> WaitReport | None:
    """Ask the farm why a job waits; None while somebody works on it. Raises ClientError."""
    report = await client.why(job_id)
    return report if report.tasks and not report.at_work else None
