"""What the agent still owes the server: durable, ordered per attempt, never dropped unheard.

One SQLite file holds two tables: the leases that this agent took, and the reports not yet
acknowledged. Both survive kill -9. A report leaves only when the server took it or refused it for
good.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import structlog

from node_agent.errors import Fatal, LeaseLost, Refused, RetryLater
from node_agent.report.client import Client
from orchestrator.wire.agent import HeldLease, LeaseRef
from orchestrator.wire.base import Message

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS leases (
  task_id INTEGER NOT NULL, attempt INTEGER NOT NULL, token TEXT NOT NULL,
  PRIMARY KEY (task_id, attempt));
CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER NOT NULL, attempt INTEGER NOT NULL,
  call TEXT NOT NULL, body BLOB NOT NULL);
"""
RESERVE_BYTES = 256 * 1024
LOG = structlog.get_logger("outbox")


@dataclass(frozen=True, slots=True)
class Report:
    """Be one report on its way."""

    id: int
    task_id: int
    attempt: int
    call: str
    body: bytes

    @property
    def path(self) -> str:
        """Give the path of the call."""
        return f"/v1/agent/tasks/{self.task_id}/attempts/{self.attempt}/{self.call}"


class Outbox:
    """Keep leases and reports of one agent; every write is on disk when the method returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserve = path.with_suffix(".reserve")
        self._db = _opened(path)
        self._refill()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _refill(self) -> None:
        """Set room aside, so that on a full disk the bad news can still be written."""
        if not self._reserve.exists():
            with contextlib.suppress(OSError):
                self._reserve.write_bytes(bytes(RESERVE_BYTES))

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.OperationalError:
            self._reserve.unlink(missing_ok=True)
            try:
                self._db.execute(statement, values)
            except sqlite3.Error as error:
                raise Fatal(
                    f"The outbox {self._path} cannot be written ({error}). Free space on the disk "
                    "and start the agent again; nothing that was reported is lost."
                ) from error

    def hold(self, lease: HeldLease) -> None:
        """Write down a lease before any work is done for it."""
        self._write(
            "INSERT OR REPLACE INTO leases VALUES (?, ?, ?)",
            (lease.task_id, lease.attempt, lease.token),
        )

    def held(self) -> list[HeldLease]:
        """Give every lease that has not ended."""
        rows = self._db.execute("SELECT task_id, attempt, token FROM leases ORDER BY 1, 2")
        return [HeldLease(task_id=a, attempt=b, token=c) for a, b, c in rows]

    def forget(self, lease: LeaseRef) -> None:
        """Drop a lease that was lost, with its reports."""
        key = (lease.task_id, lease.attempt)
        self._write("DELETE FROM reports WHERE task_id = ? AND attempt = ?", key)
        self._write("DELETE FROM leases WHERE task_id = ? AND attempt = ?", key)
        self._notify()

    def put(self, lease: LeaseRef, call: str, body: Message) -> None:
        """Queue one report."""
        self._write(
            "INSERT INTO reports (task_id, attempt, call, body) VALUES (?, ?, ?, ?)",
            (lease.task_id, lease.attempt, call, body.model_dump_json().encode()),
        )
        self._notify()

    def waiting(self, lease: LeaseRef | None = None) -> list[Report]:
        """Give the reports not yet acknowledged, in order; of one attempt or of all."""
        if lease is None:
            rows = self._db.execute("SELECT * FROM reports ORDER BY id LIMIT 1000")
        else:
            rows = self._db.execute(
                "SELECT * FROM reports WHERE task_id = ? AND attempt = ? ORDER BY id LIMIT 1000",
                (lease.task_id, lease.attempt),
            )
        return [Report(*row) for row in rows]

    def has_result(self, lease: LeaseRef) -> bool:
        """Tell whether the attempt's end is already on its way."""
        return any(report.call == "result" for report in self.waiting(lease))

    def done(self, report: Report) -> None:
        """Drop a report that the server took or refused for good; a result ends its lease."""
        self._write("DELETE FROM reports WHERE id = ?", (report.id,))
        if report.call == "result":
            self._write(
                "DELETE FROM leases WHERE task_id = ? AND attempt = ?",
                (report.task_id, report.attempt),
            )
        self._refill()
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, timeout_s: float) -> None:
        """Wait until something was queued or dropped, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_s)

    async def settled(self, lease: LeaseRef, timeout_s: float) -> bool:
        """Wait until nothing of the attempt is left to send; False when the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while self.waiting(lease):
            left_s = deadline - loop.time()
            if left_s <= 0:
                return False
            await self.changed(min(left_s, 5))
        return True


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file, made when it is new; raises Fatal when it is damaged or cannot be written."""
    try:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            db.executescript(_SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
    except sqlite3.Error as error:
        raise Fatal(
            f"The outbox {path} cannot be used ({error}). Free space on the disk. Move the file "
            "away if it is damaged: the server then takes this node's leases back by itself."
        ) from error
    return db


class Sender:
    """Send what lies in the outbox, the attempts side by side, each attempt's reports in order."""

    def __init__(self, outbox: Outbox, client: Client) -> None:
        self._outbox = outbox
        self._client = client

    async def run(self) -> None:
        """Send for ever; what cannot be sent now is tried again."""
        while True:
            if not await self.send_all(patience_s=30):
                await asyncio.sleep(1)
            if not self._outbox.waiting():
                await self._outbox.changed(30)

    async def send_all(self, *, patience_s: float) -> bool:
        """Send everything once; False when something is left for later."""
        attempts = dict.fromkeys((r.task_id, r.attempt) for r in self._outbox.waiting())
        sending = [self._send_attempt(*key, patience_s=patience_s) for key in attempts]
        sent = await asyncio.gather(*sending, return_exceptions=True)
        for error in sent:
            if isinstance(error, BaseException):
                raise error
        return all(sent)

    async def _send_attempt(self, task_id: int, attempt: int, *, patience_s: float) -> bool:
        lease = LeaseRef(task_id=task_id, attempt=attempt)
        for report in self._outbox.waiting(lease):
            try:
                await self._client.send(report.path, report.body, patience_s=patience_s)
            except RetryLater as error:
                LOG.warning("report waits", call=report.call, task=task_id, reason=str(error))
                return False
            except LeaseLost:
                self._outbox.forget(lease)
                return True
            except Refused as error:
                if error.status in {401, 403}:
                    return False
                LOG.warning("report refused", call=report.call, task=task_id, reason=str(error))
            self._outbox.done(report)
        return True
