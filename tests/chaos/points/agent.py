"""The agent with doors that chaos can slam: `python -m tests.chaos.points.agent run ...`.

Doors: `call.before`, `call.after` (told: the call), `outbox.before`, `outbox.after` (told: hold,
done, forget, put, and for a put the call), `rename.before`, `rename.after` (told: download, cache,
salvage), `upload.middle`, `upload.after`, `spawn.before`, `spawn.after`, `remove.before`.
"""

from __future__ import annotations

import io
import runpy
from pathlib import Path
from typing import Any

import aiohttp

from node_agent.process import Spawner
from node_agent.report.client import Client
from node_agent.report.outbox import Outbox
from node_agent.runner.folder import JobFolder
from tests.chaos.points.trigger import Point, Trigger

POINTS = {
    "claiming": Point("call.before", ("claim",)),
    "claimed": Point("call.after", ("claim",)),
    "lease_noted": Point("outbox.after", ("hold",)),
    "download_rename": Point("rename.before", ("download",)),
    "downloaded": Point("rename.after", ("download",)),
    "cache_rename": Point("rename.before", ("cache",)),
    "cached": Point("rename.after", ("cache",)),
    "engine_start": Point("spawn.before"),
    "engine_started": Point("spawn.after"),
    "progress_told": Point("call.after", ("progress",)),
    "log_told": Point("call.after", ("log",)),
    "heartbeat": Point("call.before", ("heartbeat",)),
    "heartbeat_answered": Point("call.after", ("heartbeat",)),
    "upload_asked": Point("call.after", ("uploads",)),
    "mid_upload": Point("upload.middle"),
    "uploaded": Point("upload.after"),
    "frames_noted": Point("outbox.after", ("frames",)),
    "frames_told": Point("call.after", ("frames",)),
    "result_note": Point("outbox.before", ("result",)),
    "result_noted": Point("outbox.after", ("result",)),
    "result_send": Point("call.before", ("result",)),
    "result_told": Point("call.after", ("result",)),
    "acknowledged": Point("outbox.after", ("done",)),
    "folder_removal": Point("remove.before"),
    "salvage_rename": Point("rename.before", ("salvage",)),
    "registering": Point("call.before", ("register",)),
    "registered": Point("call.after", ("register",)),
}
AT_START = frozenset({"registering", "registered"})
"""Points that a running agent does not come to: it is started to meet them."""
WHEN_FETCHING = frozenset({"download_rename", "downloaded", "cache_rename", "cached"})
"""Points on the way of a bundle: a spoiled cache leads there."""


def install(trigger: Trigger) -> None:
    """Put the doors in; what they lead through stays what it was."""
    _calls(trigger)
    _outbox(trigger)
    _renames(trigger)
    _uploads(trigger)
    _spawn(trigger)
    _removal(trigger)


def _calls(trigger: Trigger) -> None:
    plain = Client._post

    async def post(self: Client, path: str, *given: Any) -> Any:
        called = path.rpartition("/")[2]
        trigger.passed("call.before", called)
        reply = await plain(self, path, *given)
        trigger.passed("call.after", called)
        return reply

    Client._post = post  # type: ignore[assignment,method-assign]


def _outbox(trigger: Trigger) -> None:
    for name in ("hold", "put", "done", "forget"):
        _write(trigger, name)


def _write(trigger: Trigger, name: str) -> None:
    plain = getattr(Outbox, name)

    def write(self: Outbox, *given: Any) -> None:
        told = (name, *(word for word in given if isinstance(word, str)))
        trigger.passed("outbox.before", *told)
        plain(self, *given)
        trigger.passed("outbox.after", *told)

    setattr(Outbox, name, write)


def _renames(trigger: Trigger) -> None:
    plain = Path.replace

    def replace(self: Path, target: str | Path) -> Path:
        told = _kind(self, Path(target))
        trigger.passed("rename.before", told)
        moved = plain(self, target)
        trigger.passed("rename.after", told)
        return moved

    Path.replace = replace  # type: ignore[method-assign,assignment]


def _kind(source: Path, target: Path) -> str:
    if source.suffix == ".part":
        return "download"
    if target.parent.name == "bundles":
        return "cache"
    return "salvage" if "salvage" in target.parts else ""


class _Halves(io.BufferedReader):
    """Read a file in two halves, with a door between them."""

    trigger: Trigger
    size = 0

    def read(self, size: int | None = -1, /) -> bytes:
        half = self.size // 2 + 1
        if self.tell() >= half:
            self.trigger.passed("upload.middle")
        return super().read(half if size is None or size < 0 else min(size, half))


def _uploads(trigger: Trigger) -> None:
    plain = Client.upload
    put = aiohttp.ClientSession.put

    async def upload(self: Client, *given: Any, **named: Any) -> None:
        await plain(self, *given, **named)
        trigger.passed("upload.after")

    def put_halves(self: Any, url: Any, *, data: Any = None, **named: Any) -> Any:
        if isinstance(data, io.BufferedReader):
            halves = _Halves(data.raw)
            halves.trigger, halves.size = trigger, Path(data.raw.name).stat().st_size
            data = halves
        return put(self, url, data=data, **named)

    Client.upload = upload  # type: ignore[method-assign]
    aiohttp.ClientSession.put = put_halves  # type: ignore[method-assign]


def _spawn(trigger: Trigger) -> None:
    plain = Spawner.spawn

    def spawn(self: Spawner, *given: Any, **named: Any) -> Any:
        trigger.passed("spawn.before")
        started = plain(self, *given, **named)
        trigger.passed("spawn.after")
        return started

    Spawner.spawn = spawn  # type: ignore[method-assign]


def _removal(trigger: Trigger) -> None:
    plain = JobFolder.remove

    def remove(self: JobFolder) -> None:
        if self.root.exists():
            trigger.passed("remove.before")
        plain(self)

    JobFolder.remove = remove  # type: ignore[method-assign]


if __name__ == "__main__":
    install(Trigger.of_environment(POINTS))
    runpy.run_module("node_agent", run_name="__main__", alter_sys=True)
