"""Requirements of tasks as classes: a claim then asks for small numbers, never for JSON."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from orchestrator.wire.agent import Capabilities, Platform
from orchestrator.wire.base import EngineKind, TaskKind
from orchestrator.wire.waiting import ObstacleCode


@dataclass(frozen=True, slots=True)
class Requirements:
    """Say what a node must have to run a task; None or empty asks for nothing.

    `engine_build` is a version to the last digit. `not_node` is the one node that may not: it made
    what is to be mended. `skills` are what its agent must know, in order.
    """

    kind: TaskKind
    engine: EngineKind
    engine_major: int | None = None
    platform: Platform | None = None
    tags: tuple[str, ...] = ()
    memory_bytes: int = 0
    engine_build: str | None = None
    gpu: bool | None = None
    not_node: str | None = None
    skills: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Give the canonical JSON object: sorted tags, nothing that asks for nothing."""
        fields = asdict(self) | {"tags": sorted(set(self.tags))}
        return {name: value for name, value in fields.items() if value or value is False}

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
    lists = {name: tuple(document.get(name, ())) for name in ("tags", "skills")}
    return Requirements(**(document | lists))


def alike(
    loose: Requirements, binder: Capabilities, platform: Platform, major: int | None
) -> Requirements:
    """Narrow what frames of a job ask for to the engine class of the node that bound it.

    Frames that are cut together come from one build, system and GPU mode. A binder that names no
    version, or one that it does not list, narrows as little as is known.
    """
    if major is None:
        return loose
    wanted = replace(loose, engine_major=major)
    for engine in binder.engines:
        if (engine.kind, engine.major) == (loose.engine, major):
            return replace(wanted, platform=platform, engine_build=engine.version, gpu=engine.gpu)
    return wanted


def serves(
    node: Capabilities, platform: Platform, wanted: Requirements, node_id: UUID | None = None
) -> bool:
    """Tell whether a node can run tasks of these requirements."""
    return not lacks(node, platform, wanted, node_id)


def lacks(
    node: Capabilities, platform: Platform, wanted: Requirements, node_id: UUID | None = None
) -> dict[ObstacleCode, str]:
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
    if wanted.not_node is not None and wanted.not_node == str(node_id):
        found["suspect"] = "made the frames that are to be mended; another node draws them first"
    unknown = [skill for skill in wanted.skills if skill not in node.skills]
    if unknown:
        found["skills"] = f"has an agent that does not know {', '.join(unknown)}; update it"
    if wanted.kind != "export":
        found |= _lacking_engine(node, wanted)
    return found


def _lacking_engine(node: Capabilities, wanted: Requirements) -> dict[ObstacleCode, str]:
    own = [engine for engine in node.engines if engine.kind == wanted.engine]
    if not own:
        return {"engine": f"has no engine {wanted.engine}; install it and run its check again"}
    asked, key = wanted.engine_build or wanted.engine_major, "major"
    if wanted.engine_build is not None:
        key = "version"
    fits = [engine for engine in own if asked in (None, getattr(engine, key))]
    if not fits:
        has = ", ".join(str(getattr(engine, key)) for engine in own)
        return {"engine_version": f"has version {has}, not {asked} of {wanted.engine}; install it"}
    if wanted.gpu is not None and all(engine.gpu != wanted.gpu for engine in fits):
        mode = "with" if wanted.gpu else "without"
        return {"gpu": f"draws otherwise; the job's other frames were drawn {mode} the GPU"}
    return {}
