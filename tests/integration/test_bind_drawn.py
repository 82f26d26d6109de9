"""Templates drawn by chance: what the server takes as an order, bind assembles in that length."""

from __future__ import annotations

import random
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from orchestrator import aep
from orchestrator.core.templates import bind_spec, check_order, scan_project
from orchestrator.core.templates.timeline import rendered_comp, sequenced
from orchestrator.wire.renders import FileRef, OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene
from tests.fakes.templates import TemplateMaker
from tests.support.bind_job import BindJob

VALUES: dict[str, str | bool | int] = {
    "text": "متن نو",
    "textarea": "دو\nخط",
    "checkbox": True,
    "number": 7,
    "color": "#0a0b0c",
    "fill": "#0a0b0c",
}
FILE = UUID(int=2)
# What a text that nobody can change is refused with; every other error is ours.
EXPECTED = {"expression_wins", "value_refused"}


def drawn_order(scan: ScanResult, draw: random.Random) -> RenderOrder:
    """Order some scenes, some of them twice, with lengths and values that they may have."""
    scenes = [scene for scene in scan.scenes if not scene.shared]
    chosen = draw.choices(scenes, k=draw.randint(1, 4))
    return RenderOrder(project_id=UUID(int=1), scenes=tuple(_use(one, draw) for one in chosen))


def _use(scene: ScanScene, draw: random.Random) -> OrderScene:
    values = tuple(made for one in scene.elements if (made := _value(one, draw)) is not None)
    least = max(scene.min_s or 0.0, 0.2)
    length = draw.choice((None, least + draw.random() * 4))
    return OrderScene(key=scene.key, duration_s=length, values=values)


def _value(element: ScanElement, draw: random.Random) -> OrderValue | None:
    if not (element.required or draw.random() < 0.7):
        return None
    if element.kind == "media":
        return OrderValue(key=element.key, value=FileRef(file_id=FILE))
    if element.kind not in VALUES:
        return None
    return OrderValue(key=element.key, value=VALUES[element.kind])


@pytest.mark.parametrize("part", range(4))
def test_whatever_the_template_an_order_that_is_taken_is_bound_in_its_length(
    tmp_path: Path, part: int, long_run: bool
) -> None:
    done = 0
    for seed in range(part, 400 if long_run else 8, 4):
        folder = tmp_path / str(seed)
        job = BindJob(folder / "job")
        job.prepare(None)
        Image.new("RGB", (64, 48)).save(job.folder / "media" / "a.png")
        path = TemplateMaker(seed, job.folder, tidy=True).save()
        scan = scan_project(aep.read(path.read_bytes()))
        order = sequenced(drawn_order(scan, random.Random(seed)), scan)
        problems = check_order(order, scan)
        if problems:
            assert {problem.code for problem in problems} <= {"missing", "lengths_crossed"}, (
                problems
            )
            continue

        spec = bind_spec(order, scan, {FILE: "media/a.png"})
        result = job.run(spec.model_dump(mode="json"))

        told = {error.code for error in result.errors}
        assert told <= EXPECTED, (seed, result.errors)
        if result.ok:
            done += 1
            comp = rendered_comp(order, scan)
            assert (result.frames, result.final_comp) == (comp.frames, "flatrender"), seed
            final = next(c for c in job.bound().compositions if c.name == "flatrender")
            shown = [layer for layer in final.composition_layers if "#" in layer.source.name]
            assert len(shown) == len(order.scenes), seed
            assert max(layer.out_point for layer in shown) == pytest.approx(
                comp.duration_s, abs=0.001
            ), seed
    assert done > 0
