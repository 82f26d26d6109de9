"""What the compositor needs to know of a layer, read once from the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node_agent.preview.draw.transforms import (
    MAX_PARENTS,
    compose,
    multiply,
    translation,
    turned_in_depth,
)
from node_agent.preview.draw.values import Group, Prop, Values, as_number
from node_agent.preview.draw.vector import IDENTITY, Affine

_KINDS = {
    "TextLayer": "text",
    "ShapeLayer": "shape",
    "CameraLayer": "camera",
    "LightLayer": "light",
}
_SOURCES = {"SolidSource": "solid", "FileSource": "file", "PlaceholderSource": "placeholder"}
UNSEEN = frozenset({"camera", "light", "null", "none"})


@dataclass(slots=True, eq=False)
class LayerView:
    """Hold a layer's switches, spans (comp seconds) and groups.

    `kind` is text, shape, solid, file, placeholder, comp, adjustment, null, camera, light, other or
    none.
    """

    layer: Any
    kind: str
    source: Any
    in_s: float
    out_s: float
    start_s: float
    stretch: float
    blend: str
    matte_type: str
    transform: Group
    masks: Group | None
    effects: Group | None
    time_remap: Prop | None
    place: str

    def shows_at(self, time_s: float) -> bool:
        """Tell whether the layer's span holds the comp time; both ends may be swapped."""
        low, high = min(self.in_s, self.out_s), max(self.in_s, self.out_s)
        return low - 1e-6 <= time_s < high - 1e-6

    def source_time(self, time_s: float, values: Values) -> float:
        """Turn comp time into the source's own time."""
        if self.time_remap is not None:
            return as_number(values.at(self.time_remap, time_s), 0.0)
        return (time_s - self.start_s) / self.stretch


def view(layer: Any) -> LayerView:
    """Read one layer."""
    name = type(layer).__name__
    source = getattr(layer, "source", None)
    groups = {g.match_name: g for g in layer.properties}
    effects = groups.get("ADBE Effect Parade") if getattr(layer, "effects_active", True) else None
    stretch = as_number(layer.stretch, 100.0) / 100.0 or 1.0
    remap = None
    if getattr(layer, "time_remap_enabled", False):
        remap = groups.get("ADBE Time Remapping")
    return LayerView(
        layer=layer,
        kind=_kind(layer, name, source),
        source=source,
        in_s=float(layer.in_point),
        out_s=float(layer.out_point),
        start_s=float(layer.start_time),
        stretch=stretch,
        blend=str(getattr(getattr(layer, "blending_mode", None), "name", "NORMAL")),
        matte_type=str(getattr(getattr(layer, "track_matte_type", None), "name", "")),
        transform=groups.get("ADBE Transform Group"),
        masks=groups.get("ADBE Mask Parade"),
        effects=effects,
        time_remap=remap,
        place=f"{layer.containing_comp.name}/{layer.name}",
    )


def count_unseen(item: LayerView, values: Values) -> None:
    """Count the switches and styles of a layer that the preview does not draw."""
    layer = item.layer
    if layer.containing_comp.motion_blur and getattr(layer, "motion_blur", False):
        values.counts.add("motion blur", item.place)
    if layer.containing_comp.frame_blending and getattr(layer, "frame_blending", False):
        values.counts.add("frame blending", item.place)
    if str(getattr(layer.auto_orient, "name", "")) == "ALONG_PATH":
        values.counts.add("auto-orient along path", item.place)
    if getattr(layer, "preserve_transparency", False):
        values.counts.add("preserve transparency", item.place)
    styles = next((g for g in layer.properties if g.match_name == "ADBE Layer Styles"), None)
    if styles is None or not styles.enabled:
        return
    for style in styles.properties:
        if style.enabled and style.match_name != "ADBE Blend Options Group":
            values.counts.add(f"layer style {style.match_name.partition('/')[0]}", item.place)


def _kind(layer: Any, name: str, source: Any) -> str:
    if name in _KINDS:
        return _KINDS[name]
    if layer.null_layer:
        return "null"
    if layer.adjustment_layer:
        return "adjustment"
    if type(source).__name__ == "CompItem":
        return "comp"
    if type(source).__name__ != "FootageItem":
        return "none" if source is None else "other"
    inner = type(source.main_source).__name__
    return _SOURCES.get(inner, "other")


def local_matrix(item: LayerView, values: Values, time_s: float) -> Affine:
    """Give the layer's own transform; one in depth is seen from far away, straight on."""
    group = item.transform
    if group is None:
        return IDENTITY
    anchor = values.point(group, "ADBE Anchor Point", time_s, (0.0, 0.0))
    position = _position(group, values, time_s)
    scale = values.point(group, "ADBE Scale", time_s, (100.0, 100.0))
    turn = values.number(group, "ADBE Rotate Z", time_s)
    if not getattr(item.layer, "three_d_layer", False):
        return compose(anchor, position, scale, turn)
    values.counts.add("3D layer drawn flat", item.place)
    grown = compose(anchor, (0.0, 0.0), scale, 0.0)
    across, upright = (values.number(group, f"ADBE Rotate {axis}", time_s) for axis in "XY")
    turned = multiply(turned_in_depth(across, upright, turn), grown)
    facing = values.at(values.child(group, "ADBE Orientation"), time_s)
    if isinstance(facing, (list, tuple)) and len(facing) == 3:
        x, y, z = (as_number(angle) for angle in facing)
        turned = multiply(turned_in_depth(x, y, z), turned)
    return multiply(translation(*position), turned)


def _position(group: Group, values: Values, time_s: float) -> tuple[float, float]:
    prop = values.child(group, "ADBE Position")
    if prop is not None and getattr(prop, "dimensions_separated", False):
        return (
            values.number(group, "ADBE Position_0", time_s),
            values.number(group, "ADBE Position_1", time_s),
        )
    return values.point(group, "ADBE Position", time_s, (0.0, 0.0))


def comp_matrix(item: LayerView, views: dict[int, LayerView], values: Values, t: float) -> Affine:
    """Give the transform from the layer's space to its comp's, parents included."""
    matrix = local_matrix(item, values, t)
    parent = item.layer.parent
    for _ in range(MAX_PARENTS):
        if parent is None or id(parent) not in views:
            break
        matrix = multiply(local_matrix(views[id(parent)], values, t), matrix)
        parent = parent.parent
    return matrix
