"""Makes a done render again, fetches the video, and says whether its frames are the same."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import typer

from orchestrator.cli.lists import address
from orchestrator.cli.problems import FAILED, WRONG_USE, CliError
from orchestrator.cli.render import as_cli_error, check_output, to_the_end
from orchestrator.cli.show import Bars
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.media.manifest import Comparison, Manifest
from orchestrator.wire.media.output import OutputSpec


@dataclass(frozen=True, slots=True)
class AgainOptions:
    """Hold the command line of `flatrender render --again`."""

    job: str
    out: Path | None
    as_json: bool
    server: str | None
    key_file: Path | None


def run_again(options: AgainOptions) -> None:
    """Render, compare, and print the outcome; frames that differ are a failure."""
    base, key = address(options.server, options.key_file)
    try:
        job = UUID(options.job)
    except ValueError as error:
        raise CliError(f"{options.job} is not a job's id.", WRONG_USE) from error

    async def run() -> tuple[Manifest, Path]:
        async with FarmClient(base, key) as client:
            await client.ready()
            out = options.out or _file_for(job, await client.manifest(job))
            await asyncio.to_thread(check_output, out)
            with Bars() as bars:
                asked = await client.again(job)
                bars.say(f"job {asked.id}: job {job} again, {asked.frames_total} frames")
                await to_the_end(client, bars, asked.id, out)
            return await client.manifest(asked.id), out

    try:
        made, out = asyncio.run(run())
    except ClientError as error:
        raise as_cli_error(error) from error
    tell(made.job_id, made.comparison, out, as_json=options.as_json)


def _file_for(job: UUID, made: Manifest) -> Path:
    """Give the file that a repeat goes to, with the ending of what it repeats."""
    output = OutputSpec.model_validate(made.order.get("output") or {}, strict=False)
    return Path(f"again-{str(job)[-8:]}.{output.format.ending}")


def tell(job: UUID, found: Comparison | None, out: Path, *, as_json: bool) -> None:
    """Print how a repeat compares with the first render; CliError when frames differ."""
    if found is not None and not found.same:
        named = found.different if found.frames_different <= 100 else f"{found.different} and more"
        raise CliError(
            f"{found.frames_different} of {found.frames} frames differ from job {found.job_id}: "
            f"{named}. The new video is {out}; compare the manifests of both jobs.",
            FAILED,
            "frames_differ",
        )
    told = None if found is None else found.model_dump(mode="json")
    if as_json:
        outcome = {"ok": True, "output": str(out), "job_id": str(job)}
        typer.echo(json.dumps(outcome | {"comparison": told}, ensure_ascii=False))
    elif found is None:
        typer.echo(f"{out}: done; the frames' hashes of the first render were not kept, so "
                   "nothing can be compared.")  # fmt: skip
    else:
        typer.echo(f"{out}: all {found.frames} frames are the same as job {found.job_id}'s")
