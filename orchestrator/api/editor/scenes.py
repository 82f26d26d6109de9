"""Name the routes of the editor's rows: scenes, fields, colours, controls, presets."""

from __future__ import annotations

from orchestrator.api.editor.rows import Noun, row_routes
from orchestrator.wire.content import colors, scenes

NOUNS = (
    Noun("scene", "scene", "scenes", "/v1/projects/{id}/scenes", "/v1/scenes/{id}", "scenes",
         scenes.Scene, scenes.ScenePage, scenes.SceneCreate, scenes.ScenePatch),
    Noun("element", "scene_element", "scene_elements", "/v1/scenes/{id}/elements",
         "/v1/scene-elements/{id}", "scenes",
         scenes.Element, scenes.ElementPage, scenes.ElementCreate, scenes.ElementPatch),
    Noun("scene_color", "scene_color", "scene_colors", "/v1/scenes/{id}/colors",
         "/v1/scene-colors/{id}", "colors", colors.SceneColor, colors.SceneColorPage,
         colors.SceneColorCreate, colors.SceneColorPatch),
    Noun("shared_color", "shared_color", "shared_colors", "/v1/projects/{id}/shared-colors",
         "/v1/shared-colors/{id}", "colors", colors.SharedColor, colors.SharedColorPage,
         colors.SharedColorCreate, colors.SharedColorPatch),
    Noun("control", "shared_control", "shared_controls", "/v1/projects/{id}/shared-controls",
         "/v1/shared-controls/{id}", "colors", colors.SharedControl, colors.SharedControlPage,
         colors.SharedControlCreate, colors.SharedControlPatch),
    Noun("preset", "color_preset", "color_presets", "/v1/projects/{id}/color-presets",
         "/v1/color-presets/{id}", "colors", colors.ColorPreset, colors.ColorPresetPage,
         colors.ColorPresetCreate, colors.ColorPresetPatch),
)  # fmt: skip
ROUTES = tuple(made for noun in NOUNS for made in row_routes(noun))
