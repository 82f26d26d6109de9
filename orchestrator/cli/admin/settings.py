"""`flatrender settings`: list the settings that can be changed, and change them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.problems import WRONG_USE, CliError

if TYPE_CHECKING:
    from orchestrator.wire.farm.settings import SettingList

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Server = Annotated[str | None, typer.Option("--server", help="The orchestrator's address.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File that holds the API key.")]
Pairs = Annotated[list[str], typer.Argument(help="Settings and values.", metavar="NAME=VALUE...")]
Names = Annotated[list[str], typer.Argument(help="Settings.", metavar="NAME...")]

app = typer.Typer(
    help="List the settings that can be changed while the farm runs, or change some.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def settings(
    context: typer.Context, as_json: Json = False, server: Server = None, key_file: KeyFile = None
) -> None:
    """List the settings that can be changed while the farm runs, or change some."""
    from orchestrator.cli.lists import ask

    if context.invoked_subcommand is None:
        found = ask(server, key_file, lambda client: client.settings())
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            _show(found, frozenset())


@app.command("set")
def set_some(pairs: Pairs, server: Server = None, key_file: KeyFile = None) -> None:
    """Set some, in the unit at the end of their names; all of them or none."""
    _change(dict(map(_pair, pairs)), server, key_file)


@app.command()
def reset(names: Names, server: Server = None, key_file: KeyFile = None) -> None:
    """Go back to the default of some."""
    _change(dict.fromkeys(names), server, key_file)


def _pair(text: str) -> tuple[str, float | None]:
    name, is_there, value = text.partition("=")
    try:
        if is_there:
            return name, float(value)
    except ValueError:
        pass
    raise CliError(f"{text}: write it as NAME=NUMBER, such as lease_ttl_s=60.", WRONG_USE)


def _change(values: dict[str, float | None], server: str | None, key_file: Path | None) -> None:
    from pydantic import ValidationError

    from orchestrator.cli.lists import ask
    from orchestrator.wire.farm.settings import SettingsChange

    try:
        wanted = SettingsChange(values=values)
    except ValidationError as error:
        raise CliError(
            "Give names as `flatrender settings` lists them, and numbers from 0 on.", WRONG_USE
        ) from error
    _show(ask(server, key_file, lambda client: client.change_settings(wanted)), frozenset(values))


def _show(found: SettingList, only: frozenset[str]) -> None:
    from orchestrator.cli.lists import show_table

    rows = [
        (one.name, f"{one.value:.12g}", one.source, f"{one.default:.12g}", one.changed_by or "")
        for one in found.data
        if not only or one.name in only
    ]
    show_table(("setting", "value", "from", "default", "changed by"), rows)
