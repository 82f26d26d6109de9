"""Pictures of scenes by the real agent and the preview engine: one launch for all of them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from orchestrator.wire.bind import BindScene, BindSpec, BindStill, BindValue
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import ResultReport
from tests.fakes.farm_server import FarmServer
from tests.support.agents import ROOT, Agent, bundle, farm_server, grant
from tests.support.commands import Command
from tests.support.whole_farm import WholeFarm

DEMO = ROOT / "demo" / "template.zip"
posix = pytest.mark.skipif(sys.platform == "win32", reason="the counting engine is POSIX")


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def counted(folder: Path, **config: bool) -> tuple[dict[str, str], Path]:
    """Pass the stand-ins off as After Effects and count launches; give environment and ledger."""
    folder.mkdir()
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    ledger = folder / "launches.txt"
    env = {"FLATRENDER_AGENT_PREVIEW": "false"}
    for kind in ("aerender", "afterfx"):
        program = folder / kind
        program.write_text(
            f'#!/bin/sh\necho {kind} >> "{ledger}"\nexport PYTHONPATH="{ROOT}"\n'
            f'export FLATRENDER_PREVIEW_HOME="{folder / "home"}"\n'
            f'export FLATRENDER_PREVIEW_CONFIG="{settings}"\n'
            f'exec "{sys.executable}" -P -m node_agent.preview.{kind} "$@"\n'
        )
        program.chmod(0o755)
        env[f"FLATRENDER_AGENT_{kind.upper()}"] = str(program)
    return env, ledger


def pictures(text: str = "Hello", *, comp: str = "frfinal") -> SnapshotSpec:
    value = BindValue(key="t1", kind="text", value=text)
    return SnapshotSpec(
        bind=BindSpec(
            mode="fix",
            comp="frfinal",
            scenes=(BindScene(key="c1", values=(value,)),),
            stills=(BindStill(comp=comp, frame=20), BindStill(comp="frfinal", frame=60)),
        ),
        max_side=200,
    )


async def drawn(farm: FarmServer, agent: Agent, spec: SnapshotSpec, task: int = 1) -> ResultReport:
    ref = bundle(farm, DEMO.read_bytes(), "template.aep")
    farm.grants.append(grant(ref, spec, task_id=task))
    await farm.until(lambda: (task, 1) in farm.results, 90)
    return farm.results[task, 1]


def shown(farm: FarmServer, told: ResultReport) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(Image.open(io.BytesIO(farm.uploads[one.key]))) for one in told.outputs]


@posix
async def test_all_pictures_of_a_call_cost_one_launch(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    env, ledger = counted(tmp_path / "engine")
    agent.env |= env
    agent.start()
    await farm.until(lambda: len(farm.registers) > 0, 60)
    before = len(ledger.read_text().splitlines())
    told = await drawn(farm, agent, pictures())
    assert told.outcome == "succeeded", told.failure
    assert ledger.read_text().splitlines()[before:] == ["afterfx"]
    assert [(one.kind, one.place, one.width, one.height) for one in told.outputs] == [
        ("still", 0, 200, 113), ("still", 1, 200, 113),
    ]  # fmt: skip
    first, second = shown(farm, told)
    assert first.shape == (113, 200, 3)
    assert not np.array_equal(first, second)
    other = shown(farm, await drawn(farm, agent, pictures("Other words"), 2))
    assert not np.array_equal(first, other[0]), "the value reaches the picture"


@posix
async def test_what_the_script_cannot_render_the_renderer_does_from_the_saved_queue(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    env, ledger = counted(tmp_path / "engine", script_render=False)
    agent.env |= env
    agent.start()
    await farm.until(lambda: len(farm.registers) > 0, 60)
    before = len(ledger.read_text().splitlines())
    told = await drawn(farm, agent, pictures())
    assert told.outcome == "succeeded", told.failure
    assert ledger.read_text().splitlines()[before:] == ["afterfx", "aerender"]
    assert len(shown(farm, told)) == 2
    assert any("2 of 2 pictures" in warning for warning in told.warnings)


async def test_a_picture_of_what_is_not_there_fails_as_the_templates_fault(
    agent: Agent, farm: FarmServer
) -> None:
    agent.start()
    ref = bundle(farm, DEMO.read_bytes(), "template.aep")
    farm.grants.append(grant(ref, pictures(comp="nowhere"), engine="preview"))
    await farm.until(lambda: (1, 1) in farm.results, 90)
    told = farm.results[1, 1]
    assert told.failure is not None
    assert (told.failure.failure_class, told.failure.code) == (
        FailureClass.TEMPLATE, "comp_missing",
    )  # fmt: skip


def run(farm: WholeFarm, folder: Path, *words: str) -> Any:
    here = ("--server", farm.url, "--key-file", farm.key_file, "--engine", "preview", "--json")
    ran = Command("snapshot", *words, *here, cwd=folder).end(120)
    assert ran.code == 0, ran.err
    return json.loads(ran.out.splitlines()[-1])["pictures"]


async def test_the_command_line_draws_every_scene_and_then_nothing_more(
    whole: WholeFarm, tmp_path: Path
) -> None:
    async with whole.client() as client:
        project = await client.create_project("pictures")
        await client.upload_bundle(project.id, DEMO)
        scan = await client.quick_scan(project.id)
    words = (str(project.id), "--max-side", "320")
    first = run(whole, tmp_path, *words)
    assert [row["scene"] for row in first] == [s.key for s in scan.scenes if not s.shared]
    for row in first:
        with Image.open(tmp_path / row["output"]) as image:
            assert max(image.size) == 320
            assert np.asarray(image).std() > 1, "the picture shows something"
    assert run(whole, tmp_path, *words) == first
    Image.new("RGB", (2600, 2600), (255, 0, 255)).save(tmp_path / "pink.png")
    (one,) = run(whole, tmp_path, *words, "--set", "c2.m1=pink.png")
    assert one["key"] != first[1]["key"]
    sent_again = run(whole, tmp_path, *words, "--set", "c2.m1=pink.png")
    assert sent_again == [one], "another file of the same bytes is the same picture"
    with Image.open(tmp_path / one["output"]) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    pink = (abs(pixels - (255, 0, 255)).sum(axis=1) < 30).mean()
    assert pink > 0.05, "the client's picture is in the picture of its scene"
