"""Change settings while the farm runs: checked together, noted, in force everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid
from orchestrator.in_force import CHANGEABLE, InForce, Value, is_given, put_together
from orchestrator.settings import Settings
from orchestrator.store import audit
from orchestrator.store import settings as store
from orchestrator.store.pool import Session
from orchestrator.wire.base import FieldProblem

CODES = ("not_positive", "too_small", "too_large", "late_for_the_lease", "not_whole")
_REFUSALS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "greater_than": ("not_positive", None),
        "greater_than_equal": ("too_small", "ge"),
        "less_than_equal": ("too_large", "le"),
        "late_for_the_lease": ("late_for_the_lease", "most"),
        "signed_too_long": ("too_large", "most"),
        "int_from_float": ("not_whole", None),
    }
)
"""How Settings' own refusals are called here, and where they tell the limit."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Say what is wrong with one setting; `limit` is what it may be at least or at most."""

    name: str
    code: str
    limit: Value | None
    message: str


class Misfit(Invalid):
    """Say that the settings would not fit together, each with its reason."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        self.wrong = tuple(wrong)
        problems = [FieldProblem(code=w.code, place=w.name, message=w.message) for w in wrong]
        told = "; ".join(f"{w.name}: {w.message}" for w in wrong)
        super().__init__(f"Nothing was changed. {told}", problems, "bad_settings")


@dataclass(frozen=True, slots=True)
class Change:
    """Say what became of one setting; `to_default` when it follows the default again."""

    name: str
    old: Value
    new: Value
    was_default: bool
    to_default: bool


async def foresee_settings(
    deps: Deps, wanted: Mapping[str, Value | None], expected: Mapping[str, Value]
) -> list[Change]:
    """Tell what a change would do, and do nothing; raises what `change_settings` raises."""
    return (await _foresee(deps, deps.db.session(), wanted, expected))[0]


async def change_settings(
    deps: Deps, wanted: Mapping[str, Value | None], expected: Mapping[str, Value]
) -> list[Change]:
    """Set what is wanted, None going back to the default; give what differs from before.

    `expected` is what the caller saw in force of them. Everything is set, or nothing. Raises
    Conflict (`setting_given`) for what this server was given at its start, (`settings_changed`)
    when somebody was quicker, Misfit with every problem.
    """
    async with deps.db.transaction() as session:
        await store.take_turn(session)
        changes, after = await _foresee(deps, session, wanted, expected)
        for one in changes:
            await _write(session, one)
    deps.in_force.take(after)
    return changes


async def _foresee(
    deps: Deps, session: Session, wanted: Mapping[str, Value | None], expected: Mapping[str, Value]
) -> tuple[list[Change], dict[str, Value]]:
    """Give what would become of each that differs, and all changes after that."""
    _check_names(deps.in_force, {**wanted, **expected})
    after = {name: one.value for name, one in (await store.read_all(session)).items()}
    now = InForce(deps.in_force.given)
    now.take(after)
    _check_expected(now, expected)
    whole = _whole(now, wanted)
    changes = []
    for name, value in wanted.items():
        old, new = getattr(now.settings, name), getattr(whole, name)
        if value is None and name in after:
            del after[name]
        elif value is not None and after.get(name) != new:
            after[name] = new
        else:
            continue
        changes.append(Change(name, old, new, name not in now.changed, value is None))
    return changes, after


def _check_names(here: InForce, named: Mapping[str, object]) -> None:
    unknown = [name for name in named if name not in CHANGEABLE]
    if unknown:
        message = "No such setting can be changed here."
        raise Misfit([Wrong(name, "unknown_setting", None, message) for name in unknown])
    given = [f"FLATRENDER_{name.upper()}" for name in named if is_given(here.given, name)]
    if given:
        raise Conflict(
            f"{', '.join(given)}: set where this server was started (environment, "
            "flatrender.toml). Change it there, and start the server anew.",
            "setting_given",
        )


def _check_expected(now: InForce, expected: Mapping[str, Value]) -> None:
    other = [name for name, value in expected.items() if getattr(now.settings, name) != value]
    if other:
        raise Conflict(
            f"Somebody else changed {', '.join(other)} meanwhile. Look at the values again.",
            "settings_changed",
        )


def _whole(now: InForce, wanted: Mapping[str, Value | None]) -> Settings:
    """Give the settings with what is wanted; raises Misfit where they do not fit together.

    An earlier change that does not fit this server keeps nobody from mending it.
    """
    kept = {name: value for name, value in now.changed.items() if name not in now.left_out}
    after = {name: value for name, value in {**kept, **wanted}.items() if value is not None}
    try:
        return put_together(now.given, after)
    except ValidationError as error:
        raise Misfit([_wrong(item) for item in error.errors()]) from error


def _wrong(item: Mapping[str, object]) -> Wrong:
    loc, context = item["loc"], item.get("ctx")
    name = str(loc[0]) if isinstance(loc, tuple) and loc else ""
    code, key = _REFUSALS.get(str(item["type"]), ("wrong", None))
    limit = context.get(key) if key and isinstance(context, dict) else None
    return Wrong(name, code, limit, str(item["msg"]))


async def _write(session: Session, change: Change) -> None:
    """Write one, and note who set it to what."""
    actor = audit.caller()
    if change.to_default:
        await store.drop(session, change.name)
    else:
        await store.put(session, change.name, change.new, f"{actor.kind}:{actor.id or ''}")
    detail = {"old": _plain(change.old), "new": _plain(change.new)}
    target = ("settings", change.name)
    await audit.note(session, actor, "settings.change", target=target, detail=detail)


def _plain(value: Value) -> str:
    """Write a number without needless decimals: 30, 0.5."""
    return str(int(value) if value == int(value) else value)
