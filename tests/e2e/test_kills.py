"""Kill -9 in the middle of a job: who was killed starts again, and the job ends done, once."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import psutil

from orchestrator.cli.farm import Child
from orchestrator.client import FarmClient
from orchestrator.wire.renders import JobEvent, TaskView
from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm, newest_job, until_frames

DEMO = Path(__file__).parents[2] / "demo"
WORDS = ("--bundle", DEMO / "template.zip", "--frames", "0-39", "--out", "a.mp4")


def kill(child: Child) -> list[psutil.Process]:
    """Kill -9 one process; give the children that it had."""
    assert child.process is not None
    family = psutil.Process(child.process.pid).children(recursive=True)
    child.process.kill()
    child.process.wait(60)
    return family


async def ended(client: FarmClient, job: UUID) -> tuple[list[JobEvent], TaskView]:
    """Give a finished job's events and its one task."""
    events = [event async for event in client.events(job)]
    (task,) = (await client.tasks(job)).data
    return events, task


def done_events(events: list[JobEvent]) -> int:
    return sum(event.type == "state" and event.data.get("state") == "done" for event in events)


async def test_a_killed_agent_started_again_finishes_the_job_as_attempt_two(
    whole: WholeFarm, tmp_path: Path
) -> None:
    async with whole.client() as client:
        before = {render.id for render in (await client.renders()).data}
        command = whole.start(*WORDS, cwd=tmp_path)
        job = await newest_job(client, before)
        await until_frames(client, job, 5)
        engines = kill(whole.agent)
        psutil.wait_procs(engines, timeout=60)
        assert [engine for engine in engines if engine.is_running()] == []
        whole.agent.spawn()
        ran = command.end()
        assert ran.code == 0, ran.err
        events, task = await ended(client, job)
    assert (task.state, task.attempt) == ("succeeded", 2)
    assert done_events(events) == 1
    assert len(read_video(tmp_path / "a.mp4").frames) == 40


async def test_a_killed_orchestrator_started_again_lets_the_job_go_on_as_if_nothing_was(
    whole: WholeFarm, tmp_path: Path
) -> None:
    async with whole.client() as client:
        before = {render.id for render in (await client.renders()).data}
        command = whole.start(*WORDS, cwd=tmp_path)
        job = await newest_job(client, before)
        await until_frames(client, job, 5)
        kill(whole.orchestrator)
        whole.orchestrator.spawn()
        ran = command.end()
        assert ran.code == 0, ran.err
        events, task = await ended(client, job)
    assert (task.state, task.attempt) == ("succeeded", 1)
    assert done_events(events) == 1
    assert len(read_video(tmp_path / "a.mp4").frames) == 40
