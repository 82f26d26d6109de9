"""The picture of the demo template: three scenes of two seconds, and what goes over them."""

from __future__ import annotations

from typing import Any

from demo.parts import (
    FONT_REGULAR,
    circle,
    grow,
    move,
    place,
    rectangle,
    rise,
    transform,
    words,
)  # fmt: skip

WIDTH, HEIGHT, FPS, LENGTH_S = 1280, 720, 25.0, 6.0
WHITE = (1.0, 1.0, 1.0)
SOFT = (0.86, 0.88, 0.95)
INK = (0.06, 0.07, 0.14)
COLORS = {"background": "24,26,58,255", "accent": "255,111,89,255", "second": "84,214,195,255"}


def add_shared(folder: Any) -> None:
    """Add frshare: one text layer for each shared colour."""
    comp = folder.add_comp("frshare", WIDTH, HEIGHT, 1.0, LENGTH_S, FPS)
    for number, (key, value) in enumerate(COLORS.items()):
        layer = words(comp, key, value, 40, WHITE, FONT_REGULAR)
        place(layer, (WIDTH / 2, 200.0 + 90 * number))


def add_opening(folder: Any) -> Any:
    """Add scene 1: a headline between a sun and a ring."""
    comp = folder.add_comp("opening", WIDTH, HEIGHT, 1.0, 2.4, FPS)
    sun = circle(comp, "sun", (96, 690), 440, "accent")
    grow(sun, 0.0, 0.8)
    ring = circle(comp, "ring", (1130, 110), 360, "second", line=26)
    grow(ring, 0.15, 0.95)
    inner = circle(comp, "ring inside", (1130, 110), 230, "accent", line=10)
    grow(inner, 0.3, 1.1)
    for number in range(5):
        dot = circle(comp, f"dot {number + 1}", (1000 + 44.0 * number, 640), 14, "second")
        grow(dot, 0.5 + 0.07 * number, 0.9 + 0.07 * number)
    kicker = words(comp, "frl_c1t2", "FLATRENDER FARM", 36, SOFT, FONT_REGULAR)
    rise(kicker, (640, 240), 0.1)
    headline = words(comp, "frl_c1t1", "Your story, in motion", 104, WHITE)
    rise(headline, (640, 384), 0.2)
    bar = rectangle(comp, "bar", (640, 452), (180, 10), "accent", radius=5)
    grow(bar, 0.55, 1.1, across_only=True)
    return comp


def add_picture(folder: Any, placeholder: Any) -> Any:
    """Add scene 2: the client's picture in a frame, and words beside it."""
    comp = folder.add_comp("picture", WIDTH, HEIGHT, 1.0, 2.7, FPS)
    behind = rectangle(comp, "frame behind", (412, 388), (520, 520), "second", radius=12)
    _slide(behind, (412, 388), -560, 0.0)
    frame = rectangle(comp, "frame", (380, 356), (536, 536), WHITE, radius=12)
    _slide(frame, (380, 356), -560, 0.1)
    picture = comp.add(placeholder)
    picture.name = "frl_c2m1"
    transform(picture, "Scale").value = [80.0, 80.0, 100.0]
    _slide(picture, (380, 356), -560, 0.1)
    title = words(comp, "frl_c2t1", "One template", 72, WHITE)
    rise(title, (945, 330), 0.35)
    bar = rectangle(comp, "bar", (945, 372), (120, 8), "accent", radius=4)
    grow(bar, 0.55, 1.0, across_only=True)
    line = words(comp, "frl_c2t2", "a thousand films", 44, SOFT, FONT_REGULAR)
    rise(line, (945, 440), 0.5)
    for number in range(3):
        dot = circle(comp, f"dot {number + 1}", (901 + 44.0 * number, 520), 14, "second")
        grow(dot, 0.8 + 0.07 * number, 1.2 + 0.07 * number)
    return comp


def add_closing(folder: Any) -> Any:
    """Add scene 3: the accent colour fills the frame, and the last words stand on it."""
    comp = folder.add_comp("closing", WIDTH, HEIGHT, 1.0, 2.0, FPS)
    wave = circle(comp, "wave", (640, 360), 1500, "second")
    grow(wave, 0.0, 0.5)
    flood = circle(comp, "flood", (640, 360), 1500, "accent")
    grow(flood, 0.12, 0.66)
    halo = circle(comp, "halo", (640, 360), 620, WHITE, 16.0, line=4)
    grow(halo, 0.45, 1.3)
    outer = circle(comp, "outer halo", (640, 360), 900, WHITE, 12.0, line=4)
    grow(outer, 0.5, 1.5)
    headline = words(comp, "frl_c3t1", "Made with FlatRender", 92, INK)
    rise(headline, (640, 372), 0.45)
    bar = rectangle(comp, "bar", (640, 430), (160, 10), "background", radius=5)
    grow(bar, 0.7, 1.2, across_only=True)
    address = words(comp, "frl_c3t2", "flatrender.com", 36, INK, FONT_REGULAR, tracking=40)
    rise(address, (640, 506), 0.65)
    return comp


def add_final(folder: Any, opening: Any, picture: Any, closing: Any, music: Any) -> Any:
    """Add frfinal: the scenes one after another, the wipe between them, the music."""
    comp = folder.add_comp("frfinal", WIDTH, HEIGHT, 1.0, LENGTH_S, FPS)
    sound = comp.add(music)
    sound.name = "music"
    rectangle(comp, "ground", (640, 360), (WIDTH, HEIGHT), "background")
    drift = circle(comp, "drift", (300, 200), 760, WHITE, 4.0)
    move(
        transform(drift, "Position"),
        [(0.0, [240.0, 180.0, 0.0]), (LENGTH_S, [520.0, 300.0, 0.0])],
        0.0,
    )
    other = circle(comp, "other drift", (1000, 560), 620, WHITE, 3.0)
    move(
        transform(other, "Position"),
        [(0.0, [1080.0, 600.0, 0.0]), (LENGTH_S, [860.0, 480.0, 0.0])],
        0.0,
    )
    _nest(comp, opening, 0.0, 2.0)
    _nest(comp, picture, 2.0, 4.7)
    for name, delay in (("second", 0.0), ("accent", 0.1)):
        wipe = rectangle(comp, f"wipe {name}", (-900, 360), (1700, 1500), name)
        transform(wipe, "Rotate Z").value = 12.0
        start = 1.6 + delay
        move(
            transform(wipe, "Position"),
            [(start, [-1000.0, 360.0, 0.0]), (start + 0.8, [2280.0, 360.0, 0.0])],
            60.0,
        )
    _nest(comp, closing, 4.0, LENGTH_S)
    progress = rectangle(comp, "progress", (0, 716), (2 * WIDTH, 8), "second")
    move(
        transform(progress, "Scale"),
        [(0.0, [0.0, 100.0, 100.0]), (LENGTH_S, [100.0, 100.0, 100.0])],
        0.0,
    )
    return comp


def _slide(layer: Any, at: tuple[float, float], by: float, start_s: float) -> None:
    """Let a layer slide in from one side."""
    move(
        transform(layer, "Position"),
        [(start_s, [at[0] + by, at[1], 0.0]), (start_s + 0.75, [at[0], at[1], 0.0])],
        85.0,
    )


def _nest(comp: Any, scene: Any, start_s: float, end_s: float) -> None:
    layer = comp.add(scene)
    layer.start_time = start_s
    layer.out_point = end_s
