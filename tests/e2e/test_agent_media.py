"""The real agent makes clients' media fit before any engine sees them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.media.safe import MediaRule
from orchestrator.wire.tasks import ResultReport
from tests.fakes.farm_server import FarmServer
from tests.support.agents import (
    Agent,
    aep,
    bundle,
    farm_server,
    grant,
    media,
    render_spec,
    scripted,
)
from tests.support.exports import ffmpeg_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")
CLIP = "media/clip.mov"
RULE = MediaRule(path=CLIP, kind="video", form="mov", width_max=32, height_max=32, fps=Fps(num=25))


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


async def ordered(
    tmp_path: Path, farm: FarmServer, content: bytes, tasks: int = 1
) -> tuple[Agent, list[ResultReport]]:
    """Run an agent over some tasks that show the same clip."""
    agent = Agent(tmp_path / "data", farm, scripted(tmp_path / "engine"))
    spec = render_spec(bind=BindSpec(mode="fix", comp="frfinal", media=(RULE,)))
    ref, clip = bundle(farm, aep()), media(farm, CLIP, content)
    farm.grants += [grant(ref, spec, task_id=one + 1, inputs=(clip,)) for one in range(tasks)]
    agent.start()
    try:
        await farm.until(lambda: len(farm.results) == tasks, 60)
        assert await agent.stop() == 0
    finally:
        if agent.process is not None and agent.process.poll() is None:
            agent.kill()
    return agent, [farm.results[one + 1, 1] for one in range(tasks)]


async def test_a_playlist_in_a_videos_place_fails_the_job_before_the_engine_starts(
    farm: FarmServer, tmp_path: Path
) -> None:
    list_of_secrets = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    _, (told,) = await ordered(tmp_path, farm, list_of_secrets)
    assert told.failure is not None
    assert (told.failure.code, told.failure.failure_class) == ("media_unusable", "asset")
    assert "video clip cannot be used" in told.failure.message
    assert "save it anew as MP4" in told.failure.message
    assert "bind.jsx" not in (tmp_path / "engine" / "launches.txt").read_text()


async def test_a_video_is_made_fit_once_for_all_tasks_of_a_node(
    farm: FarmServer, tmp_path: Path
) -> None:
    sent = tmp_path / "sent.mp4"
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i",
               "color=red:s=64x48:d=0.4:r=50,format=yuv420p", str(sent)]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)  # noqa: ASYNC221 - nothing else runs yet
    agent, told = await ordered(tmp_path, farm, sent.read_bytes(), tasks=2)
    assert [one.outcome for one in told] == ["succeeded", "succeeded"], told
    assert all("media" in one.timings_s for one in told)
    (kept,) = (agent.data / "agent" / "media").iterdir()
    probe = await ffmpeg_of(tmp_path).probe(kept)
    assert (probe.width, probe.height, probe.frames, probe.fps) == (32, 24, 10, 25)
