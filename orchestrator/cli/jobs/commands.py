"""The commands on renders that were ordered: jobs, logs, cancel, change, retry, repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Server = Annotated[str | None, typer.Option("--server", help="The orchestrator's address.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File that holds the API key.")]
Job = Annotated[str, typer.Argument(help="The job's id.")]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def jobs(as_json: Json = False, server: Server = None, key_file: KeyFile = None) -> None:
    """List the newest renders."""
    from orchestrator.cli.lists import run_jobs

    run_jobs(server, key_file, as_json=as_json)


@app.command()
def logs(
    job: Job,
    task: Annotated[int | None, typer.Option("--task", help="Only this task's attempts.")] = None,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Print the logs of a render's attempts."""
    from orchestrator.cli.lists import run_logs

    run_logs(job, task, server, key_file)


@app.command()
def cancel(
    job: Job,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Cancel a render."""
    from orchestrator.cli.lists import run_act

    run_act(job, "cancel", server, key_file)


@app.command()
def change(
    job: Job,
    priority: Annotated[
        int | None, typer.Option("--priority", min=0, max=100, help="0-100; more goes first.")
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option("--deadline", metavar="TIME", help="2026-11-23T18:00+03:30; none: no more."),
    ] = None,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Change a render's priority or deadline while it has not ended."""
    from orchestrator.cli.jobs.change import run_change

    run_change(job, priority, deadline, server, key_file)


@app.command()
def retry(
    job: Job,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Try a failed render again; what it has done already stays."""
    from orchestrator.cli.lists import run_act

    run_act(job, "retry", server, key_file)


@app.command()
def repair(
    job: Job,
    frames: Annotated[str, typer.Argument(help="Frames to render again, such as 12-30,40.")],
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Render some frames of a finished split render again, and cut the video anew."""
    from orchestrator.cli.lists import run_repair

    run_repair(job, frames, server, key_file)
