"""The real agent process with the real preview engine: pixels, sound, what it reports."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindColor, BindScene, BindSpec, BindValue
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.tasks import RenderSpec
from tests.fakes.farm_server import FarmServer
from tests.support.agents import ROOT, Agent, bundle, farm_server, grant

TEMPLATE = ROOT / "demo" / "template.zip"


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


def order(text: str, color: str) -> RenderSpec:
    return RenderSpec(
        bind=BindSpec(
            mode="fix",
            comp="frfinal",
            scenes=(BindScene(key="c1", values=(BindValue(key="t1", kind="text", value=text),)),),
            colors=(BindColor(key="background", value=color),),
        ),
        frames="20-22",
        fps=Fps(num=25),
        width=1280,
        height=720,
        output=OutputSpec(quality="draft"),
    )


async def poster(farm: FarmServer, task: int) -> Image.Image:
    await farm.until(lambda: (task, 1) in farm.results, 90)
    told = farm.results[task, 1]
    assert told.outcome == "succeeded", told.failure
    video, picture, _, _ = told.outputs
    assert (video.frames, video.width, video.height, video.has_audio) == (3, 1280, 720, True)
    return Image.open(io.BytesIO(farm.uploads[picture.key]))


async def test_two_orders_of_one_template_differ_in_the_pixels_that_they_change(
    farm: FarmServer, tmp_path: Path
) -> None:
    ref = bundle(farm, TEMPLATE.read_bytes(), "template.aep")
    farm.grants += [
        grant(ref, order("سلام", "#102030"), task_id=1, engine="preview"),
        grant(ref, order("Hello", "#903010"), task_id=2, engine="preview"),
    ]
    agent = Agent(tmp_path / "پوشه با فاصله", farm).start()
    try:
        first, second = await poster(farm, 1), await poster(farm, 2)
        assert first.size == second.size == (1280, 720)
        assert first.tobytes() != second.tobytes()
        assert await agent.stop() == 0
    finally:
        if agent.process is not None and agent.process.poll() is None:
            agent.kill()


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_the_check_says_what_is_missing_and_fix_mends_what_it_can(tmp_path: Path) -> None:
    command = [
        sys.executable, "-P", "-m", "node_agent", "check", "--data", str(tmp_path / "d"),
        "--server", "http://127.0.0.1:9",
    ]  # fmt: skip
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    first = run(command, env)
    assert first.returncode == 1
    assert "missing  preview output modules: FR RGB, FR RGBA, FR WAV not there" in first.stdout
    assert "missing  server: http://127.0.0.1:9 does not answer" in first.stdout
    told = "ok       preview scripting: scripts run by node_agent.preview.afterfx and may write"
    assert told in first.stdout
    fixed = subprocess.run(
        [*command, "--fix"], env=env, capture_output=True, text=True, check=False
    )
    assert "mended   preview output modules" in fixed.stdout
    assert "Traceback" not in first.stderr + fixed.stderr


def test_wrong_settings_are_all_named_at_once(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-P", "-m", "node_agent", "run", "--server", "ftp://x"],
        env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "FLATRENDER_AGENT_SLOTS": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert "FLATRENDER_AGENT_SERVER_URL" in told.stderr
    assert "FLATRENDER_AGENT_SLOTS" in told.stderr
    assert "Traceback" not in told.stderr
