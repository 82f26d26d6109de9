"""Whether a second agent halves a split job whose time goes into drawing."""

from __future__ import annotations

from pathlib import Path

import py_aep

from orchestrator.embedded import Cluster
from tests.bench.frame import Report, Wish, alternated, tell
from tests.bench.render.lab import Lab, lab
from tests.bench.render.scenes import order
from tests.support.films import transform

FRAMES, QUICK_FRAMES = 240, 96
SIDES = (1280, 720)
VEILS = 30
ROUNDS, QUICK_ROUNDS = 2, 1
LEAST = 1.7


async def run(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Let one agent and two take turns with the same job."""
    frames = QUICK_FRAMES if wish.is_quick else FRAMES
    async with lab(cluster, folder, "agents") as farm:
        project = await farm.project(_heavy(folder / "heavy.aep", frames))
        for _ in range(2):
            await farm.add("preview", FLATRENDER_AGENT_SLOTS="1")
        more = {"engine": "preview", "plan": "split", "output": {"quality": "draft"}}

        async def timed(nodes: int) -> float:
            await _only(farm, nodes)
            return (await farm.render(order(project, frames, **more))).wall_s

        await farm.render(order(project, 4, **more))
        tell("warm")
        took = await alternated(
            {"one": lambda: timed(1), "two": lambda: timed(2)},
            QUICK_ROUNDS if wish.is_quick else ROUNDS,
        )
    one, two = report.figure("one_agent_s", took["one"]), report.figure("two_agents_s", took["two"])
    report.ratio("two_agents_vs_one", one / two, least=LEAST)


async def _only(farm: Lab, nodes: int) -> None:
    """Let the first so many agents take work, the others none."""
    for number, machine in enumerate(farm.machines):
        node_id = await farm.node_id(machine)
        state = next(one.state for one in (await farm.client.nodes()).data if one.id == node_id)
        if number < nodes and state == "draining":
            await farm.client.move_node(node_id, "resume")
        elif number >= nodes and state == "online":
            await farm.client.move_node(node_id, "drain")


def _heavy(path: Path, frames: int) -> Path:
    """Make a comp of changing veils: long to draw, quick to open, small to store."""
    project = py_aep.new().project
    comp = project.root_folder.add_comp("main", *SIDES, 1.0, frames / 25, 25.0)
    modes = (py_aep.BlendingMode.SCREEN, py_aep.BlendingMode.MULTIPLY)
    for number in range(VEILS):
        shade = [number / VEILS, 0.5, 1 - number / VEILS]
        veil = comp.add_solid(shade, f"veil {number}", *SIDES)
        veil.blending_mode = modes[number % 2]
        opacity = transform(veil, "Opacity")
        opacity.set_value_at_time(0.0, 20.0 + number)
        opacity.set_value_at_time(frames / 25, 60.0)
    project.save(path)
    return path
