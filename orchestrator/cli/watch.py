"""Follows a job to its end over the event stream, through restarts of the orchestrator."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from orchestrator.cli.problems import CliError
from orchestrator.cli.show import Bars
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.renders import JobEvent, Render, StageProgress

ENDED = ("done", "failed", "cancelled")
_STAGES = TypeAdapter(tuple[StageProgress, ...])


async def follow(
    client: FarmClient, job_id: UUID, bars: Bars, *, away_s: float = 180, limit_s: float = 86_400
) -> Render:
    """Move the bars until the job is done, failed or cancelled, and give it.

    Raises CliError when the orchestrator stays away longer than `away_s` seconds.
    """
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
    except ValidationError:
        return
