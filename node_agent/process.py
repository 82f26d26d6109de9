"""Child processes: spawn, stream their output, contain them, end the whole tree."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from node_agent.host.base import MARK, Host, Started, family, kill_marked

CHUNK_BYTES = 65536
PENDING_CHUNKS = 64
KEPT_BYTES = 65536
DRAIN_S = 3.0


class Spawner:
    """Start children of one agent; every one is marked and written down for the next start.

    `marks` is a folder of this agent's data; a file in it names each child by pid and start time.
    """

    def __init__(self, host: Host, marks: Path, home_id: str) -> None:
        self._host = host
        self._marks = marks
        self._home_id = home_id
        marks.mkdir(parents=True, exist_ok=True)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Give a child's environment: the few variables it needs, never a secret of ours."""
        kept = self._host.kept_variables
        return {key: text for key, text in os.environ.items() if key.upper() in kept} | dict(
            more or {}
        )

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> Process:
        """Start a child; call from the event loop of the main thread.

        `on_output` gets the bytes of stdout and stderr as they come, in the event loop.
        Raises OSError when the program cannot be started.
        """
        mark = f"{self._home_id}:{uuid.uuid4().hex}"
        started = self._host.start(argv, cwd=cwd, env=self.environment(env) | {MARK: mark})
        note = self._marks / f"{started.popen.pid}.json"
        with contextlib.suppress(psutil.Error):
            born = psutil.Process(started.popen.pid).create_time()
            note.write_text(json.dumps({"pid": started.popen.pid, "born": born}))
        return Process(self._host, started, mark, note, on_output)

    def end_leftovers(self) -> int:
        """End what an earlier agent of this data folder left running; give how many."""
        known: list[psutil.Process] = []
        for note in self._marks.glob("*.json"):
            with contextlib.suppress(psutil.Error, OSError, ValueError, KeyError, TypeError):
                told = json.loads(note.read_text())
                if psutil.Process(told["pid"]).create_time() == told["born"]:
                    known.extend(family(told["pid"]))
            note.unlink(missing_ok=True)
        return kill_marked(self._host, f"{self._home_id}:", known)


class Process:
    """Be one running child; await `finish` or `end`, always one of them."""

    def __init__(
        self,
        host: Host,
        started: Started,
        mark: str,
        note: Path,
        on_output: Callable[[bytes], None] | None,
    ) -> None:
        self._host = host
        self._started = started
        self._mark = mark
        self._note = note
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._silent = asyncio.Event()
        self._room = threading.BoundedSemaphore(PENDING_CHUNKS)
        self._tail = bytearray()
        self.output_bytes = 0
        for task in (self._read, self._wait):
            threading.Thread(target=task, daemon=True, name=f"child {self.pid}").start()

    @property
    def pid(self) -> int:
        """Give the child's process id."""
        return self._started.popen.pid

    @property
    def exit_code(self) -> int | None:
        """Give the exit code, or None while the child runs."""
        return self._exit.result() if self._exit.done() else None

    def tail(self, limit: int = 8192) -> bytes:
        """Give the last bytes that the child printed."""
        return bytes(self._tail[-limit:])

    async def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the child's own end; None when the time is over first."""
        done, _ = await asyncio.wait({self._exit}, timeout=timeout_s)
        return self._exit.result() if done else None

    async def finish(self, timeout_s: float) -> int | None:
        """Wait for the end, take in the rest of the output, end strays; None when time is over.

        When the time is over the whole tree is ended. Cancelling ends the tree too.
        """
        try:
            code = await self.wait(timeout_s)
        except asyncio.CancelledError:
            await self.end()
            raise
        await self.end()
        return code

    async def end(self) -> None:
        """End the whole tree, double-forked grandchildren too, and close the pipe in time."""
        await asyncio.shield(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        await asyncio.to_thread(self._kill)
        await asyncio.wait({self._exit}, timeout=DRAIN_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), DRAIN_S)
        self._note.unlink(missing_ok=True)

    def _kill(self) -> None:
        alive = family(self.pid) if self._started.popen.poll() is None else []
        if alive or not self._exit.done():
            self._started.kill_group()
        kill_marked(self._host, self._mark, alive, waited_for=self.pid)
        self._started.release()

    def _read(self) -> None:
        pipe = self._started.popen.stdout
        if pipe is None:
            self._call(self._silent.set)
            return
        with contextlib.suppress(OSError, ValueError):
            while chunk := pipe.read(CHUNK_BYTES):
                self._room.acquire()
                self._call(self._take, chunk)
        with contextlib.suppress(OSError):
            pipe.close()
        self._call(self._silent.set)

    def _take(self, chunk: bytes) -> None:
        self._room.release()
        self.output_bytes += len(chunk)
        self._tail += chunk
        del self._tail[:-KEPT_BYTES]
        if self._on_output is not None:
            self._on_output(chunk)

    def _wait(self) -> None:
        code = self._started.popen.wait()
        self._call(self._set_exit, code)

    def _set_exit(self, code: int) -> None:
        if not self._exit.done():
            self._exit.set_result(code)

    def _call(self, function: Callable[..., None], *args: object) -> None:
        """Hand over to the event loop; a loop that is gone needs nothing any more."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)
