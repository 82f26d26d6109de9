"""Fonts with the real agent process: there before the engine starts, told of, missed by name."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindScene, BindSpec, BindValue
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.tasks import InputFile, RenderSpec, ResultReport
from tests.fakes.farm_server import FarmServer
from tests.support.agents import (
    ROOT,
    Agent,
    aep,
    bundle,
    farm_server,
    grant,
    media,
    render_spec,
    scripted,
)
from tests.support.fonts import renamed

FONT = "Brand-Regular"
TEMPLATE = ROOT / "demo" / "template.zip"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm)
    yield made
    if made.process is not None and made.process.poll() is None:
        await made.stop()


def brand(farm: FarmServer) -> InputFile:
    return media(farm, "fonts/brand.ttf", renamed(FONT))


def of_task(words: list[str]) -> bool:
    """Tell a task's launch from what the agent asks engines at its own start."""
    return "-rqindex" in words or any(word.endswith("bind.jsx") for word in words)


async def result(farm: FarmServer, task: int = 1) -> ResultReport:
    await farm.until(lambda: (task, 1) in farm.results, 90)
    return farm.results[task, 1]


@POSIX
async def test_a_font_lies_in_the_users_folder_before_any_engine_starts_and_is_told(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    place = tmp_path / "the user's fonts"
    place.mkdir()
    (place / "own.ttf").write_bytes(b"a person's")
    agent.env |= scripted(tmp_path / "engine", fonts_dir=str(place))
    agent.env["FLATRENDER_AGENT_FONTS_DIR"] = str(place)
    farm.grants.append(grant(bundle(farm, aep()), render_spec(), inputs=(brand(farm),)))
    agent.start()
    told = await result(farm)
    assert told.outcome == "succeeded", told.failure
    digest = hashlib.sha256(renamed(FONT)).hexdigest()
    assert [(font.sha256, font.state) for font in farm.fonts] == [(digest, "installed")]
    installed = f"flatrender-{digest[:24]}.ttf"
    lines = (tmp_path / "engine" / "fonts_seen.txt").read_text().splitlines()
    after = {tuple(names) for words, names in map(json.loads, lines) if of_task(words)}
    assert after == {(installed, "own.ttf")}, "for the bind as for the frames"
    assert (place / installed).read_bytes() == renamed(FONT)


@POSIX
async def test_a_font_that_cannot_be_installed_is_the_nodes_fault_and_no_engine_starts(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    (tmp_path / "no folder").write_bytes(b"")
    agent.env |= scripted(tmp_path / "engine")
    agent.env["FLATRENDER_AGENT_FONTS_DIR"] = str(tmp_path / "no folder")
    farm.grants.append(grant(bundle(farm, aep()), render_spec(), inputs=(brand(farm),)))
    agent.start()
    failure = (await result(farm)).failure
    assert failure is not None
    assert (failure.code, failure.failure_class) == ("font_not_installed", FailureClass.NODE)
    assert "brand.ttf" in failure.message
    assert [font.state for font in farm.fonts] == ["failed"]
    lines = (tmp_path / "engine" / "launches.txt").read_text().splitlines()
    assert [line for line in lines if of_task(json.loads(line))] == []


def written_in(font: str) -> RenderSpec:
    value = BindValue(key="t1", kind="text", value="Brand", font=font)
    return RenderSpec(
        bind=BindSpec(mode="fix", comp="frfinal", scenes=(BindScene(key="c1", values=(value,)),)),
        frames="25",
        fps=Fps(num=25),
        width=1280,
        height=720,
        output=OutputSpec(quality="draft"),
    )


async def test_a_font_that_nobody_has_fails_by_name_and_layer_and_one_that_came_is_drawn(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    config = tmp_path / "preview.json"
    agent.env["FLATRENDER_AGENT_PREVIEW"] = "true"
    agent.env["FLATRENDER_AGENT_PREVIEW_CONFIG"] = str(config)
    ref = bundle(farm, TEMPLATE.read_bytes(), "template.aep")
    told: list[ResultReport] = []
    for task, (known, inputs) in enumerate(
        [(True, ()), (True, (brand(farm),)), (False, ())], start=1
    ):
        config.write_text(json.dumps({"fonts_known": known}))
        farm.grants.append(
            grant(ref, written_in(FONT), task_id=task, engine="preview", inputs=inputs)
        )
        if agent.process is None:
            agent.start()
        told.append(await result(farm, task))
    missing, drawn, substituted = told
    assert missing.failure is not None
    assert (missing.failure.code, missing.failure.failure_class) == (
        "font_missing",
        FailureClass.ASSET,
    )
    assert FONT in missing.failure.message
    assert "frl_c1t1" in missing.failure.message
    assert drawn.outcome == substituted.outcome == "succeeded", (drawn, substituted)
    pictures = [
        Image.open(io.BytesIO(farm.uploads[one.outputs[1].key])).convert("RGB").tobytes()
        for one in (drawn, substituted)
    ]
    assert pictures[0] != pictures[1], "the tenant's own glyphs"
