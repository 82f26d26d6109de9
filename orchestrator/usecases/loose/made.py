"""What a task without a job brought: looked at before anything of it is believed, then kept."""

from __future__ import annotations

from orchestrator.deps import Deps
from orchestrator.store.pool import Session
from orchestrator.store.render.templates.snapshots import Picture
from orchestrator.usecases.scans.facts import result_of
from orchestrator.usecases.scans.keep import finish_scan, give_up_scan
from orchestrator.usecases.snapshots.keep import (
    finish_snapshots,
    give_up_snapshots,
    pictures_of,
)
from orchestrator.wire.failures import Failure
from orchestrator.wire.scan import ScanResult
from orchestrator.wire.tasks import ResultReport

Made = ScanResult | tuple[Picture, ...]


async def made_by(
    deps: Deps, task_id: int, attempt: int, kind: str, report: ResultReport
) -> Made | Failure | None:
    """Give what a well ended attempt of a scan or of pictures made; None for other kinds."""
    if kind == "scan":
        return await result_of(deps, task_id, report)
    if kind == "snapshot":
        return await pictures_of(deps, task_id, attempt, report)
    return None


async def keep(session: Session, task_id: int, made: Made) -> None:
    """Publish it with the end of its task."""
    if isinstance(made, ScanResult):
        await finish_scan(session, task_id, made)
    else:
        await finish_snapshots(session, task_id, made)


async def give_up(session: Session, task_id: int, kind: str, state: str, failure: Failure) -> None:
    """Say why there will be nothing: nobody tries the task again."""
    if kind == "scan":
        await give_up_scan(session, task_id, state, failure)
    elif kind == "snapshot":
        await give_up_snapshots(session, task_id, failure)
