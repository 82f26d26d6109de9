"""Take what an attempt writes down beside its work: its log, and crashes of its engine."""

from __future__ import annotations

import re
from dataclasses import replace

from orchestrator.deps import Deps
from orchestrator.store.render import attempts, health
from orchestrator.store.render.health import Crash
from orchestrator.usecases.nodes.trust import note_crash
from orchestrator.usecases.tasks.fence import Claimed, hold_lease, is_of_attempt, object_prefix
from orchestrator.wire.tasks import CrashReport, LogAnswer, LogChunk

LOG_MAX_BYTES = 16 * 2**20
_TAIL_MAX_BYTES = 60_000
_NUMBERS = re.compile(r"\d+")


async def log(deps: Deps, claim: Claimed, chunk: LogChunk) -> LogAnswer:
    """Append to the log; a gap, or a repeat, is answered with the offset that is wanted.

    What comes after 16 MiB is taken and not kept: a log must not end a render.
    """
    async with deps.db.transaction() as session:
        await hold_lease(session, claim)
        end = await attempts.log_end(session, claim.task_id, claim.attempt)
        raw = chunk.text.encode()
        if end >= LOG_MAX_BYTES:
            return LogAnswer(offset=chunk.offset + len(raw))
        fresh = raw[end - chunk.offset :] if chunk.offset <= end else b""
        if not fresh:
            return LogAnswer(offset=end)
        text = fresh.decode(errors="replace")
        await attempts.log_append(session, claim.task_id, claim.attempt, end, len(fresh), text)
        return LogAnswer(offset=end + len(fresh))


async def crash(deps: Deps, claim: Claimed, report: CrashReport) -> None:
    """Record that an engine ended as it should not, and act on the node's crashes.

    Crashes alike share a signature; one that is told again changes nothing.
    """
    last = report.last_lines[-1] if report.last_lines else ""
    tail = "\n".join(report.last_lines).encode()[-_TAIL_MAX_BYTES:].decode(errors="ignore")
    where = "" if report.frame is None else f" at frame {report.frame}"
    told = Crash(
        node_id=claim.node_id,
        task_id=claim.task_id,
        attempt=claim.attempt,
        crash_class=report.crash_class,
        exit_code=report.exit_code,
        frame=report.frame,
        memory_bytes=report.memory_bytes,
        signature=f"{report.crash_class}:{_NUMBERS.sub('#', last)[:200]}",
        message=f"{report.crash_class}, exit code {report.exit_code}{where}",
        log_tail=tail,
    )
    async with deps.db.transaction() as session:
        lease = await hold_lease(session, claim)
        key, job_id = report.screenshot_key, lease.job_id
        if key is not None and is_of_attempt(key, object_prefix(job_id, claim)):
            told = replace(told, screenshot_key=key)
        crash_id = await health.insert_crash(session, told)
    if crash_id is not None:
        await note_crash(deps.db, claim.node_id, crash_id, lease.class_id)
