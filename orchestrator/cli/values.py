"""Turns --scene, --set and --color into a render order; the scan says what each key means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

from pydantic import ValidationError

from orchestrator.cli.output.looks import Look, look_of
from orchestrator.cli.output.wanted import audio_of
from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.client import FarmClient
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import ASSEMBLED_MODES, FILE_KINDS, BindControl, FieldKind
from orchestrator.wire.media.output import OutputSpec
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
    scenes: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    duration_s: float | None = None
    output: OutputSpec | None = None
    audio: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Name one field of a scan; `scene` is None for a shared control or colour."""

    scene: str | None
    key: str
    kind: FieldKind


class Played:
    """The scenes of an order as they play; one that is played twice has values for each time.

    `wanted` are words of --scene: KEY or KEY=SECONDS; without any, a template that is assembled
    from scenes plays all of its own. CliError for what is no scene.
    """

    def __init__(self, scan: ScanResult, wanted: Iterable[str]) -> None:
        self._keys = {scene.key.casefold(): scene.key for scene in scan.scenes}
        self._uses: list[tuple[str, float | None, list[OrderValue]]] = []
        for text in wanted:
            self._uses.append((*self._use(text), []))
        if not self._uses and scan.mode in ASSEMBLED_MODES:
            self._uses = [(scene.key, None, []) for scene in scan.scenes if not scene.shared]

    def _use(self, text: str) -> tuple[str, float | None]:
        key, equals, seconds = text.rpartition("=")
        if equals and key.casefold() in self._keys:
            try:
                return self._keys[key.casefold()], float(seconds)
            except ValueError as error:
                raise CliError(f"{seconds!r} is no length; write {key}=2.5.", WRONG_USE) from error
        if text.casefold() not in self._keys:
            known = ", ".join(self._keys.values()) or "none"
            raise CliError(f"There is no scene {text}. This template has: {known}.", WRONG_USE)
        return self._keys[text.casefold()], None

    def set(self, scene: str, time: int | None, value: OrderValue) -> None:
        """Give a value to a scene: to its `time`-th use, from 1 on, or to every use of it."""
        uses = [use for use in self._uses if use[0] == scene]
        if time is not None:
            if time > len(uses):
                raise CliError(f"{scene} is played {len(uses)} times, not {time}.", WRONG_USE)
            uses = uses[time - 1 : time]
        elif not uses:
            uses = [(scene, None, [])]
            self._uses += uses
        for use in uses:
            use[2].append(value)

    def scenes(self) -> tuple[OrderScene, ...]:
        """Give the scenes of the order."""
        return tuple(
            OrderScene(key=key, duration_s=seconds, values=tuple(values))
            for key, seconds, values in self._uses
        )


async def order_of(
    client: FarmClient, project: UUID, scan: ScanResult, wishes: Wishes
) -> RenderOrder:
    """Build the order; sends media files on the way. CliError for what cannot be understood."""
    places = tuple(_places(scan))
    played = Played(scan, wishes.scenes)
    audio = await audio_of(client, wishes.audio)
    controls: list[BindControl] = []
    given: set[Place] = set()
    colors = [_color(text) for text in wishes.colors]
    looks = _looks(places, wishes.looks)
    for text in wishes.sets:
        key, value = _split(text, "--set", "scene.key=value")
        key, time = _time_of(places, key)
        place = find(places, key)
        if place.scene is not None:
            played.set(place.scene, time, await _value(client, place, value, looks))
            given.add(place)
        elif place.kind == "color":
            colors.append(_color(f"{place.key}={value}"))
        else:
            controls.append(_control(place.key, value))
    for place in looks.keys() - given:
        raise CliError(f"--look {_spelled(place)} needs its value too: --set.", WRONG_USE)
    try:
        return RenderOrder(
            project_id=project,
            scenes=played.scenes(),
            colors=tuple(colors),
            controls=tuple(controls),
            engine=cast("EngineKind", wishes.engine),
            plan=cast("Plan | None", wishes.plan),
            comp=wishes.comp,
            frames=wishes.frames,
            duration_s=wishes.duration_s,
            output=wishes.output or OutputSpec(),
            audio=audio,
        )
    except ValidationError as error:
        raise CliError(_sentences(error), WRONG_USE) from error


def _time_of(places: Iterable[Place], key: str) -> tuple[str, int | None]:
    """Take the time out of `scene#2.key`, the second time that a scene is played."""
    match = re.fullmatch(r"(.+)#([1-9]\d{0,2})([./].+)", key, re.DOTALL)
    if match is None or any(key.casefold() in _names(place) for place in places):
        return key, None
    return match[1] + match[3], int(match[2])


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


def _looks(places: Iterable[Place], wanted: Iterable[str]) -> dict[Place, Look]:
    found: dict[Place, Look] = {}
    for text in wanted:
        key, look = look_of(text)
        found.setdefault(find(places, key), {}).update(look)
    return found


async def _value(
    client: FarmClient, place: Place, value: str, looks: Mapping[Place, Look]
) -> OrderValue:
    given: str | FileRef = value
    if place.kind in FILE_KINDS:
        given = FileRef(file_id=(await client.upload_file(_media(place, value))).id)
    try:
        return OrderValue.model_validate({"key": place.key, "value": given, **looks.get(place, {})})
    except ValidationError as error:
        raise CliError(f"{_spelled(place)}: {_sentences(error)}", WRONG_USE) from error


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
