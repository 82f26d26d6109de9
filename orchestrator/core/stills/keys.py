"""The cache key of a picture: a hash of everything that can change it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.scheduling.waiting import NodeFacts
from orchestrator.core.stills.places import Place
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import ASSEMBLED_MODES, FILE_KINDS, BindScene, BindSpec, BindValue

KEY_VERSION = 1
"""Counts up when we draw, scale or write pictures in another way."""


@dataclass(frozen=True, slots=True)
class EngineClass:
    """Be the engine that draws: pictures of one version are not those of another."""

    kind: EngineKind
    major: int | None
    version: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Hold what all pictures of one call have in common; `inputs` are (path, sha256)."""

    project_id: UUID
    bundle_sha256: str
    convention_version: int
    engine: EngineClass
    max_side: int
    inputs: Mapping[str, str]


def engine_class(nodes: Sequence[NodeFacts], kind: EngineKind) -> EngineClass:
    """Choose the version that draws: the newest among nodes that work, else among all others.

    Of After Effects its major version counts; the preview engine's own may draw otherwise with
    every version. Without any node that has the engine the task waits for the first one.
    """
    found = [
        (node.state == "online", engine.major, engine.version)
        for node in nodes
        if node.capabilities is not None and node.state != "quarantined"
        and (not node.capabilities.kinds or "snapshot" in node.capabilities.kinds)
        for engine in node.capabilities.engines
        if engine.kind == kind
    ]  # fmt: skip
    if not found:
        return EngineClass(kind, None, "")
    _, major, version = max(found)
    return EngineClass(kind, major, version if kind == "preview" else str(major))


def cache_key(drawn: Drawn, spec: BindSpec, scene: str, place: Place) -> str:
    """Hash a picture's making: bundle, convention, engine, values, files, comp, frame, size.

    Files count by what they hold, not by their ids; the order in which values are given does not.
    Project and scene count too: each has its own list of pictures.
    """
    scenes = spec.scenes
    if spec.mode in ASSEMBLED_MODES:
        # There a scene's picture shows nothing of other scenes' values.
        scenes = tuple(one for one in scenes if one.key == scene)
    document = {
        "key_version": KEY_VERSION,
        "project": str(drawn.project_id),
        "bundle": drawn.bundle_sha256,
        "convention": drawn.convention_version,
        "engine": [drawn.engine.kind, drawn.engine.version],
        "mode": spec.mode,
        "place": [scene, place.comp, place.frame, drawn.max_side],
        "scenes": sorted(_scene(one, drawn.inputs) for one in scenes if one.values),
        "colors": sorted([color.key, color.value.upper()] for color in spec.colors),
        "controls": sorted([control.key, control.value] for control in spec.controls),
        "fonts": sorted(sha for path, sha in drawn.inputs.items() if path.startswith("fonts/")),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _scene(scene: BindScene, inputs: Mapping[str, str]) -> list[object]:
    return [scene.key, sorted(_value(value, inputs) for value in scene.values)]


def _value(value: BindValue, inputs: Mapping[str, str]) -> str:
    told = value.model_dump(mode="json", exclude_none=True)
    if value.kind in FILE_KINDS:
        told["value"] = inputs.get(value.value, value.value)
    return json.dumps(told, sort_keys=True, ensure_ascii=True)
