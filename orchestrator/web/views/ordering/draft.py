"""What a person has put together of an order so far: scenes in their sequence, and typed texts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from multidict import MultiMapping

from orchestrator.errors import Invalid
from orchestrator.ids import id_of, new_id
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.scan import ScanResult, ScanScene

USE: Final = "use"
"""Names the hidden inputs with the scenes as they play: number, a space, key."""
OPEN: Final = "open"
"""Names those with the numbers of the scenes whose fields are shown."""
KEY: Final = "order_key"
STEP: Final = "step"
USES_MOST: Final = 500
FIELDS_MOST: Final = 800
"""Fields that one form shows, so that it can be sent back."""
FIELDS_IN_ALL: Final = 20_000
"""Fields of all scenes that a form orders, shown or not."""
LOOKS: Final = ("direction", "font", "size", "justify", "fit")
TRACKS: Final = ("music", "sfx", "voiceover")


@dataclass(frozen=True, slots=True)
class Use:
    """Be one use of a scene; its number names its inputs and stays when it is moved."""

    number: int
    key: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold an order as it was typed: `texts` by the names of the form's inputs.

    What has no text was not shown, or stands as the template has it. `key` makes one render of a
    form that is sent twice.
    """

    uses: tuple[Use, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    opened: frozenset[int] = frozenset()
    key: UUID = field(default_factory=new_id)

    def job_id(self) -> UUID:
        """Give the id of the render that this very draft makes: the same when it comes again."""
        plain = [[(one.number, one.key) for one in self.uses], sorted(self.texts.items())]
        return id_of(self.key, json.dumps(plain).encode())


def value_name(number: int, key: str) -> str:
    """Name the input of a field's value."""
    return f"v.{number}.{key}"


def look_name(what: str, number: int, key: str) -> str:
    """Name the input of a text's font, size or direction, or of a picture's fit."""
    return f"{what}.{number}.{key}"


def length_name(number: int) -> str:
    """Name the input of a scene's length."""
    return f"length.{number}"


def number_in(name: str) -> int | None:
    """Give the number of the scene whose field an input is about; None for any other input."""
    what, _, rest = name.partition(".")
    return whole(rest.partition(".")[0]) if what in ("v", "length", *LOOKS) else None


def fresh(scan: ScanResult) -> Draft:
    """Give the order of everything as the template has it."""
    return Draft(tuple(Use(n, scene.key) for n, scene in enumerate(played(scan))))


def played(scan: ScanResult) -> list[ScanScene]:
    """Give a template's scenes in their order, what all of them share at the end.

    One without a field is left out where it plays anyway.
    """
    assembled = scan.mode in ASSEMBLED_MODES
    found = [one for one in scan.scenes if one.elements or (assembled and not one.shared)]
    return sorted(found, key=lambda scene: (scene.shared, scene.order))


def typed(form: MultiMapping[str], scan: ScanResult) -> tuple[Draft, tuple[str, ...]]:
    """Read a form that was sent, and give the scenes in it that the template has no more.

    Raises Invalid (`too_many_scenes`, `form_too_large`).
    """
    known = {scene.key for scene in scan.scenes}
    uses: dict[int, Use] = {}
    lost = []
    for text in form.getall(USE, []):
        written, _, key = text.partition(" ")
        number = whole(written)
        if number is not None and key in known:
            uses.setdefault(number, Use(number, key))
        else:
            lost.append(key)
    _must_be_drawn(uses.values(), scan)
    opened = {number for one in form.getall(OPEN, []) if (number := whole(one)) is not None}
    texts = {name: text for name, text in form.items() if name not in (USE, OPEN, KEY, STEP)}
    draft = Draft(tuple(uses.values()), texts, frozenset(opened), _key(form.get(KEY, "")))
    return draft, tuple(lost)


def _must_be_drawn(uses: Collection[Use], scan: ScanResult) -> None:
    """Refuse what is more than a template and its repeated scenes: it would hold the server."""
    counts = {scene.key: len(scene.elements) for scene in scan.scenes}
    own = [counts[scene.key] for scene in played(scan)]
    if len(uses) > max(USES_MOST, len(own)):
        raise Invalid(f"A video has {USES_MOST} scenes at most.", code="too_many_scenes")
    if sum(counts[use.key] for use in uses) > max(FIELDS_IN_ALL, sum(own)):
        raise Invalid(
            f"One form orders {FIELDS_IN_ALL} fields. Order more of them by the API.",
            code="form_too_large",
        )


def whole(text: str) -> int | None:
    """Read a number of the form's own; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return new_id()


def stepped(
    draft: Draft, step: str, scan: ScanResult, presets: Mapping[str, Mapping[str, str]]
) -> Draft:
    """Change a draft by a button: add.KEY, remove.N, up.N, down.N, open.N or preset.ID.

    A step that leads nowhere changes nothing. Raises Invalid (`too_many_scenes`,
    `too_many_fields`).
    """
    what, _, rest = step.partition(".")
    if what == "add":
        return _with_scene(draft, draft.texts.get("add", rest), scan)
    if what == "preset":
        chosen = presets.get(draft.texts.get("preset", ""), {})
        colors = {f"color.{key}": value.lower() for key, value in chosen.items()}
        return replace(draft, texts={**draft.texts, **colors})
    number, numbers = whole(rest), [use.number for use in draft.uses]
    if number not in numbers:
        return draft
    if what == "open":
        opened = draft.opened | {number}
        shown = (scene for use, scene in fields_of(scan, draft) if use.number in opened)
        if sum(len(scene.elements) for scene in shown) > FIELDS_MOST:
            raise Invalid(
                f"One form shows {FIELDS_MOST} fields. Order more of them by the API.",
                code="too_many_fields",
            )
        return replace(draft, opened=opened)
    if scan.mode not in ASSEMBLED_MODES:
        return draft
    if what == "remove":
        kept = tuple(use for use in draft.uses if use.number != number)
        return replace(draft, uses=kept)
    at = numbers.index(number)
    to = at + {"up": -1, "down": 1}.get(what, 0)
    if not 0 <= to < len(draft.uses):
        return draft
    uses = list(draft.uses)
    uses[at], uses[to] = uses[to], uses[at]
    return replace(draft, uses=tuple(uses))


def _with_scene(draft: Draft, key: str, scan: ScanResult) -> Draft:
    known = next((one for one in scan.scenes if one.key == key and not one.shared), None)
    if known is None or scan.mode not in ASSEMBLED_MODES:
        return draft
    if len(draft.uses) >= USES_MOST:
        raise Invalid(f"A video has {USES_MOST} scenes at most.", code="too_many_scenes")
    number = max((use.number for use in draft.uses), default=-1) + 1
    shared = {one.key for one in scan.scenes if one.shared}
    playing = [use for use in draft.uses if use.key not in shared]
    rest = [use for use in draft.uses if use.key in shared]
    uses = (*playing, Use(number, known.key), *rest)
    return replace(draft, uses=uses, opened=draft.opened | {number})


def fields_of(scan: ScanResult, draft: Draft) -> Iterator[tuple[Use, ScanScene]]:
    """Go through a draft's scenes in their sequence."""
    scenes = {scene.key: scene for scene in scan.scenes}
    for use in draft.uses:
        if use.key in scenes:
            yield use, scenes[use.key]
