"""Engines that misbehave in every known way, judged by the real agent process."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.wire.base import Fps
from orchestrator.wire.tasks import BindTaskSpec, FramesSpec, ResultReport
from tests.fakes.behaviours import (
    BEHAVIOURS,
    FRAMES,
    GOOD,
    LIMITS_S,
    MEMORY_BYTES,
    TRIAL,
    Behaviour,
)
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

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")
SLOTS = 10


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    async with farm_server() as server:
        yield server


@pytest.fixture
async def agent(farm: FarmServer, tmp_path: Path) -> AsyncIterator[Agent]:
    made = Agent(tmp_path / "data", farm)
    made.env |= {
        f"FLATRENDER_AGENT_{name.upper()}_S": str(limit) for name, limit in LIMITS_S.items()
    }
    made.env |= {
        "FLATRENDER_AGENT_COOL_OFF_S": "0.05",
        "FLATRENDER_AGENT_PREVIEW_EVERY_S": "1000",
    }
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def template() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("template.aep", aep())
    return buffer.getvalue()


def verdict(told: ResultReport) -> str:
    failure = told.failure
    return GOOD if failure is None else f"{failure.failure_class} {failure.code}"


def order(farm: FarmServer, task: int, behaviour: Behaviour, *, attempt: int = 1) -> None:
    ref = bundle(farm, template())
    if "bind_fault" in behaviour.more:
        spec = BindTaskSpec(bind=render_spec().bind)
        farm.grants.append(grant(ref, spec, task_id=task, attempt=attempt))
        return
    told = FramesSpec(
        comp="frfinal", frames=f"0-{FRAMES - 1}", width=64, height=36, fps=Fps(num=25)
    )
    inputs = (media(farm, "bound.aep", b"RIFX bound"),)
    farm.grants.append(grant(ref, told, task_id=task, attempt=attempt, inputs=inputs))


def table(rows: list[tuple[Behaviour, ResultReport]]) -> str:
    lines = []
    for behaviour, told in rows:
        took = told.timings_s.get("frames", told.timings_s.get("bind", 0.0))
        right = "right" if verdict(told) == behaviour.expected else "WRONG"
        lines.append(f"{behaviour.name:52} {verdict(told):28} {took:6.2f} s  {right}")
    return "\n".join(lines)


async def test_every_behaviour_is_judged_right_every_hang_found_and_no_good_render_failed(
    agent: Agent, farm: FarmServer
) -> None:
    assert len(TRIAL) == 20
    assert len({behaviour.name for behaviour in BEHAVIOURS}) == len(BEHAVIOURS) >= 40
    tasks = {str(task): behaviour.scenario for task, behaviour in enumerate(BEHAVIOURS, 1)}
    agent.env |= scripted(agent.data.parent / "engine", tasks=tasks)
    agent.env |= {
        "FLATRENDER_AGENT_SLOTS": str(SLOTS),
        "FLATRENDER_AGENT_ENGINE_MEMORY_BYTES": str(MEMORY_BYTES),
    }
    # Those that take long come first: the others pass while they are waited for.
    slow = {"sleep", "burn", "chatter"}
    quick_last = sorted(
        enumerate(BEHAVIOURS, 1), key=lambda item: not slow & {step[0] for step in item[1].steps}
    )
    for task, behaviour in quick_last:
        order(farm, task, behaviour)
    agent.start()
    await farm.until(lambda: len(farm.results) == len(BEHAVIOURS), 120)
    rows = [(one, farm.results[task, 1]) for task, one in enumerate(BEHAVIOURS, 1)]
    sys.stdout.write(table(rows) + "\n")
    wrong = [row for row in rows if verdict(row[1]) != row[0].expected]
    assert wrong == [], table(wrong)
    for behaviour, told in rows:
        assert behaviour.expected == GOOD or (told.failure is not None and told.failure.message)
    assert await agent.stop() == 0
    assert agent.attempts == []
    assert "Traceback" not in agent.log()
