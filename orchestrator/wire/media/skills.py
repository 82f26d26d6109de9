"""What a task asks of its agent that the first agents did not know, by name.

An agent leaves out what it does not know of a spec, so a task that says something new must not
reach one that would do it without: agents name their skills when they register, and a task's
requirements name those it needs. A word that is added to a spec later, and cannot be left out
without harm, gets a name here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from orchestrator.wire.bind import BindSpec
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.tasks import BindTaskSpec, ExportSpec, FramesSpec, RenderSpec, TaskSpec

Skill = Literal[
    "bind_sound",
    "fit",
    "gif",
    "h265",
    "picture_fit",
    "png",
    "prores",
    "scenes",
    "video_media",
    "vp9",
]
SKILLS: tuple[Skill, ...] = get_args(Skill)
"""All that there are: what an agent of this version names."""


def asked(spec: TaskSpec) -> tuple[Skill, ...]:
    """Give the skills that a task asks for, in order, each once."""
    return tuple(sorted(set(_asked(spec))))


def _asked(spec: TaskSpec) -> Iterator[Skill]:
    if isinstance(spec, RenderSpec | ExportSpec):
        yield from _of_output(spec.output)
    if isinstance(spec, RenderSpec | BindTaskSpec | SnapshotSpec):
        yield from _of_bind(spec.bind)
    if isinstance(spec, BindTaskSpec):
        # The export lays the template's own sound under the film: the binder is to bring it.
        yield "bind_sound"
    if isinstance(spec, FramesSpec) and any(rule.kind == "video" for rule in spec.media):
        yield "video_media"


def _of_output(output: OutputSpec) -> Iterator[Skill]:
    codec = output.coded_as
    if codec != "h264":
        yield codec
    if output.fit != "exact":
        yield "fit"


def _of_bind(bind: BindSpec) -> Iterator[Skill]:
    if any(rule.kind == "video" for rule in bind.media):
        yield "video_media"
    for scene in bind.scenes:
        if scene.start_s is not None:
            yield "scenes"
        if any(value.fit is not None for value in scene.values):
            yield "picture_fit"
