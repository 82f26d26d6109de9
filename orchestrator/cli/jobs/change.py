"""`flatrender change`: another priority or deadline for a render that has not ended."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from orchestrator.cli.lists import ask, job_id_of
from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.cli.show import in_words
from orchestrator.wire.renders import RenderChange


def run_change(
    job: str,
    priority: int | None,
    deadline: str | None,
    server: str | None,
    key_file: Path | None,
) -> None:
    """Send what is given, and print where the render stands now."""
    given: dict[str, Any] = {}
    if priority is not None:
        given["priority"] = priority
    if deadline is not None:
        given["deadline_at"] = None if deadline == "none" else _time(deadline)
    if not given:
        raise CliError("Give --priority or --deadline.", WRONG_USE)
    wish, job_id = RenderChange(**given), job_id_of(job)
    render = ask(server, key_file, lambda client: client.change(job_id, wish))
    until = f", deadline {render.deadline_at.isoformat()}" if render.deadline_at else ""
    left = f", about {in_words(render.eta_p50_s)} left" if render.eta_p50_s is not None else ""
    typer.echo(f"job {render.id}: {render.state}, priority {render.priority}{until}{left}")


def _time(text: str) -> datetime:
    """Read a time; one without an offset is this machine's."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise CliError(
            f"{text!r} is no time; write one such as 2026-11-23T18:00 or 2026-11-23T18:00+03:30.",
            WRONG_USE,
        ) from error
