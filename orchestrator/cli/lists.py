"""The commands that ask a running farm one thing: jobs, logs, cancel, retry, repair, enrol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError

from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.client import ClientError, FarmClient
from orchestrator.settings import ClientSettings
from orchestrator.wire.renders import AttemptView, RepairOrder

T = TypeVar("T")


def address(server: str | None, key_file: Path | None) -> tuple[str, str]:
    """Give the server's address and the API key; the key comes from a file or the environment."""
    settings = ClientSettings()
    path = key_file or settings.api_key_file
    if path is not None:
        try:
            key = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CliError(f"{path} cannot be read: {error.strerror}.", WRONG_USE) from error
    elif settings.api_key is not None:
        key = settings.api_key.get_secret_value()
    else:
        raise CliError(
            "An API key is needed: put it in a file and give --key-file, or set "
            "FLATRENDER_API_KEY. `flatrender key NAME` on the server makes one.",
            WRONG_USE,
        )
    return server or settings.server, key


def ask(
    server: str | None, key_file: Path | None, question: Callable[[FarmClient], Awaitable[T]]
) -> T:
    """Run one question against the server; CliError with the server's sentence."""
    base, key = address(server, key_file)

    async def run() -> T:
        async with FarmClient(base, key) as client:
            return await question(client)

    try:
        return asyncio.run(run())
    except ClientError as error:
        raise CliError(str(error), code=error.code) from error


def run_jobs(server: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Print the newest renders."""
    page = ask(server, key_file, lambda client: client.renders())
    if as_json:
        typer.echo(page.model_dump_json(indent=2))
        return
    if not page.data:
        typer.echo("No renders yet. `flatrender render` orders one.", err=True)
        return
    rows = []
    for job in page.data:
        failure = job.failure.message if job.failure else ""
        created = job.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        rows.append(
            (str(job.id), job.state, job.engine, job.comp, str(job.frames_total), created, failure)
        )
    show_table(("job", "state", "engine", "comp", "frames", "created", "failure"), rows)


def run_act(
    job: str, verb: Literal["cancel", "retry"], server: str | None, key_file: Path | None
) -> None:
    """Cancel a render, or try a failed one again, and print its state."""
    job_id = job_id_of(job)
    render = ask(server, key_file, lambda client: client.act(job_id, verb))
    typer.echo(f"job {render.id}: {render.state}")


def run_repair(job: str, frames: str, server: str | None, key_file: Path | None) -> None:
    """Have frames of a finished render rendered again, and print its state."""
    job_id = job_id_of(job)
    try:
        order = RepairOrder(frames=frames)
    except ValidationError as error:
        raise CliError(
            f"{frames!r} names no frames; write ranges such as 12-30,40.", WRONG_USE
        ) from error
    render = ask(server, key_file, lambda client: client.repair(job_id, order))
    typer.echo(f"job {render.id}: {render.state}; frames {order.frames} are rendered again")


def run_logs(job: str, task: int | None, server: str | None, key_file: Path | None) -> None:
    """Print each attempt of a render, or of one of its tasks, and its log."""
    job_id = job_id_of(job)

    async def show(client: FarmClient) -> int:
        shown, cursor = 0, None
        while True:
            page = await client.attempts(job_id, cursor)
            for one in page.data:
                if task in (None, one.task_id):
                    shown += 1
                    await _show_log(client, job_id, one)
            cursor = page.meta.next_cursor
            if cursor is None:
                return shown

    if not ask(server, key_file, show):
        what = f"Task {task} of job {job_id}" if task is not None else f"Job {job_id}"
        typer.echo(f"{what} was not tried yet.", err=True)


async def _show_log(client: FarmClient, job_id: UUID, one: AttemptView) -> None:
    granted = one.granted_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    node = f" on {one.node_name}" if one.node_name else ""
    head = f"== {one.kind} task {one.task_id}, attempt {one.attempt}{node}, {granted}"
    typer.echo(f"{head}: {one.outcome or 'running'} ==")
    if one.failure is not None:
        typer.echo(f"{one.failure.code}: {plain(one.failure.message)}")
    if one.log_bytes:
        last = ""
        async for piece in client.attempt_log(job_id, one.task_id, one.attempt):
            typer.echo(plain(piece), nl=False)
            last = piece
        if not last.endswith("\n"):
            typer.echo()


def plain(text: str) -> str:
    """Leave out what a terminal would obey: engines log whatever a template tells them."""
    return "".join(one for one in text if one in "\n\t" or one.isprintable())


def job_id_of(job: str) -> UUID:
    """Read a job's id; CliError when it is none."""
    try:
        return UUID(job)
    except ValueError as error:
        raise CliError(
            f"{job} is not a job's id; `flatrender jobs` lists them.", WRONG_USE
        ) from error


def run_enrol(ttl_s: int, server: str | None, key_file: Path | None) -> None:
    """Print a one-time token for a new node."""
    made = ask(server, key_file, lambda client: client.enrolment(ttl_s))
    until = made.expires_at.astimezone().strftime("%H:%M:%S")
    typer.echo(
        f"One node, until {until}: save it as agent/enrolment_token in the node's data folder, or "
        "give it to the agent as FLATRENDER_AGENT_ENROLMENT_TOKEN.",
        err=True,
    )
    typer.echo(made.enrolment_token)


def show_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print aligned columns, never wrapped nor cut: ids are there to be copied."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())
