"""The real agent process with a scripted engine: whole renders, faults, kills, stops."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from node_agent.core.arguments import Share, tuning
from node_agent.host.base import MARK
from node_agent.runner.verify import manifest_sha256
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.media.sound import BindAudio, Track
from orchestrator.wire.tasks import BindTaskSpec, FramesSpec, ResultReport
from tests.fakes.fake_engine import png
from tests.fakes.farm_server import FarmServer
from tests.support.agents import (
    Agent,
    aep,
    bundle,
    farm_server,
    grant,
    media,
    play,
    render_spec,
    scripted,
)
from tests.support.machine import Needs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data 100% پوشه", farm)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
    assert children_of(made) == []


def children_of(agent: Agent) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(agent.data) in " ".join(process.cmdline()) and MARK in process.environ():
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def launches(agent: Agent) -> list[list[str]]:
    lines = (agent.data.parent / "engine" / "launches.txt").read_text().splitlines()
    return [
        json.loads(line) for line in lines if "-version" not in line and "probe.jsx" not in line
    ]


def ended(pid_file: Path) -> bool:
    return not psutil.pid_exists(int(pid_file.read_text()))


def template() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("my template/template.aep", aep())
        out.writestr("my template/footage/a.txt", b"footage")
    return buffer.getvalue()


def succeeded(told: ResultReport) -> bool:
    assert told.outcome == "succeeded", told.failure
    return True


async def result(farm: FarmServer, task: int = 1, attempt: int = 1) -> ResultReport:
    await farm.until(lambda: (task, attempt) in farm.results, 60)
    return farm.results[task, attempt]


async def run_one(
    agent: Agent, farm: FarmServer, spec: Any = None, **scenario: Any
) -> ResultReport:
    agent.env |= scripted(agent.data.parent / "engine", **scenario)
    ref = bundle(farm, template(), "my template/template.aep")
    farm.grants.append(grant(ref, spec or render_spec()))
    agent.start()
    return await result(farm)


async def test_a_render_task_ends_with_a_probed_video_poster_and_thumbnail(
    agent: Agent, farm: FarmServer
) -> None:
    told = await run_one(agent, farm, sound=True, frame_s=0.05)
    assert succeeded(told)
    video, poster, thumbnail, packed = told.outputs
    assert (video.kind, video.width, video.height, video.frames) == ("video", 64, 36, 10)
    assert video.has_audio
    assert video.duration_s == 0.4
    assert video.fps == Fps(num=25)
    assert farm.uploads[video.key][4:8] == b"ftyp"
    assert hashlib.sha256(farm.uploads[video.key]).hexdigest() == video.sha256
    assert Image.open(io.BytesIO(farm.uploads[poster.key])).size == (64, 36)
    assert (thumbnail.width, thumbnail.height) == (64, 36)
    assert told.frames_done == "0-9"
    hashes = [hashlib.sha256(png(number)).hexdigest() for number in range(10)]
    assert told.frames_sha256 == manifest_sha256(hashes)
    assert (packed.kind, farm.uploads[packed.key].hex()) == ("hashes", "".join(hashes))
    assert told.engine_version == "26.0x67"
    # The sound is bind's: a launch of its own would cost half a minute.
    assert [run[0] for run in launches(agent)] == ["afterfx", "aerender"]
    assert set(told.timings_s) >= {"inputs", "bind", "frames", "sound", "export", "upload"}
    assert "Finished composition" in farm.logs[1, 1]
    last = {stage.stage: (stage.done, stage.total) for stage in farm.progress[-1].stages}
    assert last == {"bind": (1, 1), "frames": (10, 10), "verify": (10, 10), "export": (10, 10)}
    previews = [report for report in farm.progress if report.preview_key]
    assert previews
    assert farm.uploads[previews[0].preview_key or ""][:2] == b"\xff\xd8"
    assert farm.unsigned == 0
    assert await agent.stop() == 0
    assert agent.attempts == []


@pytest.mark.parametrize("fault", ["sound_missing", "sound_unreadable", "sound_short"])
async def test_a_sound_that_is_not_whole_fails_before_an_hour_of_frames(
    agent: Agent, farm: FarmServer, fault: str
) -> None:
    told = await run_one(agent, farm, sound=True, bind_fault=fault)
    assert told.failure is not None
    assert (told.failure.code, told.failure.stage) == (fault, "sound")
    assert [run[0] for run in launches(agent)] == ["afterfx"]


async def test_the_engine_is_driven_by_the_render_queue_in_a_job_folder_of_one_layout(
    agent: Agent, farm: FarmServer
) -> None:
    told = await run_one(agent, farm)
    assert succeeded(told)
    runs = launches(agent)
    assert [run[0] for run in runs] == ["afterfx", "aerender"]
    job = str(agent.data / "agent" / "work" / "1-1" / "job")
    assert runs[0][1:] == ["-m", "-noui", "-r", f"{job}/script/bind.jsx"]
    assert runs[1][1:] == [
        "-project", f"{job}/bundle/my template/bound.aep", "-rqindex", "1",
        "-output", f"{job}/frames/[#####].png", "-OMtemplate", "FR RGB", "-s", "0", "-e", "9",
        "-v", "ERRORS_AND_PROGRESS", "-close", "DO_NOT_SAVE_CHANGES", "-sound", "OFF",
        *tuning(26, Share(psutil.virtual_memory().total, psutil.cpu_count() or 1)),
    ]  # fmt: skip


async def test_the_clients_music_is_mixed_into_the_video(agent: Agent, farm: FarmServer) -> None:
    tone = io.BytesIO()
    import wave

    with wave.open(tone, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(b"\x00\x20\x00\x20\x00\xe0\x00\xe0" * 44_100)
    music = media(farm, "media/music.wav", tone.getvalue())
    audio = BindAudio(music=Track(path="media/music.wav", volume=0.5))
    spec = render_spec(
        bind=BindSpec(mode="fix", comp="frfinal", audio=audio), frames="2-6", width=63, height=35
    )
    agent.env |= scripted(agent.data.parent / "engine")
    farm.grants.append(grant(bundle(farm, template()), spec, inputs=(music,)))
    agent.start()
    told = await result(farm)
    assert succeeded(told)
    video = told.outputs[0]
    assert (video.frames, video.width, video.height) == (5, 62, 34)
    assert video.has_audio
    assert told.frames_done == "2-6"


FAULTS = [
    ({"fault": "crash"}, "engine_crashed", "transient"),
    ({"fault": "signal"}, "engine_crashed", "transient"),
    ({"fault": "truncated"}, "frames_bad", "unknown"),
    ({"fault": "size"}, "frames_bad", "unknown"),
    ({"fault": "short"}, "frames_missing", "unknown"),
    ({"fault": "silent"}, "no_output", "unknown"),
    ({"fault": "no_comp"}, "comp_missing", "template"),
    ({"fault": "file_not_found"}, "footage_missing", "asset"),
    ({"bind_fault": "refused"}, "field_missing", "template"),
    ({"bind_fault": "no_result"}, "script_no_result", "node"),
    ({"frames": 5}, "frames_outside", "template"),
]


async def test_an_engine_that_fails_is_reported_by_cause(agent: Agent, farm: FarmServer) -> None:
    agent.env |= scripted(agent.data.parent / "engine")
    agent.env["FLATRENDER_AGENT_COOL_OFF_S"] = "0.1"
    agent.start()
    ref, told = bundle(farm, template()), []
    for task, (scenario, _, _) in enumerate(FAULTS, 1):
        play(agent.data.parent / "engine", **scenario)
        farm.grants.append(grant(ref, render_spec(), task_id=task))
        failure = (await result(farm, task)).failure
        assert failure is not None, scenario
        told.append((scenario, failure.code, str(failure.failure_class)))
        if failure.code == "field_missing":
            assert "scene c1, key frl_c1t9, layer frl_c1t9" in failure.message
    assert told == FAULTS
    assert [crash.crash_class for crash in farm.crashes][:2] == ["engine_crashed"] * 2
    assert await agent.stop() == 0
    assert agent.attempts == []
    assert "Traceback" not in agent.log()


async def test_a_hang_is_ended_by_the_watchdog_with_its_escaped_grandchild(
    agent: Agent, farm: FarmServer, tmp_path: Path
) -> None:
    agent.env["FLATRENDER_AGENT_FRAME_S"] = "3"
    told = await run_one(agent, farm, fault="hang")
    assert told.failure is not None
    assert told.failure.code == "frame_hang"
    farm.results.clear()
    play(tmp_path / "engine", fault="grandchild", pid_file=str(tmp_path / "pid"))
    farm.grants.append(grant(bundle(farm, template()), render_spec(), task_id=2))
    assert succeeded(await result(farm, 2))
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


async def test_a_render_that_is_complete_but_never_ends_is_kept_by_the_grace_rule(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env["FLATRENDER_AGENT_FINISH_S"] = "0.5"
    assert succeeded(await run_one(agent, farm, fault="never_exits"))


async def test_a_stop_hands_the_work_back_as_interrupted_and_leaves_nothing(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env |= scripted(agent.data.parent / "engine", fault="stop_half")
    farm.grants.append(grant(bundle(farm, template()), render_spec()))
    agent.start()
    await farm.until(lambda: any("Starting" in text for text in farm.logs.values()))
    assert await agent.stop() == 0
    assert farm.results[1, 1].outcome == "interrupted"
    assert agent.attempts == []


async def test_kill_9_then_a_new_start_hands_the_lease_back_and_works_on(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env |= scripted(agent.data.parent / "engine", fault="stop_half")
    ref = bundle(farm, template())
    farm.grants.append(grant(ref, render_spec()))
    agent.start()
    await farm.until(lambda: farm.stage("verify") == 5)
    agent.kill()
    play(agent.data.parent / "engine")
    farm.grants.append(grant(ref, render_spec(), attempt=2))
    agent.start()
    assert succeeded(await result(farm, 1, 2))
    assert (farm.results[1, 1].outcome, farm.results[1, 1].agent_died) == ("interrupted", True)
    assert [(lease.task_id, lease.attempt) for lease in farm.registers[1].held] == [(1, 1)]
    downloads = [call for call in farm.calls if "/templates/" in call]
    assert len(downloads) == 1
    rendered = [run for run in launches(agent) if run[0] == "aerender"]
    spans = [(run[run.index("-s") + 1], run[run.index("-e") + 1]) for run in rendered]
    assert spans == [("0", "9"), ("5", "9")], "frames verified before the kill are used again"
    assert farm.results[1, 2].frames_done == "0-9"
    assert await agent.stop() == 0
    assert agent.attempts == []


@pytest.mark.parametrize("how", ["lost", "cancelled"])
async def test_a_lost_or_cancelled_lease_ends_the_engine_and_its_escaped_grandchild_unreported(
    agent: Agent, farm: FarmServer, how: str, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    agent.env |= scripted(tmp_path / "engine", fault="stop_half", pid_file=str(pid))
    farm.grants.append(grant(bundle(farm, template()), render_spec()))
    agent.start()
    await farm.until(lambda: any("Starting" in text for text in farm.logs.values()))
    getattr(farm, how).add((1, 1))
    beats = len(farm.beats)
    await farm.until(lambda: any(not beat.leases for beat in farm.beats[beats:]))
    assert children_of(agent) == []
    assert ended(pid)
    assert farm.results == {}
    assert await agent.stop() == 0
    assert agent.attempts == []


async def test_a_call_of_the_server_ends_a_cancelled_engine_between_rare_signs_of_life(
    agent: Agent, farm: FarmServer
) -> None:
    farm.heartbeat_s = 3600
    agent.env |= scripted(agent.data.parent / "engine", fault="launch_hang")
    farm.grants.append(grant(bundle(farm, template()), render_spec()))
    agent.start()
    await farm.until(lambda: farm.stage("bind") == 1 and bool(children_of(agent)))
    farm.cancelled.add((1, 1))
    farm.called.set()
    claims = farm.calls.count("/v1/agent/claim")
    await farm.until(lambda: farm.calls.count("/v1/agent/claim") > claims)
    assert children_of(agent) == []
    assert farm.results == {}
    assert await agent.stop() == 0


async def test_out_of_touch_the_work_goes_on_and_its_result_arrives_later(
    agent: Agent, farm: FarmServer
) -> None:
    away = [False]

    async def rule(_request: Any) -> Any:
        from tests.fakes.farm_server import problem

        return problem(503, "unavailable") if away[0] else None

    farm.rules.append(rule)
    agent.env |= scripted(agent.data.parent / "engine", frame_s=0.1)
    farm.grants.append(grant(bundle(farm, template()), render_spec(), ttl_s=1.0))
    agent.start()
    await farm.until(lambda: any(report.stages for report in farm.progress))
    away[0] = True
    seen = len(farm.calls)
    await farm.until(lambda: len(farm.calls) > seen + 8)
    away[0] = False
    assert succeeded(await result(farm))


async def test_a_frames_task_uploads_every_frame_with_its_hash(
    agent: Agent, farm: FarmServer
) -> None:
    bound = media(farm, "bound.aep", b"RIFX bound")
    spec = FramesSpec(comp="frfinal", frames="3-5,8", width=64, height=36, fps=Fps(num=25))
    agent.env |= scripted(agent.data.parent / "engine")
    farm.grants.append(grant(bundle(farm, template()), spec, inputs=(bound,)))
    agent.start()
    told = await result(farm)
    assert succeeded(told)
    assert [item.frame for item in farm.frames] == [3, 4, 5, 8]
    assert all(farm.uploads[item.key or ""] == png(item.frame) for item in farm.frames)
    assert told.frames_done == "3-5,8"


async def test_a_bind_task_tells_the_module_and_the_version_that_frames_must_have(
    agent: Agent, farm: FarmServer
) -> None:
    told = await run_one(agent, farm, BindTaskSpec(bind=render_spec().bind))
    assert succeeded(told)
    assert [(output.kind, output.module) for output in told.outputs] == [("bound", "FR RGB")]
    assert told.engine_version == "26.0x67"


async def test_frames_are_rendered_with_the_module_that_bind_left(
    agent: Agent, farm: FarmServer
) -> None:
    bound = media(farm, "bound.aep", b"RIFX bound")
    spec = FramesSpec(
        comp="frfinal", frames="3", width=64, height=36, fps=Fps(num=25), module="FR RGBA"
    )
    agent.env |= scripted(agent.data.parent / "engine")
    farm.grants.append(grant(bundle(farm, template()), spec, inputs=(bound,)))
    agent.start()
    assert succeeded(await result(farm))
    (words,) = launches(agent)
    assert words[words.index("-OMtemplate") + 1] == "FR RGBA"


async def test_a_second_agent_on_one_data_folder_is_refused(agent: Agent, farm: FarmServer) -> None:
    agent.env |= scripted(agent.data.parent / "engine")
    agent.start()
    await farm.until(lambda: bool(farm.registers))
    second = Agent(agent.data, farm, agent.env).start()
    assert second.process is not None
    assert second.process.wait(60) == 3
    assert "Another agent already works" in agent.log()
    assert await agent.stop() == 0


async def test_an_agent_that_takes_no_work_says_why_in_its_log(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env |= scripted(agent.data.parent / "engine")
    agent.env["FLATRENDER_AGENT_FREE_DISK_BYTES"] = str(2**62)
    agent.start()
    await farm.until(lambda: "takes no work now" in agent.log())
    assert "disk_pressure" in agent.log()
    assert await agent.stop() == 0


async def test_without_ffmpeg_nothing_is_rendered_and_the_node_is_to_blame(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env["FLATRENDER_AGENT_FFMPEG"] = str(agent.data / "no-ffmpeg")
    told = await run_one(agent, farm)
    assert told.failure is not None
    assert (told.failure.code, told.failure.failure_class) == ("ffmpeg_missing", "node")
    assert launches(agent) == []


async def test_a_full_disk_is_named_whatever_the_engine_makes_of_it(
    agent: Agent, farm: FarmServer, small_disk: Path
) -> None:
    agent.data = small_disk / "data"
    agent.env |= {"FLATRENDER_AGENT_FREE_DISK_BYTES": "0"}
    told = await run_one(agent, farm, padding=200_000)
    assert told.failure is not None
    assert (told.failure.code, told.failure.failure_class) == ("disk_full", "node")
    assert "Free space" in told.failure.message
    assert await agent.stop() == 0
    assert agent.attempts == []


@pytest.fixture
def small_disk(tmp_path: Path, needs: Needs) -> Iterator[Path]:
    """Mount a disk that cannot hold a job."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)], capture_output=True,
        check=False,
    )  # fmt: skip
    needs("the right to mount", mounted.returncode == 0, "run as root", installable=False)
    with (place / "ballast").open("wb") as out:
        out.write(b"x" * 1_800_000)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
