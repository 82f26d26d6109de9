"""A split plan on the whole farm: bind, chunks and export as tasks of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo"
WORDS = ("--bundle", DEMO / "template.zip", "--frames", "60-67")


async def test_a_split_job_ends_with_the_same_video_as_a_whole_one(
    whole: WholeFarm, tmp_path: Path
) -> None:
    for plan in ("single", "split"):
        ran = whole.render(*WORDS, "--plan", plan, "--out", f"{plan}.mp4", cwd=tmp_path)
        assert ran.code == 0, ran.err
    async with whole.client() as client:
        job = (await client.renders()).data[0].id
        told = [event.data["state"] async for event in client.events(job) if event.type == "state"]
        tasks = (await client.tasks(job)).data
    assert told == ["queued", "preparing", "rendering", "validating", "exporting", "done"]
    assert [(task.kind, task.state, task.attempt) for task in tasks] == [
        ("bind", "succeeded", 1),
        ("frames", "succeeded", 1),
        ("export", "succeeded", 1),
    ]
    single, split = read_video(tmp_path / "single.mp4"), read_video(tmp_path / "split.mp4")
    assert len(split.frames) == 8
    assert np.array_equal(single.frames, split.frames)
    assert single.samples is not None
    assert split.samples is not None
    assert np.array_equal(single.samples, split.samples)
