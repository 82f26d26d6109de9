"""Requirements of tasks as classes: a claim then asks for small numbers, never for JSON."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.wire.agent import Capabilities, Platform
from orchestrator.wire.base import EngineKind, TaskKind
from orchestrator.wire.waiting import ObstacleCode


@dataclass(frozen=True, slots=True)
class Requirements:
    """Say what a node must have to run a task; None or empty asks for nothing."""

    kind: TaskKind
    engine: EngineKind
    engine_major: int | None = None
    platform: Platform | None = None
    tags: tuple[str, ...] = ()
    memory_bytes: int = 0

    def document(self) -> dict[str, Any]:
        """Give the canonical JSON object: sorted tags, nothing that asks for nothing."""
        fields = asdict(self) | {"tags": sorted(set(self.tags))}
        return {name: value for name, value in fields.items() if value}

    def digest(self) -> bytes:
        """Give 32 bytes that two equal requirements share, whatever the order of their tags."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()


def major_of(version: str | None) -> int | None:
    """Read the major number that an engine's version begins with; None when it has none."""
    found = re.match(r"[0-9]{1,4}(?![0-9])", version or "")
    return int(found[0]) or None if found else None


def from_document(document: dict[str, Any]) -> Requirements:
    """Read what `Requirements.document` wrote."""
    return Requirements(**(document | {"tags": tuple(document.get("tags", ()))}))


def serves(node: Capabilities, platform: Platform, wanted: Requirements) -> bool:
    """Tell whether a node can run tasks of these requirements."""
    return not lacks(node, platform, wanted)


def lacks(node: Capabilities, platform: Platform, wanted: Requirements) -> dict[ObstacleCode, str]:
    """Say what a node lacks for tasks of these requirements, and what would help.

    A node that names no kinds takes every kind. An export needs no engine, only ffmpeg, which
    every agent that lists the kind has.
    """
    found: dict[ObstacleCode, str] = {}
    if node.kinds and wanted.kind not in node.kinds:
        found["kind"] = f"takes only {', '.join(node.kinds)} tasks, not {wanted.kind}"
    if wanted.platform is not None and wanted.platform != platform:
        found["platform"] = f"runs {platform}, not {wanted.platform}"
    missing = sorted(set(wanted.tags) - set(node.tags))
    if missing:
        found["tags"] = f"lacks the tags {', '.join(missing)}; set them in its settings"
    if node.memory_bytes < wanted.memory_bytes:
        has, wants = node.memory_bytes / 2**30, wanted.memory_bytes / 2**30
        found["memory"] = f"has {has:.1f} GiB of memory, {wants:.1f} are needed"
    if wanted.kind != "export":
        majors = [engine.major for engine in node.engines if engine.kind == wanted.engine]
        if not majors:
            found["engine"] = f"has no engine {wanted.engine}; install it and run its check again"
        elif wanted.engine_major not in (None, *majors):
            has_majors = ", ".join(map(str, majors))
            wish = f"{wanted.engine_major} of {wanted.engine}"
            found["engine_version"] = f"has version {has_majors}, not {wish}; install it"
    return found
