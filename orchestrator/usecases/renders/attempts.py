"""Describe a render's attempts and give their logs."""

from __future__ import annotations

from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import BadRequest, NotFound
from orchestrator.store.pool import Record
from orchestrator.store.render import attempts
from orchestrator.usecases.renders.look import failure_of, get_render
from orchestrator.wire.base import Page
from orchestrator.wire.renders import AttemptPage, AttemptView

PIECES_AT_ONCE = 4
"""A piece is at most 200,000 characters, so an answer stays below 4 MiB."""
_INT8, _INT4 = 2**63, 2**31


async def list_attempts(
    deps: Deps, tenant_id: UUID, job_id: UUID, cursor: str | None, limit: int, *, with_nodes: bool
) -> AttemptPage:
    """Give a page of attempts, task by task; raises NotFound, BadRequest (`bad_cursor`)."""
    after = _read_cursor(cursor) if cursor else (0, 0)
    await get_render(deps, tenant_id, job_id)
    rows = await attempts.page(deps.db.session(), tenant_id, job_id, after, limit + 1)
    shown = rows[:limit]
    more = f"{shown[-1]['task_id']}.{shown[-1]['attempt']}" if len(rows) > limit else None
    data = tuple(_attempt(row, with_nodes=with_nodes) for row in shown)
    return AttemptPage(data=data, meta=Page(next_cursor=more))


async def read_log(
    deps: Deps, tenant_id: UUID, job_id: UUID, task_id: int, attempt: int, offset: int
) -> tuple[str, int]:
    """Give the log from a byte on, as much as one answer takes, and where it goes on.

    Nothing, and the same offset, when no more has come yet. Raises NotFound.
    """
    session = deps.db.session()
    known = attempt < _INT4 and await attempts.exists(session, tenant_id, job_id, task_id, attempt)
    if not known:
        raise NotFound(f"attempt of render {job_id}:", f"{attempt} of task {task_id}")
    pieces = await attempts.log_pieces(session, tenant_id, task_id, attempt, offset, PIECES_AT_ONCE)
    told = []
    for start, size_bytes, text in pieces:
        cut = max(0, offset - start)
        told.append(text if not cut else text.encode()[cut:].decode(errors="ignore"))
        offset = start + size_bytes
    return "".join(told), offset


def _attempt(row: Record, *, with_nodes: bool) -> AttemptView:
    told = dict(row)
    kind, code, message = (told.pop(f"failure_{name}") for name in ("class", "code", "message"))
    timings = told.pop("timings")
    node_id, node_name = told.pop("node_id"), told.pop("node_name")
    return AttemptView(
        **{**told, "warnings": tuple(told["warnings"])},
        failure=failure_of(kind, code, message),
        timings_s=timings,
        node_id=node_id if with_nodes else None,
        node_name=node_name if with_nodes else None,
    )


def _read_cursor(cursor: str) -> tuple[int, int]:
    task, _, attempt = cursor.partition(".")
    if not (task + attempt).isascii() or not task.isdigit() or not attempt.isdigit():
        after = None
    else:
        after = int(task[:20]), int(attempt[:20])
    if after is None or after[0] >= _INT8 or after[1] >= _INT4:
        raise BadRequest(
            "The cursor is not one of ours. Use next_cursor as given, or none.", "bad_cursor"
        )
    return after
