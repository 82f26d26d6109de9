"""Frames that an attempt verified and could not deliver, kept for the next attempt of its task.

An attempt writes a journal of its verified frames beside its folder's `job/`. When it ends without
success, or its agent is found dead, the frames move to `salvage/<key>/`. The key names everything
that makes a picture; each file's hash is compared with the journal before it is used again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from pathlib import Path

from node_agent.core.frames.sights import Sight
from node_agent.report.outputs import Stamp
from node_agent.runner.folder import JobFolder
from node_agent.runner.verify import Frame
from orchestrator.wire.tasks import Grant

JOURNAL = "frames.journal"
KEPT_S = 6 * 3600
KEPT_TASKS = 4


def key_of(grant: Grant, engine_version: str) -> str:
    """Hash what makes the frames of a task: job, task, bundle, inputs, spec, engine."""
    parts = {
        "job": str(grant.job_id),
        "task": grant.task_id,
        "engine": [grant.engine, engine_version],
        "bundle": grant.bundle.sha256 if grant.bundle else None,
        "inputs": sorted((item.path, item.sha256) for item in grant.inputs),
        "spec": grant.spec.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


class Journal:
    """Write down each verified frame of one attempt; what is written survives kill -9."""

    def __init__(self, folder: JobFolder, key: str) -> None:
        self._path = folder.root / JOURNAL
        self._path.write_text(json.dumps({"key": key}) + "\n", encoding="utf-8")

    def add(self, frame: Frame) -> None:
        """Append one frame."""
        entry = {
            "frame": frame.number,
            "name": frame.path.name,
            "sha256": frame.sha256,
            "sight": frame.sight,
        }
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")


class Salvage:
    """Keep frames below one folder, for a few tasks and a few hours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def keep(self, attempt: Path) -> int:
        """Take an ended attempt's verified frames before its folder is removed; give how many."""
        entries = _read(attempt / JOURNAL)
        if len(entries) < 2 or "key" not in entries[0]:
            return 0
        place = self._folder / str(entries[0]["key"])
        with contextlib.suppress(OSError):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            (attempt / "job" / "frames").replace(place / "frames")
            (attempt / JOURNAL).replace(place / JOURNAL)
            self._expire()
            return len(entries) - 1
        return 0

    def take(self, key: str, frames: Path) -> dict[int, Frame]:
        """Move the kept frames of a key into an attempt's folder; what differs is left out."""
        place = self._folder / key
        found: dict[int, Frame] = {}
        for entry in _read(place / JOURNAL)[1:]:
            with contextlib.suppress(OSError, KeyError, TypeError, ValueError):
                name, number = Path(str(entry["name"])).name, int(str(entry["frame"]))
                source, target = place / "frames" / name, frames / name
                with source.open("rb") as stream:
                    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                if sha256 == entry["sha256"]:
                    source.replace(target)
                    size_bytes, sight = target.stat().st_size, _sight(entry.get("sight"))
                    found[number] = Frame(number, target, size_bytes, sha256, _NOW, sight)
        shutil.rmtree(place, ignore_errors=True)
        return found

    def clear(self) -> None:
        """Drop everything: the disk is full."""
        for place in self._folder.iterdir():
            shutil.rmtree(place, ignore_errors=True)

    def _expire(self) -> None:
        """Drop what is old, and all but the newest few."""
        places = sorted(self._folder.iterdir(), key=lambda path: -path.stat().st_mtime)
        oldest = time.time() - KEPT_S
        for number, place in enumerate(places):
            if number >= KEPT_TASKS or place.stat().st_mtime < oldest:
                shutil.rmtree(place, ignore_errors=True)


_NOW: Stamp = (0, 0)


def _sight(told: object) -> Sight | None:
    return Sight(*told) if isinstance(told, list) and len(told) == len(Sight._fields) else None


def _read(journal: Path) -> list[dict[str, object]]:
    """Read a journal as far as it is whole: a kill may have cut its last line."""
    entries: list[dict[str, object]] = []
    with contextlib.suppress(OSError, ValueError):
        for line in journal.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if not isinstance(entry, dict):
                break
            entries.append(entry)
    return entries
