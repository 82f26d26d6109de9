"""Make a scan's result of the facts that a node uploaded, in a limited child."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.sandbox.facts import facts_child_command
from orchestrator.sandbox.limited import ProgramLimits, run_limited
from orchestrator.store.render.templates import scans
from orchestrator.store.render.templates.scans import ScannedBundle
from orchestrator.usecases.scans.quick import too_large
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.scan import ScanResult
from orchestrator.wire.tasks import ResultReport

GIB = 2**30
MAX_FACTS_BYTES = 128 * 2**20
_LIMITS = ProgramLimits(memory_bytes=4 * GIB, cpu_s=120, file_bytes=GIB // 4, timeout_s=180)


async def result_of(deps: Deps, task_id: int, report: ResultReport) -> ScanResult | Failure:
    """Give what a scan found, or why its facts are none.

    The outputs were looked at before: they lie in storage as announced.
    """
    found = await scans.of_task(deps.db.session(), task_id)
    facts = next((one for one in report.outputs if one.kind == "facts"), None)
    if found is None or facts is None:
        return _failed("facts_missing", "The scan brought no facts. Scan again.")
    if facts.size_bytes > MAX_FACTS_BYTES:
        return _failed(
            "scan_too_large",
            f"The facts have {facts.size_bytes} bytes, more than {MAX_FACTS_BYTES}. "
            "Make the project smaller.",
            FailureClass.TEMPLATE,
        )
    folder = deps.settings.data_dir / "incoming" / secrets.token_hex(8)
    try:
        await asyncio.to_thread(folder.mkdir, 0o700, True)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(deps.heavy_turn(found.tenant_id))
            told = await stack.enter_async_context(deps.objects.local_path(facts.key))
            bundle = await stack.enter_async_context(deps.objects.local_path(found.object_key))
            return await _run(told, bundle, found, folder / "scan.json")
    except NotFound:
        return _failed(
            "bundle_missing", "The template is not in the storage any more. Upload it again."
        )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _run(
    told: Path, bundle: Path, found: ScannedBundle, target: Path
) -> ScanResult | Failure:
    command = facts_child_command(
        sys.executable, told, bundle, found.kind, found.aep_path, found.mode, target
    )
    ended = await run_limited(command, _LIMITS)
    if ended.timed_out or ended.code < 0:
        return _failed(
            "scan_limit",
            "Reading the scan's facts took more memory or time than it may. Make the project "
            "smaller.",
            FailureClass.TEMPLATE,
        )
    if ended.code != 0:
        return _failed("facts_unreadable", "The facts of the scan cannot be read. Scan again.")
    answer = json.loads(ended.output)
    if not answer["ok"] and "message" not in answer:
        sentence = too_large(answer["size_bytes"])
        return _failed("scan_too_large", sentence, FailureClass.TEMPLATE)
    if not answer["ok"]:
        return _failed("facts_unreadable", str(answer["message"]))
    try:
        return ScanResult.model_validate_json(await asyncio.to_thread(target.read_bytes))
    except ValidationError:
        return _failed("facts_unreadable", "The scan made of the facts is none. Report this fault.")


def _failed(code: str, message: str, kind: FailureClass = FailureClass.UNKNOWN) -> Failure:
    return Failure(failure_class=kind, code=code, message=message)
