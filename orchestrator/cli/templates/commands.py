"""The commands on templates: scan, snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Server = Annotated[str | None, typer.Option("--server", help="The orchestrator's address.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File that holds the API key.")]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def scan(
    file: Annotated[Path, typer.Argument(help="A project (.aep), a bundle (.zip), or a .mogrt.")],
    mode: Annotated[
        str | None,
        typer.Option("--mode", help="fix|flexible|mockup|music_visualizer|free; else detected"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a template offers: comps, fields, colours and problems. Needs no After Effects."""
    from orchestrator.cli.templates.scan import run_scan

    run_scan(file, mode, as_json=as_json)


@app.command()
def snapshot(
    project: Annotated[str, typer.Argument(help="The project's id.")],
    scenes: Annotated[
        list[str] | None, typer.Option("--scene", metavar="KEY", help="A scene; else every one.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every scene, also those not named.")
    ] = False,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A field of a scene.")
    ] = None,
    colors: Annotated[
        list[str] | None, typer.Option("--color", metavar="KEY=#RRGGBB", help="A shared colour.")
    ] = None,
    at_s: Annotated[
        float | None, typer.Option("--at", help="Seconds into the scene; else its middle.")
    ] = None,
    comp: Annotated[str | None, typer.Option("--comp", help="The comp to show.")] = None,
    max_side: Annotated[int, typer.Option("--max-side", help="The longest side, pixels.")] = 640,
    engine: Annotated[str, typer.Option("--engine", help="aftereffects|preview")] = "aftereffects",
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the pictures.")] = None,
    as_json: Json = False,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Draw pictures of a template's scenes; what was drawn before comes at once."""
    from orchestrator.cli.templates.snapshot import SnapshotOptions, run_snapshot
    from orchestrator.cli.values import Wishes

    wishes = Wishes(
        comp=comp,
        sets=tuple(sets or ()),
        colors=tuple(colors or ()),
        engine=engine,
        scenes=tuple(scenes or ()),
    )
    run_snapshot(
        SnapshotOptions(
            project=project,
            wishes=wishes,
            every=every or not (scenes or sets),
            at_s=at_s,
            max_side=max_side,
            out=out or Path("snapshots"),
            as_json=as_json,
            server=server,
            key_file=key_file,
        )
    )
