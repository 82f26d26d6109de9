"""The `flatrender-agent` command: run | check [--fix]."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from pydantic import ValidationError

from node_agent.errors import AgentError
from node_agent.home import AlreadyRunning
from node_agent.settings import Settings, load

FAILED, WRONG_USE, RUNNING = 1, 2, 3
APP = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Lease render work from a FlatRender orchestrator and do it on this machine.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder; the agent's part is agent/ in it.")]
Server = Annotated[str | None, typer.Option(help="Address of the orchestrator.")]


@APP.command()
def run(
    data: Data = None,
    server: Server = None,
    name: Annotated[str | None, typer.Option(help="This node's name.")] = None,
    preview: Annotated[
        bool | None, typer.Option(help="Offer the preview engine, which needs no After Effects.")
    ] = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Work until Ctrl-C or SIGTERM; the work at hand is handed back within two seconds.

    A new node enrols with a one-time token from FLATRENDER_AGENT_ENROLMENT_TOKEN, from the file
    that FLATRENDER_AGENT_ENROLMENT_TOKEN_FILE names, or from agent/enrolment_token in the data
    folder; never from the command line. Exit codes: 0 stopped, 1 cannot go on, 2 wrong use,
    3 another agent has this data folder.
    """
    settings = _settings(data, server_url=server, name=name, preview=preview)
    _log(settings)
    from node_agent.supervisor import run_agent

    async def work() -> None:
        stop = asyncio.Event()
        _on_signals(stop, with_parent=with_parent)
        await run_agent(settings, stop)

    try:
        asyncio.run(work())
    except AlreadyRunning as error:
        _end(str(error), RUNNING)
    except AgentError as error:
        _end(str(error), FAILED)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        told = "Mend that, then start the agent again; what it finished is kept and told then."
        _end(f"The agent cannot go on: {why}. {told}", FAILED)


@APP.command()
def check(
    data: Data = None,
    server: Server = None,
    fix: Annotated[bool, typer.Option(help="Mend what can be mended from here.")] = False,
    preview: Annotated[bool | None, typer.Option(help="Check the preview engine too.")] = None,
) -> None:
    """Say what is missing on this machine and how to mend it.

    Exit codes: 0 ready to work, 1 something is missing, 2 wrong use.
    """
    settings = _settings(data, server_url=server, preview=preview)
    from node_agent.check import check_machine

    try:
        findings = asyncio.run(check_machine(settings, fix=fix))
    except (AgentError, OSError) as error:
        _end(str(error), FAILED)
    for finding in findings:
        typer.echo(f"{finding.mark:8} {finding.what}: {finding.told}")
        if finding.advice:
            typer.echo(f"         {finding.advice}")
    if any(finding.mark == "missing" for finding in findings):
        raise typer.Exit(FAILED)


def _settings(data: Path | None, **given: Any) -> Settings:
    """Read the settings; an address that was used before is used again."""
    values = {key: value for key, value in given.items() if value is not None}
    try:
        settings = load(data, **values)
        if "server_url" not in settings.model_fields_set:
            from node_agent.credentials import read
            from node_agent.home import Home

            stored = read(Home(settings.data_dir.resolve()))
            if stored is not None:
                settings = settings.model_copy(update={"server_url": stored.server_url})
    except ValidationError as error:
        lines = [
            f"  FLATRENDER_AGENT_{'_'.join(str(part) for part in item['loc']).upper()}: "
            f"{item['msg']}"
            for item in error.errors(include_input=False)
        ]
        _end("These settings are wrong:\n" + "\n".join(lines), WRONG_USE)
    except (AgentError, OSError, ValueError) as error:
        _end(str(error), WRONG_USE)
    return settings


def _end(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _log(settings: Settings) -> None:
    """Log to stderr: JSON for machines, lines for people."""
    renderer: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _escape,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _escape(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Escape control characters, so that words from outside cannot forge a line."""
    return {
        key: "".join(c if c.isprintable() or c == "\n" else " " for c in value)
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }


def _on_signals(stop: asyncio.Event, *, with_parent: bool) -> None:
    """Set `stop` on SIGTERM, SIGINT, and when asked, at the end of standard input."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    if with_parent:

        def wait_for_end() -> None:
            # Not sys.stdin: its lock, held by a reader, aborts the interpreter at its end.
            with contextlib.suppress(OSError):
                while os.read(0, 4096):
                    pass
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=wait_for_end, daemon=True, name="parent").start()


def main() -> None:
    """Run the command line."""
    APP(prog_name="flatrender-agent")
