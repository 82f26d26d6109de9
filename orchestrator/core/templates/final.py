"""Chooses the comp to render from what a scan knows and what a person asked for."""

from __future__ import annotations

from orchestrator.errors import Invalid
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.scan import ScanComp, ScanResult

_SHOWN = 50


class ChoiceNeeded(Invalid):
    """Say that a person must name the comp to render; `choices` are the names."""

    def __init__(self, code: str, message: str, choices: tuple[str, ...]) -> None:
        shown = ", ".join(repr(name) for name in choices[:_SHOWN]) or "none"
        message = f"{message} The comps are: {shown}."
        super().__init__(message, (FieldProblem(code=code, place="comp", message=message),), code)
        self.choices = choices


def choose_comp(scan: ScanResult, wanted: str | None = None) -> ScanComp:
    """Give the comp to render: the wanted one, else frfinal, flatrender or the only root.

    Raises ChoiceNeeded with the names when there is no such comp, more than one, or none that
    can be rendered.
    """
    every = tuple(comp for comp in scan.comps if _can_render(comp))
    names = tuple(dict.fromkeys(comp.name for comp in every))
    if wanted is None:
        if scan.final_comp is None:
            choices = scan.final_choices or names
            if not choices:
                raise ChoiceNeeded("no_comp", "The project has no comp to render; add one.", names)
            raise ChoiceNeeded("comp_choice", "Say which comp to render.", choices)
        wanted = scan.final_comp
    found = [comp for comp in every if comp.name == wanted]
    if not found:
        found = [comp for comp in every if comp.name.casefold() == wanted.casefold()]
    if not found:
        empty = any(comp.name == wanted for comp in scan.comps)
        why = "has no size, rate or length" if empty else "does not exist"
        raise ChoiceNeeded("comp_missing", f"The comp {wanted!r} {why}; choose another.", names)
    if len(found) > 1:
        raise ChoiceNeeded(
            "comp_ambiguous",
            f"There are {len(found)} comps named {wanted!r}; rename all but one.",
            names,
        )
    return found[0]


def _can_render(comp: ScanComp) -> bool:
    return comp.frames > 0 and comp.width > 0 and comp.height > 0
