"""Run the real agent process against the scripted server, with a scripted or the preview engine."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestServer

from orchestrator.wire.base import EngineKind, Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.sound import BindAudio
from orchestrator.wire.tasks import BundleRef, Grant, InputFile, RenderSpec, TaskSpec
from tests.fakes.farm_server import TOKEN, FarmServer
from tests.support.commands import own_home
from tests.support.witness import tail

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "fakes" / "fake_engine.py"


@asynccontextmanager
async def farm_server() -> AsyncIterator[FarmServer]:
    """Serve the agent's routes on a port of this machine."""
    farm = FarmServer()
    async with TestServer(farm.app()) as server:
        farm.url = str(server.make_url("")).rstrip("/")
        yield farm


@dataclass
class Agent:
    """Be one agent process and its data folder."""

    data: Path
    farm: FarmServer
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Agent:
        """Start the process; its log goes to agent.log in the data folder."""
        self.data.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with (self.data / "agent.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "node_agent", "run", "--data", str(self.data),
                 "--server", self.farm.url, "--name", "test-node"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data,
                env={
                    **kept, **own_home(self.data), "PYTHONPATH": str(ROOT),
                    "FLATRENDER_AGENT_ENROLMENT_TOKEN": TOKEN,
                    "FLATRENDER_AGENT_PREVIEW_EVERY_S": "0.1", **self.env,
                },
            )  # fmt: skip
        return self

    async def stop(self, limit_s: float = 60) -> int:
        """Ask the agent to stop and wait for its end."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, limit_s)

    def kill(self) -> None:
        """Kill it without a word."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def log(self) -> str:
        """Give what it logged."""
        return (self.data / "agent.log").read_text("utf-8", "replace")

    def last_words(self) -> str:
        """Tell what it logged and called, should a test fail."""
        calls = " ".join(self.farm.calls[-60:])
        return f"{tail(self.data / 'agent.log')}--- calls\n{calls}\n"

    @property
    def attempts(self) -> list[str]:
        """Name the attempts' folders that are there."""
        work = self.data / "agent" / "work"
        return sorted(path.name for path in work.iterdir()) if work.exists() else []


def scripted(folder: Path, **scenario: Any) -> dict[str, str]:
    """Make a scripted engine's two programs; give the agent's environment for them."""
    folder.mkdir(parents=True, exist_ok=True)
    told = play(folder, **scenario)
    env = {"FLATRENDER_AGENT_PREVIEW": "false"}
    for kind in ("aerender", "afterfx"):
        program = folder / kind
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" {kind} "{told}" "$@"\n')
        program.chmod(0o755)
        env[f"FLATRENDER_AGENT_{kind.upper()}"] = str(program)
    return env


def play(folder: Path, **scenario: Any) -> Path:
    """Tell the scripted engine what its next launches do."""
    told = folder / "scenario.json"
    told.write_text(json.dumps(scenario))
    return told


def bundle(farm: FarmServer, content: bytes, aep_path: str = "template.aep") -> BundleRef:
    """Put a bundle on the server."""
    md5 = hashlib.md5(content).hexdigest()
    farm.objects[f"templates/p/{md5}/bundle"] = content
    return BundleRef(
        md5=md5,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        is_bundle=content[:2] == b"PK",
        aep_path=aep_path,
        url=f"/v1/objects/templates/p/{md5}/bundle?op=get&sig=x",
    )


def media(farm: FarmServer, path: str, content: bytes) -> InputFile:
    """Put an input on the server."""
    farm.objects[f"media/t/{path}"] = content
    return InputFile(
        path=path,
        url=f"/v1/objects/media/t/{path}?op=get",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


def aep() -> bytes:
    """Make the least that the guard takes for a project."""
    return b"RIFX" + (8).to_bytes(4, "big") + b"Egg!" + b"\0\0\0\0"


def render_spec(**given: Any) -> RenderSpec:
    """Order frames 0-9 of 64x36 at 25 fps, unless told otherwise."""
    values: dict[str, Any] = {
        "bind": BindSpec(mode="fix", comp="frfinal", audio=BindAudio()),
        "frames": "0-9",
        "fps": Fps(num=25),
        "width": 64,
        "height": 36,
        "output": OutputSpec(quality="draft"),
    }
    return RenderSpec(**{**values, **given})


def grant(
    ref: BundleRef | None, spec: TaskSpec, *, task_id: int = 1, attempt: int = 1,
    engine: EngineKind = "aftereffects", inputs: tuple[InputFile, ...] = (), ttl_s: float = 30.0,
) -> Grant:  # fmt: skip
    """Lease one attempt."""
    return Grant(
        task_id=task_id,
        attempt=attempt,
        token=f"1.{task_id:016x}{attempt:016x}",
        lease_ttl_s=ttl_s,
        job_id=UUID(int=task_id),
        project_id=UUID(int=1),
        engine=engine,
        bundle=ref,
        inputs=inputs,
        spec=spec,
    )
