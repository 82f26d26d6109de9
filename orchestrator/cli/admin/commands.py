"""`flatrender admin`: make the people who sign in to the pages, straight in the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.core.accounts import ROLES, Role

app = typer.Typer(
    help="Make the people who sign in to the pages.", no_args_is_help=True, rich_markup_mode=None
)
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the database and objects.")]
Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]


@app.command()
def create(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="The name shown to others.")] = "",
    role: Annotated[str, typer.Option("--role", help="viewer|operator|admin")] = "admin",
    locale: Annotated[str, typer.Option("--language", help="en|fa")] = "en",
    data: Data = None,
) -> None:
    """Make a person who signs in; the password is asked for, or read from standard input."""
    from orchestrator.cli.admin.people import run_create

    run_create(data, email, _password(), role=_role(role), name=name, locale=locale)
    typer.echo(f"{email} may sign in now, at /admin of the orchestrator's address.")


@app.command()
def link(
    email: Email,
    server: Annotated[
        str | None,
        typer.Option(
            "--server", help="The address that the person opens; else that of the settings."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Print a link that signs a person in once, within 15 minutes; for a lost password, too."""
    from orchestrator.cli.admin.people import run_link

    typer.echo(run_link(data, email, server))


def _password() -> str:
    """Ask twice where a person sits; a program gives one line. Never an argument: others see it."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise CliError(f"{text}: a role is {', '.join(ROLES)}.", WRONG_USE)
