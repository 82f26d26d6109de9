"""From a grant to the result it reports: the one way into the runners."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Collection
from typing import assert_never

import psutil

from node_agent.engines.aftereffects import Engine
from node_agent.errors import NodeBroken, TaskBroken, of_os_error
from node_agent.runner.context import Attempt, Done
from node_agent.runner.exporting.task import export_task
from node_agent.runner.frames import frames_task
from node_agent.runner.render import render_task
from node_agent.runner.scripts.bind import bind_task
from node_agent.runner.scripts.scan import scan_task
from node_agent.runner.stills.snapshot import snapshot_task
from orchestrator.wire.base import TaskKind
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.tasks import (
    BindTaskSpec,
    ExportSpec,
    FramesSpec,
    RenderSpec,
    ResultReport,
    ScanSpec,
)

FULL_BYTES = 8 * 2**20
"""With less free space than this, a failure is the disk's."""
KINDS: tuple[TaskKind, ...] = ("render", "bind", "frames", "export", "scan", "snapshot")
FFMPEG_KINDS: frozenset[TaskKind] = frozenset({"render", "export"})
SCRIPT_KINDS: frozenset[TaskKind] = frozenset({"render", "bind", "scan", "snapshot"})


def able(engines: Collection[Engine], *, ffmpeg: bool) -> tuple[TaskKind, ...]:
    """Name the kinds of tasks that a node with these engines can do; none without an engine."""
    scripts = any(engine.scripts for engine in engines)
    return tuple(
        kind
        for kind in KINDS
        if engines
        and (ffmpeg or kind not in FFMPEG_KINDS)
        and (scripts or kind not in SCRIPT_KINDS)
    )


async def work(attempt: Attempt) -> ResultReport:
    """Do the task in a fresh folder and give its result.

    Raises TaskBroken, NodeBroken, LeaseLost, RetryLater; cancelling ends what it started.
    """
    try:
        await asyncio.to_thread(attempt.folder.make)
        done = await _by_kind(attempt)
    except OSError as error:
        raise of_os_error(error, attempt.folder.root) from error
    except TaskBroken as error:
        raise _by_disk(error, attempt) from error
    return ResultReport(
        token=attempt.grant.token,
        outcome="succeeded",
        outputs=done.outputs,
        frames_done=done.frames_done,
        frames_sha256=done.frames_sha256,
        checked=done.checked,
        timings_s=attempt.timings_s,
        engine_version=attempt.engine_version,
        unsupported=attempt.unsupported,
        warnings=tuple(attempt.warnings),
    )


async def _by_kind(attempt: Attempt) -> Done:
    spec = attempt.grant.spec
    if isinstance(spec, RenderSpec):
        return await render_task(attempt, spec)
    if isinstance(spec, BindTaskSpec):
        return await bind_task(attempt, spec)
    if isinstance(spec, FramesSpec):
        return await frames_task(attempt, spec)
    if isinstance(spec, ExportSpec):
        return await export_task(attempt, spec)
    if isinstance(spec, ScanSpec):
        return await scan_task(attempt, spec)
    if isinstance(spec, SnapshotSpec):
        return await snapshot_task(attempt, spec)
    assert_never(spec)


def _by_disk(error: TaskBroken, attempt: Attempt) -> TaskBroken:
    """Name the full disk as the cause of whatever an engine made of it."""
    free = psutil.disk_usage(str(attempt.folder.root)).free
    if isinstance(error, NodeBroken) or free > FULL_BYTES:
        return error
    full = of_os_error(OSError(errno.ENOSPC, ""), attempt.folder.root, stage=error.failure.stage)
    told = f"{full.failure.message} The engine said: {error.failure.message}"[:4000]
    return NodeBroken(full.failure.model_copy(update={"message": told}))
