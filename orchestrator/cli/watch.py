"""Follows a job to its end over the event stream, and says why it waits when it does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from orchestrator.cli.problems import CliError
from orchestrator.cli.show import Bars
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.renders import JobEvent, Render, StageProgress, TaskView
from orchestrator.wire.resources import Node

QUIET_S = 15.0
ENDED = ("done", "failed", "cancelled")
_STAGES = TypeAdapter(tuple[StageProgress, ...])


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
    except ValidationError:
        return


async def _tell_waits(client: FarmClient, job_id: UUID, bars: Bars, limit_s: float) -> None:
    """Print why the job waits, each reason once in a row; a server that is away is passed over."""
    told: str | None = None
    for _ in range(int(limit_s / QUIET_S)):
        await asyncio.sleep(QUIET_S)
        with suppress(ClientError):
            why = await ask_why(client, job_id)
            if why is not None and why != told:
                bars.say(f"note: {why}")
            told = why


async def ask_why(client: FarmClient, job_id: UUID) -> str | None:
    """Ask the farm why a job waits; None while somebody works on it. Raises ClientError."""
    render = await client.render(job_id)
    tasks = (await client.tasks(job_id)).data
    try:
        nodes: list[Node] | None = [*(await client.nodes()).data]
    except ClientError as error:
        if error.status != 403:
            raise
        nodes = None
    return why_waiting(render.engine, tasks, nodes)


def why_waiting(engine: str, tasks: Sequence[TaskView], nodes: Sequence[Node] | None) -> str | None:
    """Say why nothing happens to a job and what to do; None while somebody works on it.

    `nodes` is None for a key that may not see them.
    """
    waiting = [task for task in tasks if task.state == "queued"]
    if not waiting or any(task.state in ("leased", "running") for task in tasks):
        return None
    rests = next((task.failure.message for task in waiting if task.failure is not None), None)
    if rests is not None:
        return f"the job waits for its next try. The last one failed: {rests}"
    if nodes is None:
        return (
            f"the job waits for a node that offers the engine {engine}. A key with the scope "
            "operator may see why (flatrender nodes)."
        )
    if not nodes:
        return "the job waits: the farm has no node. `flatrender enrol` makes a token for one."
    return _why_no_node(engine, waiting[0].kind, nodes)


def _why_no_node(engine: str, kind: str, nodes: Sequence[Node]) -> str:
    online = [node for node in nodes if node.state == "online"]
    if not online:
        listed = ", ".join(f"{node.name} is {node.state}{_because(node)}" for node in nodes[:10])
        return f"the job waits: no node is online ({listed}). Start its agent, or trust it again."
    fitting = [node for node in online if engine in _engines(node)]
    if not fitting:
        listed = ", ".join(
            f"{node.name}: {', '.join(sorted(_engines(node))) or 'none'}" for node in online[:10]
        )
        return (
            f"the job waits: no online node offers the engine {engine} ({listed}). "
            "Start a node that does, or order with another --engine."
        )
    able = [node for node in fitting if node.capabilities and kind in node.capabilities.kinds]
    if not able:
        return (
            f"the job waits: no online node takes tasks of the kind {kind}. "
            "`flatrender-agent check` on the node says what it lacks."
        )
    fit = [node for node in able if not node.conditions]
    if not fit:
        listed = ", ".join(f"{node.name}: {', '.join(node.conditions)}" for node in able[:10])
        return f"the job waits: the able nodes take no work now ({listed}). Mend that on the node."
    if all(node.leases >= node.slots for node in fit):
        are = "node is" if len(fit) == 1 else "nodes are"
        return f"the job waits in the queue: {len(fit)} able {are} busy."
    return "the job waits although an able node is free; the node's log says what it does."


def _because(node: Node) -> str:
    return f" ({node.state_reason})" if node.state_reason else ""


def _engines(node: Node) -> set[str]:
    return {engine.kind for engine in node.capabilities.engines} if node.capabilities else set()
