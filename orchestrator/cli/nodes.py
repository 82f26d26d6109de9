"""The commands on nodes: list them, drain, resume, quarantine and retire one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import typer

from orchestrator.cli.problems import WRONG_USE, CliError

if TYPE_CHECKING:
    from orchestrator.client import FarmClient
    from orchestrator.wire.resources import Node

Verb = Literal["drain", "resume", "quarantine", "retire"]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Server = Annotated[str | None, typer.Option("--server", help="The orchestrator's address.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File that holds the API key.")]
NodeName = Annotated[str, typer.Argument(help="The node's name or id.", metavar="NODE")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is shown beside the node.")]

app = typer.Typer(
    help="List the farm's nodes, or act on one.", invoke_without_command=True, rich_markup_mode=None
)


@app.callback()
def nodes(
    context: typer.Context, as_json: Json = False, server: Server = None, key_file: KeyFile = None
) -> None:
    """List the farm's nodes, or act on one."""
    if context.invoked_subcommand is None:
        run_nodes(server, key_file, as_json=as_json)


@app.command()
def drain(node: NodeName, server: Server = None, key_file: KeyFile = None) -> None:
    """Let a node finish what it does and take no more."""
    run_move(node, "drain", None, server, key_file)


@app.command()
def resume(node: NodeName, server: Server = None, key_file: KeyFile = None) -> None:
    """End a node's drain or quarantine."""
    run_move(node, "resume", None, server, key_file)


@app.command()
def quarantine(
    node: NodeName, reason: Reason, server: Server = None, key_file: KeyFile = None
) -> None:
    """Give a node no work until a person resumes it."""
    run_move(node, "quarantine", reason, server, key_file)


@app.command()
def retire(
    node: NodeName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Take a node out for good: its credentials are refused from then on."""
    if not yes:
        typer.confirm(f"Retire {node} for good?", abort=True, err=True)
    run_move(node, "retire", None, server, key_file)


def run_move(
    name: str, verb: Verb, reason: str | None, server: str | None, key_file: Path | None
) -> None:
    """Move a node and print its state."""
    from orchestrator.cli.lists import ask

    async def move(client: FarmClient) -> Node:
        node_id = await _find(client, name)
        return await client.move_node(node_id, verb, reason)

    node = ask(server, key_file, move)
    typer.echo(f"node {node.name} ({node.id}): {node.state}")


async def _find(client: FarmClient, name: str) -> UUID:
    """Find a node by its id or its name, which only one has; CliError when none is called so."""
    try:
        return UUID(name)
    except ValueError:
        cursor = None
    while True:
        page = await client.nodes(cursor)
        for node in page.data:
            if node.name.lower() == name.lower():
                return node.id
        cursor = page.meta.next_cursor
        if cursor is None:
            raise CliError(f"No node is called {name}; `flatrender nodes` lists them.", WRONG_USE)


def remarks(node: Node) -> str:
    """Say why a node stands aside, what it suffers from, and what it cannot do and why."""
    reason = (node.state_reason,) if node.state_reason else ()
    problems = node.capabilities.problems if node.capabilities else ()
    return ", ".join((*reason, *node.conditions, *problems))


def run_nodes(server: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Print the nodes."""
    from orchestrator.cli.lists import ask, show_table

    page = ask(server, key_file, lambda client: client.nodes())
    if as_json:
        typer.echo(page.model_dump_json(indent=2))
        return
    if not page.data:
        typer.echo("No nodes yet. `flatrender enrol` makes a token for one.", err=True)
        return
    rows = []
    for node in page.data:
        engines = ", ".join(
            f"{engine.kind} {engine.version}"
            for engine in (node.capabilities.engines if node.capabilities else ())
        )
        cpu = f"{node.sample.cpu_percent:.0f}" if node.sample else ""
        seen = node.last_seen_at.astimezone().strftime("%H:%M:%S") if node.last_seen_at else ""
        rows.append(
            (
                str(node.id),
                node.name,
                node.state,
                node.platform or "",
                engines,
                f"{node.leases}/{node.slots}",
                cpu,
                seen,
                remarks(node),
            )
        )
    head = (
        "node",
        "name",
        "state",
        "platform",
        "engines",
        "leases",
        "cpu %",
        "last seen",
        "remarks",
    )
    show_table(head, rows)
