"""A thin, fast door to the ThorVG engine: shapes, scenes, pictures and one software canvas.

The binding's own classes declare argument types again at every call; a frame makes thousands of
calls, so this module declares them once and speaks to the same shared library.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from thorvg_python.engine import Engine

Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, tx, ty: x' = a x + c y + tx, y' = b x + d y + ty."""
Rgba = tuple[int, int, int, int]

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

MASK_ALPHA, MASK_INVERSE_ALPHA, MASK_LUMA, MASK_INVERSE_LUMA = 1, 2, 3, 4
STRAIGHT_ALPHA, PREMULTIPLIED = 2, 0
REACH = 30_000.0
"""Far enough to cover any layer: the ground that something is cut out of."""
CLOSE, MOVE, LINE, CUBIC = 0, 1, 2, 3

_PTR, _F, _U8, _U32, _I, _D, _B = (
    ctypes.c_void_p,
    ctypes.c_float,
    ctypes.c_uint8,
    ctypes.c_uint32,
    ctypes.c_int,
    ctypes.c_double,
    ctypes.c_bool,
)

_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "swcanvas_create": (_U8,),
    "swcanvas_set_target": (_PTR, _PTR, _U32, _U32, _U32, _U8),
    "canvas_add": (_PTR, _PTR),
    "canvas_remove": (_PTR, _PTR),
    "canvas_draw": (_PTR, _B),
    "canvas_sync": (_PTR,),
    "canvas_destroy": (_PTR,),
    "paint_duplicate": (_PTR,),
    "paint_set_transform": (_PTR, _PTR),
    "paint_set_opacity": (_PTR, _U8),
    "paint_set_blend_method": (_PTR, _U8),
    "paint_set_mask_method": (_PTR, _PTR, _U8),
    "paint_set_clip": (_PTR, _PTR),
    "scene_new": (),
    "scene_add": (_PTR, _PTR),
    "scene_add_effect_gaussian_blur": (_PTR, _D, _I, _I, _I),
    "scene_add_effect_fill": (_PTR, _I, _I, _I, _I),
    "scene_add_effect_tint": (_PTR, _I, _I, _I, _I, _I, _I, _D),
    "scene_add_effect_drop_shadow": (_PTR, _I, _I, _I, _I, _D, _D, _D, _I),
    "shape_new": (),
    "shape_append_path": (_PTR, _PTR, _U32, _PTR, _U32),
    "shape_append_rect": (_PTR, _F, _F, _F, _F, _F, _F, _B),
    "shape_set_fill_color": (_PTR, _U8, _U8, _U8, _U8),
    "shape_set_fill_rule": (_PTR, _I),
    "shape_set_gradient": (_PTR, _PTR),
    "shape_set_stroke_width": (_PTR, _F),
    "shape_set_stroke_color": (_PTR, _U8, _U8, _U8, _U8),
    "shape_set_stroke_cap": (_PTR, _I),
    "shape_set_stroke_join": (_PTR, _I),
    "shape_set_stroke_miterlimit": (_PTR, _F),
    "shape_set_stroke_dash": (_PTR, _PTR, _U32, _F),
    "shape_set_stroke_gradient": (_PTR, _PTR),
    "linear_gradient_new": (),
    "linear_gradient_set": (_PTR, _F, _F, _F, _F),
    "radial_gradient_new": (),
    "radial_gradient_set": (_PTR, _F, _F, _F, _F, _F, _F),
    "gradient_set_color_stops": (_PTR, _PTR, _U32),
    "picture_new": (),
    "picture_load_raw": (_PTR, _PTR, _U32, _U32, _U8, _B),
}
_MAKERS = ("swcanvas_create", "paint_duplicate")


class _Stop(ctypes.Structure):
    _fields_ = (("offset", _F), ("r", _U8), ("g", _U8), ("b", _U8), ("a", _U8))


class Vector:
    """One running ThorVG engine (single threaded, so frames are the same on every machine)."""

    def __init__(self) -> None:
        self._engine = Engine(threads=0)
        # A collected Engine ends ThorVG, and any thread may collect one while another draws. So
        # the calls keep the interpreter's lock, and one start more than ends keeps it running.
        library = ctypes.PyDLL(self._engine.thorvg_lib._name)  # noqa: SLF001
        library.tvg_engine_init(0)
        for name, arguments in _SIGNATURES.items():
            function = getattr(library, f"tvg_{name}")
            function.argtypes = list(arguments)
            makes = name.endswith("_new") or name in _MAKERS
            function.restype = _PTR if makes else _I
            setattr(self, f"_{name}", function)
        self._matrix = (_F * 9)(*([0.0] * 9))
        self._held: list[np.ndarray] = []

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    # paints ---------------------------------------------------------------------------------

    def scene(self, children: Sequence[int] = ()) -> int:
        """Make a scene that owns `children`, first child at the bottom."""
        scene = int(self._scene_new())
        for child in children:
            self._scene_add(scene, child)
        return scene

    def add(self, scene: int, child: int) -> None:
        """Put `child` on top of what `scene` holds; the scene owns it from here on."""
        self._scene_add(scene, child)

    def shape(self, commands: np.ndarray, points: np.ndarray) -> int:
        """Make a shape from uint8 path commands and float32 (n, 2) points."""
        shape = int(self._shape_new())
        if len(commands):
            self._shape_append_path(
                shape, commands.ctypes.data, len(commands), points.ctypes.data, len(points)
            )
        return shape

    def rect(self, x: float, y: float, width: float, height: float) -> int:
        """Make an unfilled rectangle."""
        shape = int(self._shape_new())
        self._shape_append_rect(shape, x, y, width, height, 0.0, 0.0, True)
        return shape

    def picture(self, pixels: np.ndarray) -> int:
        """Make a picture of straight-alpha RGBA `pixels` (h, w, 4), kept until the next drawing."""
        self._held.append(pixels)
        picture = int(self._picture_new())
        height, width = pixels.shape[:2]
        self._picture_load_raw(picture, pixels.ctypes.data, width, height, STRAIGHT_ALPHA, False)
        return picture

    def duplicate(self, paint: int) -> int:
        """Copy `paint` and all it owns; the original stays for more copies."""
        return int(self._paint_duplicate(paint))

    # looks ----------------------------------------------------------------------------------

    def transform(self, paint: int, m: Affine) -> None:
        """Set the affine transform of `paint` within its parent."""
        c = self._matrix
        c[0], c[1], c[2] = m[0], m[2], m[4]
        c[3], c[4], c[5] = m[1], m[3], m[5]
        c[6], c[7], c[8] = 0.0, 0.0, 1.0
        self._paint_set_transform(paint, ctypes.addressof(c))

    def opacity(self, paint: int, amount: float) -> None:
        """Set opacity, 0 to 1."""
        self._paint_set_opacity(paint, max(0, min(255, round(amount * 255))))

    def blend(self, paint: int, method: int) -> None:
        """Set the blend method by ThorVG's number."""
        self._paint_set_blend_method(paint, method)

    def mask(self, paint: int, target: int, method: int) -> None:
        """Mask `paint` by `target`, which `paint` owns from here on."""
        self._paint_set_mask_method(paint, target, method)

    def clip(self, paint: int, shape: int) -> None:
        """Clip `paint` to a shape in the paint's own space, which it owns from here on."""
        self._paint_set_clip(paint, shape)

    def fill(self, shape: int, colour: Rgba) -> None:
        """Fill `shape` with 8-bit straight RGBA."""
        self._shape_set_fill_color(shape, *colour)

    def fill_gradient(self, shape: int, gradient: int) -> None:
        """Fill `shape` with a gradient, which it owns from here on."""
        self._shape_set_gradient(shape, gradient)

    def even_odd(self, shape: int) -> None:
        """Let `shape` be where its outlines overlap an odd number of times."""
        self._shape_set_fill_rule(shape, 1)

    def stroke(self, shape: int, width: float, colour: Rgba, gradient: int | None = None) -> None:
        """Stroke `shape` with a colour, or with a gradient when one is given."""
        self._shape_set_stroke_width(shape, width)
        if gradient is None:
            self._shape_set_stroke_color(shape, *colour)
        else:
            self._shape_set_stroke_gradient(shape, gradient)

    def stroke_ends(self, shape: int, cap: int, join: int, miter: float) -> None:
        """Set cap (0 butt, 1 round, 2 square), join (0 miter, 1 round, 2 bevel), miter limit."""
        self._shape_set_stroke_cap(shape, cap)
        self._shape_set_stroke_join(shape, join)
        self._shape_set_stroke_miterlimit(shape, max(1.0, miter))

    def stroke_dashes(self, shape: int, lengths: Sequence[float], offset: float) -> None:
        """Dash the stroke; `lengths` alternate dash and gap."""
        array = (_F * len(lengths))(*lengths)
        self._shape_set_stroke_dash(shape, ctypes.addressof(array), len(lengths), offset)

    def linear(self, a: Sequence[float], b: Sequence[float], stops: Sequence[float]) -> int:
        """Make a linear gradient; see `_stops` for the stops."""
        gradient = int(self._linear_gradient_new())
        self._linear_gradient_set(gradient, a[0], a[1], b[0], b[1])
        self._stops(gradient, stops)
        return gradient

    def radial(
        self, centre: Sequence[float], radius: float, focus: Sequence[float], stops: Sequence[float]
    ) -> int:
        """Make a radial gradient whose focus may lie off the centre."""
        gradient = int(self._radial_gradient_new())
        self._radial_gradient_set(
            gradient, centre[0], centre[1], max(radius, 0.01), focus[0], focus[1], 0.0
        )
        self._stops(gradient, stops)
        return gradient

    def _stops(self, gradient: int, stops: Sequence[float]) -> None:
        count = len(stops) // 5
        array = (_Stop * count)()
        for i in range(count):
            offset, *channels = stops[i * 5 : i * 5 + 5]
            array[i] = _Stop(offset, *(max(0, min(255, round(c * 255))) for c in channels))
        self._gradient_set_color_stops(gradient, ctypes.addressof(array), count)

    # scene effects --------------------------------------------------------------------------

    def blur(self, scene: int, sigma: float, direction: int = 0, *, repeat_edges: bool) -> None:
        """Blur a scene: direction 0 both, 1 horizontal, 2 vertical; sigma in pixels."""
        border = 0 if repeat_edges else 1
        self._scene_add_effect_gaussian_blur(scene, sigma, direction, border, 75)

    def recolour(self, scene: int, colour: Rgba) -> None:
        """Replace every colour of a scene, keeping its alpha."""
        self._scene_add_effect_fill(scene, *colour)

    def tint(self, scene: int, black: Rgba, white: Rgba, amount: float) -> None:
        """Map dark to `black` and light to `white`; amount 0 to 1."""
        self._scene_add_effect_tint(scene, *black[:3], *white[:3], amount * 100.0)

    def drop_shadow(
        self, scene: int, colour: Rgba, angle: float, distance: float, sigma: float
    ) -> None:
        """Add a shadow under a scene; angle in degrees, distance and sigma in pixels."""
        self._scene_add_effect_drop_shadow(scene, *colour, angle, distance, sigma, 75)

    # drawing --------------------------------------------------------------------------------

    def draw(self, root: int, width: int, height: int) -> np.ndarray:
        """Draw the scene `root` (and give it up); returns straight-alpha RGBA (h, w, 4) uint8."""
        pixels = self.flattened(root, width, height)
        self._held.clear()
        return pixels

    def flattened(self, root: int, width: int, height: int) -> np.ndarray:
        """Draw as `draw` does while other scenes still wait with their pictures."""
        pixels = np.zeros((height, width, 4), dtype=np.uint8)
        canvas = self._swcanvas_create(1)
        self._swcanvas_set_target(canvas, pixels.ctypes.data, width, width, height, STRAIGHT_ALPHA)
        self._canvas_add(canvas, root)
        self._canvas_draw(canvas, True)
        self._canvas_sync(canvas)
        self._canvas_destroy(canvas)
        return pixels
