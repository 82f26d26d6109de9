"""Frames spoilt in every way, agents killed, objects damaged: the video is as if nothing was.

The engine is the real preview engine, wrapped so that it spoils frames (tests/fakes/faulty_engine).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest

from orchestrator.embedded import Cluster
from tests.support import films
from tests.support.commands import Ran
from tests.support.postgres import fresh_database
from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm, whole_farm

FRAMES = 24
LIMIT_S = 100.0


@dataclass(slots=True)
class Spoilt:
    """Be a farm whose engine can be told what to spoil, and a connection to look with."""

    farm: WholeFarm
    look: asyncpg.Connection[Any]
    hurry: asyncpg.Connection[Any]
    template: Path
    folder: Path
    told: int = 0

    @property
    def faults(self) -> Path:
        """Name the folder that the engine takes its faults from."""
        return self.farm.data / "agent" / "faults"

    def last_words(self) -> str:
        """Tell what the farm logged, should a test fail."""
        return self.farm.last_words()

    def spoil(self, *words: str) -> None:
        """Tell one launch of the engine, after those told before, what to spoil."""
        self.faults.mkdir(exist_ok=True)
        self.told += 1
        draft = self.faults / f"{self.told}.draft"
        draft.write_text("\n".join(words), encoding="utf-8")
        draft.rename(draft.with_suffix(".fault"))

    async def render(self, plan: str, name: str) -> tuple[str, Path]:
        """Render to the end, the agent started again whenever it was killed; give job and video."""
        command = self.farm.start(
            "--aep", self.template, "--frames", f"0-{FRAMES - 1}", "--plan", plan,
            "--out", name, cwd=self.folder,
        )  # fmt: skip
        keeping = asyncio.create_task(self._keep())
        try:
            ran: Ran = await asyncio.to_thread(command.end, LIMIT_S)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        assert ran.code == 0, ran.err
        return str(ran.json["job_id"]), self.folder / name

    async def _keep(self) -> None:
        """Start a killed agent again, and cut short the rest of what failed."""
        while True:
            await self.hurry.execute(
                "UPDATE render.tasks SET not_before = now() WHERE not_before > now()"
            )
            process = self.farm.agent.process
            if process is not None and process.poll() is not None:
                self.farm.agent.spawn()
            await asyncio.sleep(0.1)

    async def manifest(self, job: str) -> list[str]:
        """Give the hashes of a job's frames as the farm has recorded them."""
        rows = await self.look.fetch(
            "SELECT r.frame, encode(r.sha256, 'hex') AS sha256 FROM render.frame_results AS r"
            " JOIN render.frame_jobs AS j ON j.id = r.frame_job_id"
            " WHERE j.job_id = $1::text::uuid ORDER BY r.frame",
            job,
        )
        if rows:
            assert [row["frame"] for row in rows] == list(range(FRAMES))
            return [row["sha256"] for row in rows]
        (packed,) = (self.farm.data / "objects" / "attempts" / job).rglob("frames.sha256.object")
        raw = b"".join(path.read_bytes() for path in packed.iterdir() if path.suffix != ".json")
        return [raw[place : place + 32].hex() for place in range(0, len(raw), 32)]

    async def until(self, question: str, *values: object) -> None:
        """Wait until a question to the database is answered with true."""
        async with asyncio.timeout(LIMIT_S):
            while not await self.look.fetchval(question, *values):  # noqa: ASYNC110 - a database
                await asyncio.sleep(0.05)

    def object_of(self, frame: int) -> Path:
        """Give the file that holds the newest job's stored frame."""
        found = (self.farm.data / "objects").rglob(f"{frame:05d}-*.object")
        folder = max(found, key=lambda path: path.stat().st_mtime)
        return next(path for path in folder.iterdir() if path.suffix != ".json")


@pytest.fixture(scope="module")
async def spoilt(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Spoilt]:
    folder = tmp_path_factory.mktemp("spoilt")
    comp = films.film(160, 90, FRAMES / 25)
    layer = films.solid(comp, films.RED, 60, 40)
    turn = films.transform(layer, "Rotate Z")
    turn.set_value_at_time(0.0, 0.0)
    turn.set_value_at_time(FRAMES / 25, 170.0)
    made = folder / "film.aep"
    films.project_of(comp).save(made)
    data = folder / "farm"
    data.mkdir()
    async with (
        fresh_database(postgres, template) as dsn,
        whole_farm(dsn, data, "tests.fakes.faulty_agent") as farm,
    ):
        look, hurry = [await asyncpg.connect(dsn) for _ in range(2)]
        yield Spoilt(farm, look, hurry, made, folder)
        await look.close()
        await hurry.close()


@dataclass(frozen=True, slots=True)
class Film:
    """Be the frames of an undisturbed job: their files' hashes, their decoded pictures."""

    hashes: list[str]
    pictures: np.ndarray


@pytest.fixture(scope="module")
async def undisturbed(spoilt: Spoilt) -> Film:
    job, video = await spoilt.render("single", "undisturbed.mp4")
    hashes = await spoilt.manifest(job)
    assert len(set(hashes)) == FRAMES
    return Film(hashes, read_video(video).frames)


async def check(spoilt: Spoilt, undisturbed: Film, job: str, video: Path) -> None:
    """See that a disturbed job's frames and video are those of the undisturbed one."""
    assert await spoilt.manifest(job) == undisturbed.hashes
    assert np.array_equal(read_video(video).frames, undisturbed.pictures)


FAULTS = (
    ("cut 4", "flip 9", "drop 15", "twice 20", f"cut {FRAMES - 1}"),
    ("kill 4",),
)
"""What is spoilt in the first two launches: the second begins with frame 4, which the first
spoilt. The third, by the next agent, draws it well, and then the file changes on the disk."""


@pytest.mark.parametrize(("plan", "last"), [("single", "seen 4"), ("split", "sent 4")])
async def test_spoilt_frames_and_a_killed_agent_leave_no_trace_in_the_video(
    spoilt: Spoilt, undisturbed: Film, plan: str, last: str
) -> None:
    for words in (*FAULTS, (last,)):
        spoilt.spoil(*words)
    job, video = await spoilt.render(plan, f"{plan}.mp4")
    await check(spoilt, undisturbed, job, video)
    outcomes = await spoilt.look.fetch(
        "SELECT a.outcome FROM render.attempts AS a JOIN render.tasks AS t ON t.id = a.task_id"
        " WHERE t.job_id = $1::text::uuid AND t.kind IN ('render', 'frames') ORDER BY a.attempt",
        job,
    )
    assert [row["outcome"] for row in outcomes] == ["failed", "lost", "succeeded"]
    assert list(spoilt.faults.iterdir()) == []
    warnings = await spoilt.look.fetchval(
        "SELECT warnings::text FROM render.render_jobs WHERE id = $1::text::uuid", job
    )
    assert "Frames 4 were damaged on the node's disk" in warnings


async def test_stored_frames_that_are_damaged_or_lost_are_made_again_before_the_export(
    spoilt: Spoilt, undisturbed: Film
) -> None:
    spoilt.spoil(f"wait {FRAMES - 1}")
    waiting = asyncio.create_task(spoilt.render("split", "stored.mp4"))
    await spoilt.until(
        "SELECT count(*) >= $1 FROM render.frame_results AS r JOIN render.frame_jobs AS j"
        " ON j.id = r.frame_job_id JOIN render.render_jobs AS o ON o.id = j.job_id"
        " WHERE o.state = 'rendering'",
        FRAMES - 1,
    )
    torn, cut, gone = (spoilt.object_of(frame) for frame in (5, 12, 20))
    raw = torn.read_bytes()
    torn.write_bytes(hashlib.sha256(raw).digest() + raw[32:])
    os.truncate(cut, cut.stat().st_size // 2)
    gone.unlink()
    (spoilt.faults / "go").touch()
    job, video = await waiting
    await check(spoilt, undisturbed, job, video)
    repairs = await spoilt.look.fetch(
        "SELECT frames::text, outcome, neighbours_equal FROM render.frame_repair_jobs"
        " WHERE job_id = $1::text::uuid",
        job,
    )
    assert [tuple(row) for row in repairs] == [("{[5,6),[12,13),[20,21)}", "mended", True)]
