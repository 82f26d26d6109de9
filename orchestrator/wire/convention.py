"""The naming convention of templates as one table that scan, bind, docs and tests all read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

CONVENTION_VERSION = 1

Role = Literal[
    "numbered_text",
    "numbered_media",
    "color_slot",
    "data",
    "editable",
    "container",
    "shared_reference",
    "unclassified",
    "plain",
]
CompRole = Literal["final", "assembled", "shared", "definitions"]


@dataclass(frozen=True, slots=True)
class CompRule:
    """A comp whose name has a meaning."""

    name: str
    role: CompRole
    meaning: str


@dataclass(frozen=True, slots=True)
class LayerRule:
    """A shape of layer (or footage item) name and what it means; the first that fits holds."""

    role: Role
    pattern: re.Pattern[str]
    example: str
    meaning: str


def _rule(role: Role, pattern: str, example: str, meaning: str) -> LayerRule:
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL | re.ASCII)
    return LayerRule(role, compiled, example, meaning)


COMP_RULES: tuple[CompRule, ...] = (
    CompRule("frfinal", "final", "the comp to render, made by the designer"),
    CompRule("flatrender", "assembled", "the comp to render, assembled by bind from scene comps"),
    CompRule("frshare", "shared", "shared values: a text layer each; its name is the key"),
    CompRule("all", "definitions", "shared-layer definitions"),
)
PREFIXES: tuple[str, ...] = ("frl_", "frd_", "frc_", "frs_")
LAYER_RULES: tuple[LayerRule, ...] = (
    _rule(
        "numbered_text",
        r"frl_(?P<scene>c\d{1,4})(?P<key>t\d{1,4})",
        "frl_c1t2",
        "text 2 of scene 1, in modes fix and music_visualizer",
    ),
    _rule(
        "numbered_media",
        r"frl_(?P<scene>c\d{1,4})(?P<key>m\d{1,4})",
        "frl_c1m1",
        "media 1 of scene 1: a layer, or a renamed footage item",
    ),
    _rule("editable", r"frl_(?P<key>.+)", "frl_title", "visible and editable: text, media, audio"),
    _rule("color_slot", r"frd_(?P<key>.*color)", "frd_maincolor", "a colour that clients choose"),
    _rule("data", r"frd_(?P<key>.+)", "frd_speed", "a hidden value: checkbox, dropdown, fill"),
    _rule("container", r"frc_(?P<key>.+)", "frc_intro", "a container comp that is duplicated"),
    _rule("shared_reference", r"frs_(?P<key>.+)", "frs_logo", "a reference to a shared layer"),
)
MARKERS: dict[str, str] = {"fr_in": "protected_in_s", "fr_out": "protected_out_s"}
"""Markers of a scene (modes flexible and mockup) whose outer side keeps its length."""
SCENE_LENGTHS: tuple[str, ...] = ("min_s", "max_s", "overlap_s")
"""Keys of `frd_` layers that speak of their scene (modes flexible and mockup), in seconds."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name says: its role, its key, and its scene where the name has one."""

    role: Role
    key: str
    scene: str | None = None


def classify(name: str) -> Meaning:
    """Say what a layer's or footage item's name means.

    Case is ignored; keys keep theirs. A name without a prefix is `plain`; one with a prefix
    that fits no rule is `unclassified`.
    """
    if not name[:4].lower().startswith(PREFIXES):
        return Meaning("plain", name)
    for rule in LAYER_RULES:
        match = rule.pattern.fullmatch(name)
        if match is not None:
            groups = match.groupdict()
            return Meaning(rule.role, groups["key"], groups.get("scene"))
    return Meaning("unclassified", name)


def direction_target(key: str) -> str | None:
    """Give the field key whose text direction a data key may hold: `dtitle` speaks of `title`.

    Only the other fields tell whether it does: `delay` is a value, unless a field `elay` is there.
    """
    return key[1:] if len(key) > 1 and key[0] in "dD" else None


def comp_role(name: str) -> CompRole | None:
    """Say what a comp's name means, or None when it means nothing."""
    lowered = name.lower()
    return next((rule.role for rule in COMP_RULES if rule.name == lowered), None)
