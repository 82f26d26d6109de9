"""Renders on a running farm: upload, scan, order, follow, fetch. The demo uses the same steps."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import typer

from orchestrator.cli.lists import address
from orchestrator.cli.problems import FAILED, WRONG_USE, CliError
from orchestrator.cli.show import Bars
from orchestrator.cli.values import Wishes, order_of
from orchestrator.cli.watch import follow
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.renders import Export, Render
from orchestrator.wire.scan import ScanResult


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Hold the command line of `flatrender render`."""

    source: Path | None
    project: str | None
    mode: str | None
    wishes: Wishes
    out: Path
    as_json: bool
    server: str | None
    key_file: Path | None


@dataclass(frozen=True, slots=True)
class Done:
    """Hold what a finished render left: the job, its video and what the scan had to say."""

    render: Render
    video: Export
    scan: ScanResult


def run_render(options: RenderOptions) -> None:
    """Render once and print the outcome."""
    started = time.monotonic()
    base, key = address(options.server, options.key_file)
    check_output(options.out)

    async def run() -> Done:
        async with FarmClient(base, key) as client:
            await client.ready()
            with Bars() as bars:
                project = await project_of(client, options)
                scan = await client.quick_scan(project, options.mode)
                return await render_once(client, bars, project, scan, options.wishes, options.out)

    try:
        done = asyncio.run(run())
    except ClientError as error:
        raise as_cli_error(error) from error
    except KeyboardInterrupt:
        typer.echo("A job that was ordered goes on; `flatrender cancel JOB` ends it.", err=True)
        raise
    tell(done, options.out, time.monotonic() - started, as_json=options.as_json)


async def project_of(client: FarmClient, options: RenderOptions) -> UUID:
    """Give the project to render: the named one, or a new one from the file."""
    if options.project is not None:
        try:
            return UUID(options.project)
        except ValueError as error:
            raise CliError(f"{options.project} is not a project's id.", WRONG_USE) from error
    assert options.source is not None
    return await upload(client, options.source)


async def upload(client: FarmClient, source: Path) -> UUID:
    """Make a project of a file and upload it; CliError when there is no such file."""
    await asyncio.to_thread(check_source, source)
    project = await client.create_project(source.stem[:200] or "project")
    await client.upload_bundle(project.id, source)
    return project.id


def check_source(source: Path) -> None:
    """See that there is a file to upload; CliError otherwise."""
    if not source.is_file():
        raise CliError(f"There is no file {source}. Check the path.", WRONG_USE)


async def render_once(
    client: FarmClient, bars: Bars, project: UUID, scan: ScanResult, wishes: Wishes, out: Path
) -> Done:
    """Order, follow to the end and fetch the video; CliError when the render fails."""
    order = await order_of(client, project, scan, wishes)
    submitted = await client.submit(order)
    bars.say(f"job {submitted.id}: comp {submitted.comp}, {submitted.frames_total} frames")
    render, video = await to_the_end(client, bars, submitted.id, out)
    return Done(render, video, scan)


async def to_the_end(
    client: FarmClient, bars: Bars, job_id: UUID, out: Path
) -> tuple[Render, Export]:
    """Follow a job to its end and fetch its video; CliError when the render fails."""
    render = await follow(client, job_id, bars)
    if render.state != "done":
        raise CliError(_why(render), FAILED, render.failure.code if render.failure else "failed")
    video = next((export for export in render.exports if export.kind == "video"), None)
    if video is None:
        raise CliError(f"Job {render.id} is done but has no video. Report this.", FAILED)
    try:
        await client.download(video.url, out)
    except OSError as error:
        raise CliError(f"{out} cannot be written: {error.strerror or error}.") from error
    return render, video


def check_output(out: Path) -> None:
    """See before the work that the video can be written; CliError otherwise."""
    if out.is_dir():
        raise CliError(f"{out} is a folder; give a file name with --out.", WRONG_USE)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        probe = out.parent / f".{out.name}.probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CliError(
            f"{out} cannot be written ({error.strerror}). Give another place with --out."
        ) from error


def as_cli_error(error: ClientError) -> CliError:
    """Turn the server's refusal into an exit: what the caller got wrong is wrong use."""
    exit_code = WRONG_USE if error.status in (400, 404, 413, 415, 422) else FAILED
    about_comp = any(problem.place == "comp" for problem in error.problems)
    hint = " Name one with --comp." if about_comp else ""
    return CliError(f"{error}{hint}", exit_code, error.code)


def tell(done: Done, out: Path, seconds: float, *, as_json: bool) -> None:
    """Print the outcome: a sentence, or the JSON object the manual promises."""
    render, video = done.render, done.video
    fps = video.fps or render.fps
    if not as_json:
        typer.echo(
            f"{out}: {video.frames} frames, {video.width}x{video.height}, "
            f"{fps.num / fps.den:g} fps, {video.duration_s:.2f} s, made in {seconds:.1f} s"
        )
        for warning in render.warnings:
            typer.echo(f"note: {warning}", err=True)
        return
    problems = [problem.message for problem in done.scan.problems] + list(render.warnings)
    outcome = {
        "ok": True,
        "output": str(out),
        "frames": video.frames,
        "width": video.width,
        "height": video.height,
        "fps": fps.num / fps.den,
        "duration_s": video.duration_s,
        "seconds": round(seconds, 2),
        "job_id": str(render.id),
        "unsupported": dict(render.unsupported),
        "problems": problems,
    }
    typer.echo(json.dumps(outcome, ensure_ascii=False))


def _why(render: Render) -> str:
    if render.failure is None:
        return f"The render was {render.state} (job {render.id})."
    failure = render.failure
    shown = f"\n  {failure.line}" if failure.line and failure.line not in failure.message else ""
    return f"The render failed: {failure.message} [{failure.code}]{shown}"
