"""Asks a running farm for pictures of a template's scenes, waits for them, and fetches them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import typer
from pydantic import ValidationError

from orchestrator.cli.lists import address
from orchestrator.cli.problems import FAILED, WRONG_USE, CliError
from orchestrator.cli.render import as_cli_error
from orchestrator.cli.values import Wishes, order_of
from orchestrator.client import ClientError, FarmClient
from orchestrator.wire.content.snapshots import Snapshot, SnapshotOrder, SnapshotScene
from orchestrator.wire.scan import ScanResult

WAIT_S = 3600.0
LOOK_S = 0.5
_UNFIT = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class SnapshotOptions:
    """Hold the command line of `flatrender snapshot`."""

    project: str
    wishes: Wishes
    every: bool
    at_s: float | None
    max_side: int
    out: Path
    as_json: bool
    server: str | None
    key_file: Path | None


def run_snapshot(options: SnapshotOptions) -> None:
    """Draw, fetch, and print a line for each picture, or one JSON object."""
    base, key = address(options.server, options.key_file)
    try:
        project = UUID(options.project)
    except ValueError as error:
        raise CliError(f"{options.project} is not a project's id.", WRONG_USE) from error

    async def run() -> list[tuple[Snapshot, Path]]:
        async with FarmClient(base, key) as client:
            await client.ready()
            asked = await client.order_snapshots(project, await _order(client, project, options))
            return [
                await _fetch(client, await _drawn(client, one), options.out) for one in asked.data
            ]

    try:
        made = asyncio.run(run())
    except ClientError as error:
        raise as_cli_error(error) from error
    _tell(made, as_json=options.as_json)


async def _order(client: FarmClient, project: UUID, options: SnapshotOptions) -> SnapshotOrder:
    scan = await client.quick_scan(project)
    order = await order_of(client, project, scan, options.wishes)
    scenes = [
        SnapshotScene(key=scene.key, at_s=options.at_s, values=scene.values)
        for scene in order.scenes
    ]
    if options.every:
        scenes += _others(scan, {scene.key for scene in scenes}, options.at_s)
    try:
        return SnapshotOrder(
            scenes=tuple(scenes),
            colors=order.colors,
            controls=order.controls,
            comp=order.comp,
            max_side=options.max_side,
            engine=order.engine,
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "order"
        raise CliError(f"{place}: {first['msg']}.", WRONG_USE) from error


def _others(scan: ScanResult, named: set[str], at_s: float | None) -> list[SnapshotScene]:
    return [
        SnapshotScene(key=scene.key, at_s=at_s)
        for scene in scan.scenes
        if not scene.shared and scene.key not in named
    ]


async def _drawn(client: FarmClient, snapshot: Snapshot) -> Snapshot:
    """Wait until a picture is there; CliError when it will not be."""
    ends, told = time.monotonic() + WAIT_S, None
    while snapshot.state in ("queued", "running"):
        if time.monotonic() > ends:
            raise CliError(f"The picture of {snapshot.scene} did not come within an hour.", FAILED)
        await asyncio.sleep(LOOK_S)
        snapshot = await client.snapshot(snapshot.id)
        if snapshot.waits_for is not None and snapshot.waits_for != told:
            told = snapshot.waits_for
            typer.echo(f"note: {told}", err=True)
    if snapshot.failure is not None:
        failure = snapshot.failure
        sentence = f"The picture of {snapshot.scene} failed: {failure.message} [{failure.code}]"
        raise CliError(sentence, FAILED, failure.code)
    if snapshot.url is None:
        raise CliError(f"The picture of {snapshot.scene} was {snapshot.state}.", FAILED)
    return snapshot


async def _fetch(client: FarmClient, snapshot: Snapshot, folder: Path) -> tuple[Snapshot, Path]:
    name = _UNFIT.sub("_", snapshot.scene).strip("._") or "scene"
    target = folder / f"{name[:80]}-{snapshot.key[:8]}.png"
    assert snapshot.url is not None
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        await client.download(snapshot.url, target)
    except OSError as error:
        raise CliError(f"{target} cannot be written: {error.strerror or error}.") from error
    return snapshot, target


def _tell(made: Sequence[tuple[Snapshot, Path]], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "scene": one.scene,
                "comp": one.comp,
                "frame": one.frame,
                "width": one.width,
                "height": one.height,
                "key": one.key,
                "output": str(path),
            }
            for one, path in made
        ]
        typer.echo(json.dumps({"ok": True, "pictures": rows}, ensure_ascii=False))
        return
    for one, path in made:
        typer.echo(f"{path}: {one.scene}, frame {one.frame} of {one.comp}, "
                   f"{one.width}x{one.height}")  # fmt: skip
