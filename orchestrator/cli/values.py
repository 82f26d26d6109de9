"""Turns --set and --color into a render order, with the scan to say what each key means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

from pydantic import ValidationError

from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.client import FarmClient
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import BindControl, FieldKind
from orchestrator.wire.renders import (
    FileRef,
    OrderColor,
    OrderScene,
    OrderValue,
    Plan,
    RenderOrder,
)
from orchestrator.wire.scan import ScanResult


@dataclass(frozen=True, slots=True)
class Wishes:
    """Hold what a person asked for on the command line, unchecked."""

    comp: str | None = None
    frames: str | None = None
    sets: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    engine: str = "preview"
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Name one field of a scan; `scene` is None for a shared control or colour."""

    scene: str | None
    key: str
    kind: FieldKind


async def order_of(
    client: FarmClient, project: UUID, scan: ScanResult, wishes: Wishes
) -> RenderOrder:
    """Build the order; sends media files on the way. CliError for what cannot be understood."""
    places = tuple(_places(scan))
    scenes: dict[str, list[OrderValue]] = {}
    controls: list[BindControl] = []
    colors = [_color(text) for text in wishes.colors]
    for text in wishes.sets:
        key, value = _split(text, "--set", "scene.key=value")
        place = find(places, key)
        if place.scene is not None:
            made = await _value(client, place, value)
            scenes.setdefault(place.scene, []).append(made)
        elif place.kind == "color":
            colors.append(_color(f"{place.key}={value}"))
        else:
            controls.append(_control(place.key, value))
    try:
        return RenderOrder(
            project_id=project,
            scenes=tuple(OrderScene(key=key, values=tuple(made)) for key, made in scenes.items()),
            colors=tuple(colors),
            controls=tuple(controls),
            engine=cast("EngineKind", wishes.engine),
            plan=cast("Plan | None", wishes.plan),
            comp=wishes.comp,
            frames=wishes.frames,
        )
    except ValidationError as error:
        raise CliError(_sentences(error), WRONG_USE) from error


def find(places: Iterable[Place], wanted: str) -> Place:
    """Find the one field that `scene.key`, `scene/key` or `key` means; CliError lists the rest."""
    every = tuple(places)
    fold = wanted.casefold()
    found = [place for place in every if fold in _names(place)]
    if not found:
        found = [place for place in every if place.key.casefold() == fold]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(_spelled(place) for place in (found or every)[:40]) or "none"
    if found:
        raise CliError(f"{wanted} means more than one field; write one of: {listed}.", WRONG_USE)
    raise CliError(f"There is no field {wanted}. This template has: {listed}.", WRONG_USE)


def _places(scan: ScanResult) -> Iterable[Place]:
    for scene in scan.scenes:
        for element in scene.elements:
            yield Place(scene.key, element.key, element.kind)
    for color in scan.shared_colors:
        yield Place(None, color.key, "color")
    for control in scan.controls:
        yield Place(None, control.key, "number")


def _names(place: Place) -> tuple[str, ...]:
    if place.scene is None:
        return (place.key.casefold(),)
    return (f"{place.scene}.{place.key}".casefold(), f"{place.scene}/{place.key}".casefold())


def _spelled(place: Place) -> str:
    return place.key if place.scene is None else f"{place.scene}.{place.key}"


def _split(text: str, option: str, form: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise CliError(f"{option} {text!r} is not understood; write {form}.", WRONG_USE)
    return key.strip(), value


def _color(text: str) -> OrderColor:
    key, value = _split(text, "--color", "key=#RRGGBB")
    try:
        return OrderColor(key=key, value=value)
    except ValidationError as error:
        raise CliError(f"{value!r} is not a colour; write {key}=#RRGGBB.", WRONG_USE) from error


def _control(key: str, value: str) -> BindControl:
    try:
        return BindControl(key=key, value=int(value))
    except ValueError as error:
        raise CliError(f"{key} is a whole number from 0 to 3, not {value!r}.", WRONG_USE) from error


async def _value(client: FarmClient, place: Place, value: str) -> OrderValue:
    if place.kind not in ("media", "audio"):
        return OrderValue(key=place.key, value=value)
    path = _media(place, value)
    sent = await client.upload_file(path)
    return OrderValue(key=place.key, value=FileRef(file_id=sent.id))


def _media(place: Place, value: str) -> Path:
    path = Path(value).expanduser()
    if not path.is_file():
        raise CliError(f"{_spelled(place)}: there is no file {path}.", WRONG_USE)
    return path


def _sentences(error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"]) or "order"
        lines.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
