"""Tasks that say something new go to agents that know it, and to no others."""

from dataclasses import replace

import pytest

from orchestrator.core.scheduling.classes import Requirements, from_document, lacks, serves
from orchestrator.wire.agent import Capabilities, EngineInfo
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindScene, BindSpec, BindValue
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.media.output import FORMATS, OutputSpec
from orchestrator.wire.media.safe import MediaRule
from orchestrator.wire.media.skills import SKILLS, asked
from orchestrator.wire.media.sound import BindAudio
from orchestrator.wire.tasks import (
    BindTaskSpec,
    ExportSpec,
    FramesSpec,
    RenderSpec,
    ScanSpec,
    TaskSpec,
)

FPS = Fps(num=25)
ENGINE = EngineInfo(kind="preview", version="1.0", major=1)
OLD = Capabilities(engines=(ENGINE,), cores=2, memory_bytes=2**33)
NEW = OLD.model_copy(update={"skills": SKILLS})
VIDEO = MediaRule(path="media/a.mp4", kind="video", form="mov")
PICTURE = MediaRule(path="media/a.png", kind="image")


def _bind(*scenes: BindScene, media: tuple[MediaRule, ...] = ()) -> BindSpec:
    return BindSpec(mode="free", comp="main", scenes=scenes, media=media)


def _render(bind: BindSpec | None = None, **output: object) -> RenderSpec:
    out = OutputSpec.model_validate(output)
    return RenderSpec(bind=bind or _bind(), frames="0-9", fps=FPS, width=64, height=36, output=out)


def _export(**output: object) -> ExportSpec:
    out = OutputSpec.model_validate(output)
    return ExportSpec(
        frames="0-9", fps=FPS, width=64, height=36, output=out, audio=BindAudio(), has_sound=True
    )


def _frames(*media: MediaRule) -> FramesSpec:
    return FramesSpec(comp="main", frames="0-9", width=64, height=36, fps=FPS, media=media)


FITTED = BindScene(key="a", values=(BindValue(key="m", kind="media", value="x.png", fit="cover"),))
LAID_OUT = BindScene(key="a", start_s=0.0, duration_s=2.0)


@pytest.mark.parametrize(
    ("spec", "skills"),
    [
        (_render(), ()),
        (_render(_bind(media=(PICTURE,)), quality="high"), ()),
        (ScanSpec(), ()),
        (_frames(PICTURE), ()),
        (_frames(VIDEO), ("video_media",)),
        (_export(), ()),
        (_export(container="mov"), ("prores",)),
        (_export(container="webm", fit="pad", aspect="1:1"), ("fit", "vp9")),
        (_export(codec="h265"), ("h265",)),
        (_render(_bind(LAID_OUT, FITTED, media=(VIDEO,)), container="gif"),
         ("gif", "picture_fit", "scenes", "video_media")),
        (BindTaskSpec(bind=_bind()), ("bind_sound",)),
        (BindTaskSpec(bind=_bind(LAID_OUT)), ("bind_sound", "scenes")),
        (SnapshotSpec(bind=_bind(media=(VIDEO,)), max_side=200), ("video_media",)),
    ],
)  # fmt: skip
def test_a_task_asks_for_what_the_first_agents_did_not_know(
    spec: TaskSpec, skills: tuple[str, ...]
) -> None:
    assert asked(spec) == skills
    assert set(skills) <= set(SKILLS)


def test_every_container_but_the_first_asks_for_a_skill() -> None:
    for container in FORMATS:
        assert bool(asked(_export(container=container))) == (container != "mp4")


def test_an_agent_that_names_no_skills_gets_only_what_the_first_ones_did() -> None:
    plain = Requirements("export", "preview")
    film = replace(plain, skills=("prores",))
    assert serves(OLD, "linux", plain)
    assert not serves(OLD, "linux", film)
    assert lacks(OLD, "linux", film) == {
        "skills": "has an agent that does not know prores; update it"
    }
    assert serves(NEW, "linux", film)


def test_a_newer_agent_may_name_skills_that_nobody_here_knows() -> None:
    able = OLD.model_copy(update={"skills": (*SKILLS, "holograms")})
    assert serves(able, "linux", Requirements("render", "preview", skills=("vp9",)))


def test_skills_survive_being_kept_and_change_no_class_that_asks_for_none() -> None:
    wanted = Requirements("render", "preview", skills=("fit", "vp9"))
    assert from_document(wanted.document()) == wanted
    assert "skills" not in Requirements("render", "preview").document()
