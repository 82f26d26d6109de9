"""A render made again on the whole farm gives the same frames, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Command
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo" / "template.zip"


@pytest.mark.parametrize("plan", ["single", "split"])
async def test_a_render_made_again_has_the_same_frames(
    whole: WholeFarm, tmp_path: Path, plan: str
) -> None:
    words = ("--bundle", DEMO, "--frames", "10-21", "--plan", plan, "--set", "c1.t1=سلام")
    first = whole.render(*words, "--out", "first.mp4", cwd=tmp_path)
    assert first.code == 0, first.err
    job = json.loads(first.out.splitlines()[-1])["job_id"]
    here = ("--server", whole.url, "--key-file", whole.key_file, "--json")
    again = Command("render", "--again", job, *here, cwd=tmp_path).end(120)
    assert again.code == 0, again.err
    told = json.loads(again.out.splitlines()[-1])
    assert told["comparison"] == {
        "job_id": job, "same": True, "frames": 12, "frames_different": 0, "different": "",
    }  # fmt: skip
    assert (tmp_path / told["output"]).read_bytes() == (tmp_path / "first.mp4").read_bytes()
    async with whole.client() as client:
        manifest = await client.manifest(told["job_id"])
    assert str(manifest.again_of) == job
    assert len(manifest.frame_hashes) == 12
    assert {one.outcome for one in manifest.attempts} == {"succeeded"}
    (video,) = (one for one in manifest.outputs if one.kind == "video")
    assert video.encoder is not None
    assert video.encoder.startswith("ffmpeg version")
