"""The templates and pictures that the bench renders."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import numpy as np
from PIL import Image

from orchestrator.wire.renders import RenderOrder
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

WIDTH, HEIGHT, FPS = 1280, 720, 25
COMP, LAYER = "main", "mark"


def template(folder: Path, frames: int) -> Path:
    """Write a project of one comp with one text, so many frames long."""
    seconds = frames // FPS
    comp = CompSpec(
        COMP, (LayerSpec(LAYER, text="x", out_s=seconds),), width=WIDTH, height=HEIGHT,
        duration_s=seconds,
    )  # fmt: skip
    path = folder / f"template{frames}.aep"
    path.write_bytes(rifx.comps(comp))
    return path


def pictures(folder: Path, frames: int) -> Path:
    """Write frames as a camera might see them: slow gradients, moving shapes, a little grain."""
    chance = np.random.default_rng(7)
    folder.mkdir()
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    grain = chance.normal(0, 1.5, (HEIGHT, WIDTH, 3)).astype(np.float32)
    for number in range(frames):
        angle = number / 40
        sky = np.stack(
            [
                110 + 60 * np.sin(columns / 300 + angle),
                120 + 50 * np.cos(rows / 200 - angle),
                140 + 40 * np.sin((rows + columns) / 400),
            ],
            axis=2,
        )
        for k in range(6):
            x = (WIDTH / 2) * (1 + 0.8 * np.cos(angle + k))
            y = (HEIGHT / 2) * (1 + 0.8 * np.sin(1.3 * angle + k))
            inside = (columns - x) ** 2 + (rows - y) ** 2 < (40 + 15 * k) ** 2
            sky[inside] = (40 * k, 250 - 30 * k, 90 + 20 * k)
        whole = sky + np.roll(grain, (number * 37, number * 91), (0, 1))
        Image.fromarray(np.clip(whole, 0, 255).astype(np.uint8)).save(
            folder / f"{number:05d}.png", compress_level=1
        )
    return folder


def order(project: UUID, frames: int, **more: object) -> RenderOrder:
    """Order all frames of the template."""
    body = {"project_id": project, "comp": COMP, "frames": f"0-{frames - 1}", **more}
    return RenderOrder.model_validate(body)
