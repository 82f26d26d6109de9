"""Lists everything that is wrong with an edited row, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from orchestrator.core.importing.rows import Row
from orchestrator.core.templates.values import color_of, is_number
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import FILE_KINDS

TEXTS = ("text", "textarea")
_KINDS = (("text", "textarea"), ("number", "dropdown"))
"""Kinds that a person may turn into each other: bind writes both the same way."""
_MAX_OPTIONS = 4


def problems(row: Row, rows: Collection[Row], before: Row | None = None) -> list[FieldProblem]:
    """List what is wrong with a row among the rows of its project; `before` is it unedited."""
    if row.kind == "scene":
        found = _scene(row)
    elif row.kind == "element":
        found = _element(row, before)
    elif row.kind == "scene_color":
        found = _scene_color(row, rows)
    elif row.kind == "control":
        found = _control(row)
    elif row.kind == "preset":
        found = _preset(row, rows)
    else:
        found = iter(())
    return list(found)


def _say(place: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(code=code, place=place, message=message)


def _scene(row: Row) -> Iterator[FieldProblem]:
    low, high, length = (row.fields[name] for name in ("min_s", "max_s", "duration_s"))
    if low is not None and high is not None and low > high:
        yield _say("min_s", "lengths", f"the shortest length ({low:g} s) is longer than the longest"
                   f" ({high:g} s); lower min_s or raise max_s")  # fmt: skip
    if length is not None and low is not None and length < low:
        yield _say("duration_s", "lengths", f"the scene is {length:g} s long and may be no shorter"
                   f" than {low:g} s; lower min_s")  # fmt: skip
    if length is not None and high is not None and length > high:
        yield _say("duration_s", "lengths", f"the scene is {length:g} s long and may be no longer"
                   f" than {high:g} s; raise max_s")  # fmt: skip
    shortest = low if low is not None else length
    overlap = row.fields["overlap_s"]
    if shortest is not None and overlap >= shortest:
        yield _say("overlap_s", "overlap", f"an overlap of {overlap:g} s leaves nothing of a scene"
                   f" of {shortest:g} s; make it shorter")  # fmt: skip


def _element(row: Row, before: Row | None) -> Iterator[FieldProblem]:
    kind, options = row.fields["kind"], row.fields["options"]
    was = (before.scanned or before.fields)["kind"] if before is not None else kind
    if kind != was and not any({kind, was} <= set(group) for group in _KINDS):
        yield _say("kind", "kind_fixed", f"a field of kind {was} cannot become {kind}; change the"
                   " layer in the template")  # fmt: skip
    if options and kind != "dropdown":
        yield _say("options", "options", "only a dropdown has options; make kind dropdown, or send"
                   " none")  # fmt: skip
    if len(set(options)) < len(options) or "" in options:
        yield _say("options", "options", "every option needs a name of its own")
    length_max = row.fields["length_max"]
    if length_max is not None and kind not in TEXTS:
        yield _say(
            "length_max", "length_max", f"a field of kind {kind} has no length; leave it out"
        )
    if row.fields["direction"] is not None and kind not in TEXTS:
        yield _say(
            "direction", "direction", f"a field of kind {kind} has no direction; leave it out"
        )
    if before is None or "default_value" in row.edited:
        yield from _default(row)


def _default(row: Row) -> Iterator[FieldProblem]:
    kind, value, options = (row.fields[name] for name in ("kind", "default_value", "options"))
    length_max = row.fields["length_max"]
    if value is None:
        return
    message = None
    if kind in FILE_KINDS:
        message = f"a field of kind {kind} has no default of yours; the template's file is shown"
    elif kind in TEXTS and length_max is not None and len(value) > length_max:
        message = f"the default has {len(value)} characters and length_max is {length_max}"
    elif kind in ("color", "fill") and (len(value) != 7 or color_of(value) is None):
        message = "write a colour as #RRGGBB"
    elif kind == "checkbox" and value not in ("true", "false"):
        message = "write true or false"
    elif kind == "number" and not is_number(value):
        message = "write a number"
    elif kind == "dropdown" and not (value.isdecimal() and value.isascii()):
        message = "write the number of an option, from 1 on"
    elif kind == "dropdown" and options and not 1 <= int(value[:9]) <= len(options):
        message = f"there are {len(options)} options; write a number from 1 to {len(options)}"
    if message is not None:
        yield _say("default_value", "default", message)


def _scene_color(row: Row, rows: Collection[Row]) -> Iterator[FieldProblem]:
    wanted = row.fields["shared_color_id"]
    shared = {str(one.id) for one in rows if one.kind == "shared_color" and not one.deleted}
    if wanted is not None and str(wanted) not in shared:
        yield _say(
            "shared_color_id", "unknown_color", f"this project has no shared colour {wanted}"
        )


def _control(row: Row) -> Iterator[FieldProblem]:
    options = row.fields["options"]
    if len(options) > _MAX_OPTIONS or len(set(options)) < len(options) or "" in options:
        yield _say("options", "options", "name at most four values, 0 to 3, each in its own words")


def _preset(row: Row, rows: Collection[Row]) -> Iterator[FieldProblem]:
    shared = sorted(one.key for one in rows if one.kind == "shared_color" and not one.deleted)
    for key in row.fields["colors"]:
        if key not in shared:
            yield _say(f"colors.{key}"[:500], "unknown_color", f"there is no shared colour {key!r};"
                       f" the project has: {', '.join(shared[:30]) or 'none'}")  # fmt: skip
    title = row.fields["title"]
    if any(r.kind == "preset" and r.id != row.id and r.fields["title"] == title for r in rows):
        yield _say("title", "title_taken", f"a preset named {title!r} is there already, maybe among"
                   " the deleted ones; choose another title")  # fmt: skip
