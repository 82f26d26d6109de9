"""The command line's words: what each command takes; the work is done by the modules beside."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import nodes
from orchestrator.cli.admin import commands as admin
from orchestrator.cli.admin import settings
from orchestrator.cli.jobs import commands as jobs
from orchestrator.cli.output.options import Audio, Looks, Outputs
from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.cli.templates import commands as templates

app = typer.Typer(
    name="flatrender",
    help="FlatRender Farm: renders After Effects templates on a farm of nodes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(nodes.app, name="nodes")
app.add_typer(jobs.app)
app.add_typer(templates.app)
app.add_typer(admin.app, name="admin")
app.add_typer(settings.app, name="settings")

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the database and objects.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A field: scene.key=value, or key=value."),
]
Colors = Annotated[
    list[str] | None, typer.Option("--color", metavar="KEY=#RRGGBB", help="A shared colour.")
]
Scenes = Annotated[
    list[str] | None,
    typer.Option("--scene", metavar="KEY[=SECONDS]", help="A scene, in the order they play."),
]
Duration = Annotated[float | None, typer.Option("--duration", help="Seconds that music lasts.")]
Mode = Annotated[
    str | None,
    typer.Option("--mode", help="fix|flexible|mockup|music_visualizer|free; else detected"),
]
Comp = Annotated[str | None, typer.Option("--comp", help="The comp to render.")]
Frames = Annotated[str | None, typer.Option("--frames", metavar="A-B", help="Both included.")]
Again = Annotated[
    str | None, typer.Option("--again", metavar="JOB", help="A done render, once more.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Where the video goes.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
Server = Annotated[str | None, typer.Option("--server", help="The orchestrator's address.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="File that holds the API key.")]


@app.command()
def demo(
    aep: Annotated[Path | None, typer.Option("--aep", help="A project of yours.")] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="A zip of yours.")] = None,
    comp: Comp = None,
    frames: Frames = None,
    sets: Sets = None,
    colors: Colors = None,
    out: Out = None,
    as_json: Json = False,
    keep: Annotated[bool, typer.Option("--keep", help="Stay until Ctrl-C.")] = False,
    data: Data = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the orchestrator.")] = None,
) -> None:
    """Render a video on this machine, with a whole farm started just for it."""
    from orchestrator.cli.demo.run import DemoOptions, run_demo
    from orchestrator.cli.values import Wishes

    if aep is not None and bundle is not None:
        raise CliError("Give --aep or --bundle, not both.", WRONG_USE)
    wishes = Wishes(comp=comp, frames=frames, sets=tuple(sets or ()), colors=tuple(colors or ()))
    run_demo(
        DemoOptions(
            source=aep or bundle,
            wishes=wishes,
            out=out or Path("out") / "demo.mp4",
            as_json=as_json,
            keep=keep,
            data=data,
            port=port,
        )
    )


def _one_source(*given: object) -> None:
    if sum(one is not None for one in given) != 1:
        raise CliError("Give one of --aep, --bundle, --project or --again.", WRONG_USE)


def _render_again(
    job: str, out: Path | None, server: str | None, key_file: Path | None, *, as_json: bool
) -> None:
    from orchestrator.cli.jobs.again import AgainOptions, run_again

    run_again(AgainOptions(job, out, as_json, server, key_file))


@app.command()
def render(
    aep: Annotated[Path | None, typer.Option("--aep", help="A project to upload.")] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="A zip to upload.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="A project's id.")] = None,
    comp: Comp = None,
    frames: Frames = None,
    mode: Mode = None,
    scenes: Scenes = None,
    duration: Duration = None,
    sets: Sets = None,
    colors: Colors = None,
    looks: Looks = None,
    outputs: Outputs = None,
    audio: Audio = None,
    out: Out = None,
    as_json: Json = False,
    engine: Annotated[str, typer.Option("--engine", help="aftereffects|preview")] = "aftereffects",
    plan: Annotated[str | None, typer.Option("--plan", help="single|split")] = None,
    again: Again = None,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Render a template on a running farm and fetch the video."""
    from orchestrator.cli.output.wanted import file_for, output_of
    from orchestrator.cli.render import RenderOptions, run_render
    from orchestrator.cli.values import Wishes

    _one_source(aep, bundle, project, again)
    if again is not None:
        _render_again(again, out, server, key_file, as_json=as_json)
        return
    wishes = Wishes(
        comp=comp,
        frames=frames,
        sets=tuple(sets or ()),
        colors=tuple(colors or ()),
        engine=engine,
        plan=plan,
        scenes=tuple(scenes or ()),
        looks=tuple(looks or ()),
        duration_s=duration,
        output=output_of(outputs or (), out),
        audio=tuple(audio or ()),
    )
    target = file_for(out, wishes.output)
    source = aep or bundle
    options = RenderOptions(source, project, mode, wishes, target, as_json, server, key_file)
    run_render(options)


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option("--host")] = None,
    port: Annotated[int | None, typer.Option("--port")] = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Run the orchestrator, with an embedded PostgreSQL unless a database is set."""
    from orchestrator.cli.serve import run_serve

    run_serve(data, host=host, port=port, with_parent=with_parent)


@app.command()
def migrate(data: Data = None, as_json: Json = False) -> None:
    """Bring the database's schema up to date."""
    from orchestrator.cli.database import run_migrate

    run_migrate(data, as_json=as_json)


@app.command()
def partitions(data: Data = None, as_json: Json = False) -> None:
    """Make the monthly partitions of this and the next two months."""
    from orchestrator.cli.database import run_partitions

    run_partitions(data, as_json=as_json)


@app.command()
def epoch(
    why: Annotated[
        str | None, typer.Option("--raise", metavar="WHY", help="Raise it by hand, and say why.")
    ] = None,
    data: Data = None,
) -> None:
    """Show the restore epoch. Raising it ends every session; agents register again by themselves.

    The farm notices a restored database by itself while its storage is the same as before.
    """
    from orchestrator.cli.database import run_epoch

    run_epoch(data, why)


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="render|template|operator|admin")
    ] = None,
    data: Data = None,
) -> None:
    """Make an API key of the default tenant, straight in the database; it is shown once."""
    from orchestrator.cli.database import run_key

    run_key(data, name, tuple(scope or ("admin",)))


@app.command()
def rekey(data: Data = None) -> None:
    """Take the server key that is there as the farm's from now on, or make one.

    For a key that was lost or became known: every node must be enrolled again after it.
    """
    from orchestrator.cli.database import run_rekey

    run_rekey(data)


@app.command()
def enrol(
    ttl_s: Annotated[int, typer.Option("--ttl", help="Seconds that the token is good for.")] = 900,
    server: Server = None,
    key_file: KeyFile = None,
) -> None:
    """Make a one-time token with which a new node enrols; it is shown once."""
    from orchestrator.cli.lists import run_enrol

    run_enrol(ttl_s, server, key_file)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI 3.1 document."""
    from orchestrator.api.openapi import document

    typer.echo(json.dumps(document(), indent=2, sort_keys=True))


def run(arguments: list[str] | None = None) -> None:
    """Run one command; what goes wrong is one sentence on stderr and an exit code."""
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=arguments, standalone_mode=True, prog_name="flatrender")
    except CliError as error:
        _end(error, wants_json=wants_json)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)


def _end(error: CliError, *, wants_json: bool) -> None:
    typer.echo(error.message, err=True)
    if wants_json:
        failure: dict[str, Any] = {"ok": False, "code": error.code, "error": error.message}
        typer.echo(json.dumps(failure, ensure_ascii=False))
    sys.exit(error.exit_code)
