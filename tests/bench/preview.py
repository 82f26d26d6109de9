"""bench preview: our drawing of real projects beside rlottie's of their exports, and its speed.

`diff_*` is the mean absolute difference per channel, in 255ths, between our frames of a project and
rlottie's of the Bodymovin export beside it, both over the comp's own background at its full size,
at frames spread over the export. `fps_geometry` is frames per second of the stand-in's own loop in
one process: values, drawing, encoding and writing each PNG to its place.

The trophy's project was saved in another state than the one that was exported: its picture is
smaller by 1.45 and it ends otherwise. `diff_trophy` compares the exported state, to which the
project is brought before it is drawn; `as_saved_trophy` compares the file as it is.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rlottie_python.rlottie_wrapper import LottieAnimation

from node_agent.preview.aerender.lines import Lines
from node_agent.preview.aerender.outputs import output
from node_agent.preview.aerender.plan import Item
from node_agent.preview.aerender.session import Session
from node_agent.preview.aerender.stage import Stage
from node_agent.preview.config import PreviewConfig, PreviewPlaces
from node_agent.preview.draw.project import find_comp, open_project
from node_agent.preview.templates_store import OutputTemplate
from tests.bench.frame import CannotMeasure, Report, Wish, tell

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "aep"
FRAMES, QUICK_FRAMES = 12, 3
SPEED_FRAMES, QUICK_SPEED_FRAMES = 120, 20
ROUNDS, QUICK_ROUNDS = 3, 1
LEAST_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Name a zip of a project and its export, the comp that was exported, and its bar."""

    archive: str
    project: str
    export: str
    comp: str
    most: float
    mend: Callable[[Any], None] | None = None


def _as_exported(project: Any) -> None:
    """Bring the trophy's project to the state of its export, by what the export says of it."""
    comps = {comp.name: comp for comp in project.compositions}
    edit, inner = comps["trophy-edit"], comps["trophy&ribbon"]
    for layer in list(edit.layers)[:3]:
        place, size = (layer.transform.property(f"ADBE {name}") for name in ("Position", "Scale"))
        place.value = [960 + (x - 960) * 1.45 for x in place.value[:2]] + [0.0]
        size.value = [x * 1.45 for x in size.value[:2]] + [100.0]
    backwards, forwards, _, papers, *_ = inner.layers
    backwards.enabled = False
    fades = ((forwards, [7.0, 7.18, 7.54], [100, 20, 0]), (papers, [0, 0.3, 0.54], [0, 20, 100]))
    for layer, times, values in fades:
        layer.transform.property("ADBE Opacity").set_values_at_times(times, values)
    papers.transform.property("ADBE Opacity").set_values_at_times([7.0, 7.18, 7.54], [100, 20, 0])


KNOWN = {
    "geometry": Sample("geometry", "Geometry.aep", "Geometry.json", "Comp 1", 4.0),
    "sky": Sample("sky", "sky.aep", "sky.json", "ilustra", 4.0),
    "angel": Sample("angel", "ANGEL.aep", "engel.json", "ANGEL main", 4.0),
    "trophy": Sample(
        "trophy_animation",
        "Trophy-animation/trophy-animation.aep",
        "Trophy-animation/trophy.json",
        "trophy-edit",
        8.0,
        _as_exported,
    ),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Hold one sample, ready to be drawn by both."""

    stage: Stage
    comp: Any
    export: Path
    first: int
    last: int

    def numbers(self, count: int) -> list[int]:
        """Give `count` of the comp's frame numbers, spread over the export."""
        return [int(n) for n in np.linspace(self.first, self.last, count).round()]


async def run(wish: Wish) -> Report:
    """Measure the difference of each sample, then the speed on geometry."""
    report = Report("preview")
    for name, sample in KNOWN.items():
        if wish.wants(name):
            with opened(sample) as found:
                mean = _difference(report, name, found, wish)
            report.figures[f"diff_{name}"] = round(mean, 3)
            report.hold(f"diff_{name}", mean, most=sample.most)
            if sample.mend is not None:
                with opened(replace(sample, mend=None)) as found:
                    saved = _difference(report, f"{name} as saved", found, wish)
                report.figures[f"as_saved_{name}"] = round(saved, 3)
    if wish.wants("fps"):
        with opened(KNOWN["geometry"]) as found:
            _speed(report, found, wish)
    return report


@contextlib.contextmanager
def opened(sample: Sample) -> Iterator[Opened]:
    """Unpack and open a sample for a while. Raises CannotMeasure where it is missing."""
    archive = SAMPLES / f"lottie-android-{sample.archive}.zip"
    if not archive.is_file():
        raise CannotMeasure(
            f"bench preview compares with {archive.name}, which is not in {SAMPLES}; "
            "put the folder `shared` with the samples beside this checkout"
        )
    with tempfile.TemporaryDirectory(prefix="bench-preview-") as name:
        folder = Path(name)
        with zipfile.ZipFile(archive) as zipped:
            for member in (sample.project, sample.export):
                (folder / Path(member).name).write_bytes(zipped.read(member))
        path, export = folder / Path(sample.project).name, folder / Path(sample.export).name
        project, _ = open_project(path)
        if sample.mend is not None:
            sample.mend(project)
        facts = json.loads(export.read_text(encoding="utf-8"))
        yield Opened(
            Stage(project, path, PreviewPlaces(root=folder)),
            find_comp(project, sample.comp),
            export,
            round(facts["ip"]),
            round(facts["op"]) - 1,
        )


def ours(found: Opened, number: int) -> np.ndarray:
    """Draw one frame over the comp's background; gives RGB floats (h, w, 3)."""
    pixels = found.stage.frame(found.comp, number / float(found.comp.frame_rate)).astype(float)
    alpha = pixels[:, :, 3:] / 255
    return np.asarray(pixels[:, :, :3] * alpha + _background(found) * (1 - alpha))


def theirs(found: Opened, animation: LottieAnimation, number: int) -> np.ndarray:
    """Let rlottie draw the same frame, over the same background; its pixels are premultiplied."""
    width, height = found.comp.width, found.comp.height
    drawn = animation.lottie_animation_render(number - found.first, width=width, height=height)
    image = Image.frombuffer("RGBA", (width, height), drawn, "raw", "BGRA", 0, 1)
    pixels = np.asarray(image).astype(float)
    return np.asarray(pixels[:, :, :3] + _background(found) * (1 - pixels[:, :, 3:] / 255))


def _background(found: Opened) -> np.ndarray:
    return np.asarray(found.comp.bg_color[:3], dtype=float) * 255


def _difference(report: Report, name: str, found: Opened, wish: Wish) -> float:
    """Give the mean difference over the frames; each frame's is kept as raw."""
    animation = LottieAnimation.from_file(str(found.export))
    differences = []
    for number in found.numbers(QUICK_FRAMES if wish.is_quick else FRAMES):
        difference = np.abs(ours(found, number) - theirs(found, animation, number)).mean()
        differences.append(float(difference))
        tell(f"{name}: frame {number} differs by {difference:.2f}")
    report.raw[f"diff_{name}"] = [round(value, 3) for value in differences]
    skipped = found.stage.counts.as_dict()
    if skipped:
        report.notes.append(f"{name} leaves out {json.dumps(skipped)}")
    return sum(differences) / len(differences)


def _speed(report: Report, found: Opened, wish: Wish) -> None:
    count = QUICK_SPEED_FRAMES if wish.is_quick else SPEED_FRAMES
    rates: list[float] = []
    numbers = found.numbers(2)
    with tempfile.TemporaryDirectory(prefix="bench-frames-") as name:
        target = output(OutputTemplate("png", "rgb"), str(Path(name) / "f_[#####].png"))
        whole = Item(found.comp, "Best Settings", 0, 0, 1, (target,))
        # Every part of the animation has its turn, in as many frames as are wanted.
        step = max(1, (numbers[1] - numbers[0]) // count)
        last = numbers[0] + step * (count - 1)
        item = replace(whole, first=numbers[0], last=last, step=step)
        for turn in range(QUICK_ROUNDS if wish.is_quick else ROUNDS):
            session = Session(found.stage, PreviewConfig(), Lines(progress=False))
            begun = time.perf_counter()
            with contextlib.closing(session), contextlib.redirect_stdout(None):
                session.render(item, datetime.now())  # noqa: DTZ005 - the log shows local time
            rates.append(count / (time.perf_counter() - begun))
            tell(f"round {turn + 1}: {rates[-1]:.1f} frames per second")
    value = report.figure("fps_geometry", rates)
    report.hold("fps_geometry", value, least=LEAST_FPS)
