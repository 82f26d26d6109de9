"""The orchestrator with doors that chaos can slam: `python -m tests.chaos.points.server serve ...`.

Doors: `statement.before`, `statement.after`, `commit.before`, `commit.after`, `reply.before`,
`reply.after` (told: the call's name), `publish.before`, `publish.after` (an object's rename).
"""

from __future__ import annotations

import os
import re
import runpy
from typing import Any

import asyncpg
from aiohttp.web_protocol import RequestHandler
from asyncpg.transaction import Transaction

from tests.chaos.points.trigger import CHUNK_FRAMES, Point, Trigger

_RESULT, _CHUNKS = ("usecases.tasks.result",), ("usecases.batches.successes",)
_FRAMES = ("usecases.tasks.frames", "usecases.batches.recorded")
_SWEEP, _ORDER = ("usecases.farm.sweep",), ("usecases.renders.submit",)
POINTS = {
    "before_claim": Point("statement.before", ("usecases.batches.claims",)),
    "mid_claim": Point("statement.after", ("usecases.batches.claims",)),
    "mid_grants": Point("statement.after", ("usecases.tasks.grants", "usecases.batches.grants")),
    "claim_reply": Point("reply.before", ("claim",)),
    "claim_replied": Point("reply.after", ("claim",)),
    "mid_result": Point("statement.after", _RESULT),
    "mid_publish": Point("statement.after", ("usecases.tasks.completing",)),
    "result_commit": Point("commit.before", _RESULT),
    "result_committed": Point("commit.after", _RESULT),
    "result_reply": Point("reply.before", ("result",)),
    "chunks_commit": Point("commit.before", _CHUNKS),
    "chunks_committed": Point("commit.after", _CHUNKS),
    "mid_frames": Point("statement.after", _FRAMES),
    "frames_commit": Point("commit.before", _FRAMES),
    "frames_committed": Point("commit.after", _FRAMES),
    "frames_reply": Point("reply.before", ("frames",)),
    "mid_progress": Point("statement.after", ("usecases.tasks.progress",)),
    "mid_sweep": Point("statement.after", _SWEEP),
    "sweep_commit": Point("commit.before", _SWEEP),
    "sweep_committed": Point("commit.after", _SWEEP),
    "mid_taking_back": Point("statement.after", ("usecases.tasks.ending",)),
    "mid_heartbeat": Point("statement.after", ("usecases.batches.beats",)),
    "heartbeat_reply": Point("reply.before", ("heartbeat",)),
    "mid_register": Point("statement.after", ("usecases.agents.register",)),
    "mid_order": Point("statement.after", _ORDER),
    "order_commit": Point("commit.before", _ORDER),
    "order_committed": Point("commit.after", _ORDER),
    "order_reply": Point("reply.before", ("renders",)),
    "mid_cancel": Point("statement.after", ("usecases.jobs.cancel",)),
    "object_rename": Point("publish.before"),
    "object_renamed": Point("publish.after"),
}
_CALL = re.compile(r"/v1/(?:agent/)?(?:tasks/\d+/attempts/\d+/)?(\w+)")
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b")


def install(trigger: Trigger) -> None:
    """Put the doors in; what they lead through stays what it was."""
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        _statement(trigger, name)
    _commit(trigger)
    _reply(trigger)
    _publish(trigger)


def _lost() -> Exception:
    return asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


def _statement(trigger: Trigger, name: str) -> None:
    plain = getattr(asyncpg.Connection, name)

    async def run(self: Any, query: str, *args: Any, **given: Any) -> Any:
        trigger.passed("statement.before")
        found = await plain(self, query, *args, **given)
        trigger.passed("statement.after")
        # In autocommit the statement is the commit.
        if not self.is_in_transaction() and _WRITES.search(query) and trigger.loses_commit():
            raise _lost()
        return found

    setattr(asyncpg.Connection, name, run)


def _commit(trigger: Trigger) -> None:
    plain = Transaction.commit

    async def commit(self: Transaction) -> None:
        trigger.passed("commit.before")
        await plain(self)
        trigger.passed("commit.after")
        if trigger.loses_commit():
            raise _lost()

    Transaction.commit = commit  # type: ignore[method-assign]


def _reply(trigger: Trigger) -> None:
    plain = RequestHandler.finish_response

    async def finish(self: Any, request: Any, *rest: Any) -> Any:
        match = _CALL.match(request.path)
        called = match[1] if match else ""
        trigger.passed("reply.before", called)
        ended = await plain(self, request, *rest)
        trigger.passed("reply.after", called)
        return ended

    RequestHandler.finish_response = finish  # type: ignore[assignment,method-assign]


def _publish(trigger: Trigger) -> None:
    from orchestrator.storage.disk import Writer

    plain = Writer.publish

    def publish(self: Writer, *given: Any) -> Any:
        trigger.passed("publish.before")
        stored = plain(self, *given)
        trigger.passed("publish.after")
        return stored

    Writer.publish = publish  # type: ignore[assignment,method-assign]


def size_chunks(frames: str) -> None:
    """Cut jobs into chunks of so many frames, where that is asked for."""
    from orchestrator.core.scheduling import plans

    if frames:
        plans.chunks.__defaults__ = (int(frames),)


if __name__ == "__main__":
    size_chunks(os.environ.get(CHUNK_FRAMES, ""))
    install(Trigger.of_environment(POINTS))
    runpy.run_module("orchestrator", run_name="__main__", alter_sys=True)
