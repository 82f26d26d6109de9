"""Engines that misbehave in every known way, judged by the real agent process."""

from __future__ import annotations

import io
import json
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
    play,
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


def launches(agent: Agent) -> list[str]:
    """Name the engine's programs in the order in which they were started."""
    lines = (agent.data.parent / "engine" / "launches.txt").read_text().splitlines()
    return [json.loads(line)[0] for line in lines if "-version" not in line]


@pytest.mark.parametrize("how", ["hang", "cancelled"])
async def test_after_a_forced_end_the_agent_recovers_before_it_claims(
    agent: Agent, farm: FarmServer, how: str
) -> None:
    engine = agent.data.parent / "engine"
    agent.env |= scripted(engine, fault="hang", modal_after_kill=True)
    agent.env["FLATRENDER_AGENT_FRAME_S"] = "0.5" if how == "hang" else "600"
    order(farm, 1, Behaviour("", ""))
    agent.start()
    if how == "hang":
        await farm.until(lambda: bool(farm.results))
        assert verdict(farm.results[1, 1]) == "unknown frame_hang"
    else:
        await farm.until(lambda: any("Starting" in text for text in farm.logs.values()))
        farm.cancelled.add((1, 1))
        beats = len(farm.beats)
        await farm.until(lambda: any(not beat.leases for beat in farm.beats[beats:]))
    play(engine, modal_after_kill=True)
    order(farm, 2, Behaviour("", ""))
    await farm.until(lambda: (2, 1) in farm.results)
    assert verdict(farm.results[2, 1]) == GOOD
    assert launches(agent) == ["probe", "aerender", "probe", "aerender"]
    assert "recovered from a forced end" in agent.log()


async def test_a_node_that_does_not_recover_says_so_and_claims_nothing_until_it_does(
    agent: Agent, farm: FarmServer
) -> None:
    engine = agent.data.parent / "engine"
    agent.env |= scripted(engine)
    agent.start()
    await farm.until(lambda: bool(farm.registers))
    play(engine, fault="hang", modal_after_kill=True, probe_fault="silent")
    order(farm, 1, Behaviour("", ""))
    await farm.until(lambda: bool(farm.results))
    order(farm, 2, Behaviour("", ""))
    probes = launches(agent).count("probe")
    await farm.until(lambda: launches(agent).count("probe") >= probes + 3)
    await farm.until(lambda: "recovering" in (farm.conditions or ()))
    assert farm.grants, "nothing was claimed"
    assert list(farm.results) == [(1, 1)]
    play(engine, modal_after_kill=True)
    await farm.until(lambda: (2, 1) in farm.results)
    assert verdict(farm.results[2, 1]) == GOOD
    await farm.until(lambda: farm.conditions == ())


async def test_a_node_whose_scripts_do_not_run_offers_frames_and_export_alone(
    agent: Agent, farm: FarmServer
) -> None:
    agent.env |= scripted(agent.data.parent / "engine", probe_fault="not_allowed")
    agent.start()
    await farm.until(lambda: bool(farm.registers))
    able = farm.registers[0].capabilities
    assert able.kinds == ("frames", "export")
    assert [engine.kind for engine in able.engines] == ["aftereffects"]
    assert any("Scripts may not write" in problem for problem in able.problems)
    order(farm, 1, Behaviour("", ""))
    await farm.until(lambda: bool(farm.results))
    assert verdict(farm.results[1, 1]) == GOOD
