"""Requirements of tasks as classes: a claim then asks for small numbers, never for JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from orchestrator.wire.agent import Capabilities, Platform
from orchestrator.wire.base import EngineKind, TaskKind


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


def from_document(document: dict[str, Any]) -> Requirements:
    """Read what `Requirements.document` wrote."""
    return Requirements(**(document | {"tags": tuple(document.get("tags", ()))}))


def serves(node: Capabilities, platform: Platform, wanted: Requirements) -> bool:
    """Tell whether a node can run tasks of these requirements.

    A node that names no kinds takes every kind. An export needs no engine, only ffmpeg, which
    every agent that lists the kind has.
    """
    if node.kinds and wanted.kind not in node.kinds:
        return False
    if wanted.platform is not None and wanted.platform != platform:
        return False
    if not set(wanted.tags) <= set(node.tags) or node.memory_bytes < wanted.memory_bytes:
        return False
    return wanted.kind == "export" or any(
        engine.kind == wanted.engine and wanted.engine_major in (None, engine.major)
        for engine in node.engines
    )
