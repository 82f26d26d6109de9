"""Checks expressions against the copying of scenes: bind writes the copy's name for a comp's own.

A copy's expressions follow the copies of its own scene; the name of any other copied comp would
read the original, which nobody fills.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from orchestrator import aep
from orchestrator.core.templates.scanning.expressions.code import (
    layers_with_expressions,
    split_texts,
)
from orchestrator.core.templates.scanning.ledger import Ledger

_CALL = re.compile(r"(?<![\w$.])comp\s*\(", re.ASCII)
_TEXT = re.compile(r"((?<![\w$.])comp\s*\(\s*)?\"\"(\s*\))?", re.ASCII)
_PIECE, _MOST_PIECES = 2, 200
"""A shorter text says nothing of a name; a real expression has not so many."""


def named_comps(source: str) -> list[str]:
    """List the names of comps that an expression calls by `comp("name")`, each once, in order."""
    return list(dict.fromkeys(_calls(source)[0]))


def worked_out_names(source: str, names: Iterable[str]) -> list[str]:
    """List those of the names that a call `comp(...)` without a plain name in it may mean.

    A text of the expression that is a piece of a name is taken for one; nothing is evaluated.
    """
    _, texts = _calls(source)
    pieces = [piece for piece in texts if len(piece.strip()) >= _PIECE][:_MOST_PIECES]
    return [name for name in names if any(piece in name for piece in pieces)]


def _calls(source: str) -> tuple[list[str], list[str]]:
    """Give the names that are called plainly; and all other texts, where a call is not plain."""
    if "comp" not in source:
        return [], []
    code, texts = split_texts(source)
    named, others = list[str](), list[str]()
    for match, text in zip(_TEXT.finditer(code), texts, strict=True):
        (named if match[1] and match[2] else others).append(text)
    return named, others if len(_CALL.findall(code)) > len(named) else []


def check_names(project: aep.Project, uses: Sequence[tuple[aep.Comp, ...]], ledger: Ledger) -> None:
    """Report expressions that name a copied comp which is not copied together with them.

    `uses` are the scenes, each with all comps that are nested in it.
    """
    copied = list(dict.fromkeys(comp.name for inside in uses for comp in inside))
    known = frozenset(copied)
    names = [frozenset(comp.name for comp in inside) for inside in uses]
    holders: dict[int, list[frozenset[str]]] = defaultdict(list)
    for inside, own in zip(uses, names, strict=True):
        for comp in inside:
            holders[comp.id].append(own)
    for comp in project.comps:
        around = holders.get(comp.id, [])
        for place, expression in layers_with_expressions((comp,)):
            for name in named_comps(expression.source):
                if name in known and not (around and all(name in own for own in around)):
                    _refuse(ledger, place, name)
            _worked_out(ledger, place, expression.source, copied, around)


def _refuse(ledger: Ledger, place: str, name: str) -> None:
    ledger.problem(
        "copied_comp_named",
        place,
        f"the expression names the comp {name!r}, which is copied for each use of its scene, so it"
        " would read the original; use a shared value",
        error=True,
    )


def _worked_out(
    ledger: Ledger, place: str, source: str, copied: list[str], around: list[frozenset[str]]
) -> None:
    found = worked_out_names(source, copied)
    if found:
        ledger.problem(
            "copied_comp_unclear",
            place,
            f"the expression works out the name of a comp, which may be {found[0]!r}; that one is"
            ' copied for each use of its scene. Write the name out, as comp("name"), or use'
            " thisComp",
            error=any(name in own for own in around for name in found),
        )
