"""What a template's expressions must not do, as one table that scans, docs and tests read.

A template is a stranger's program. This table tells people what is in it; it is no wall: code
can be hidden from it, and the walls around the engine stand without it. No pattern here looks
at a stretch of text twice, so a long expression costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from orchestrator import aep
from orchestrator.core.templates.scanning.expressions.code import (
    code_of,
    layers_with_expressions,
)
from orchestrator.core.templates.scanning.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ExpressionRule:
    """A danger: the code of its problem, how it looks, how grave it is, what it does."""

    code: str
    pattern: re.Pattern[str]
    level: Literal["error", "warning"]
    example: str
    meaning: str


def _rule(
    code: str, level: Literal["error", "warning"], pattern: str, example: str, meaning: str
) -> ExpressionRule:
    return ExpressionRule(code, re.compile(pattern, re.ASCII), level, example, meaning)


EXPRESSION_RULES: tuple[ExpressionRule, ...] = (
    _rule(
        "expression_files",
        "error",
        r"\b(?:File|Folder)\s*[(.\[]",
        'new File("~/x").remove()',
        "reads or writes files of the node",
    ),
    _rule(
        "expression_network",
        "error",
        r"\b(?:Socket|HttpConnection|XMLHttpRequest|WebSocket)\s*\(",
        "new Socket()",
        "speaks to the network",
    ),
    _rule(
        "expression_system",
        "error",
        r"\bsystem\s*(?:\.\s*callSystem|\[)|\bcallSystem\s*\(",
        'system.callSystem("x")',
        "runs programs of the node",
    ),
    _rule(
        "expression_loads_code",
        "error",
        r"\$\s*\.\s*evalFile|\b(?:evalFile|ExternalObject)\s*\(|\bBridgeTalk\b",
        '$.evalFile("/x.jsx")',
        "runs code that is not in the template",
    ),
    _rule(
        "expression_host",
        "error",
        r"\$\s*(?:\.\s*(?:setenv|global|sleep)\b|\[)"
        r"|\bapp\s*(?:\[|\.\s*(?:project|newProject|open|quit|execute[A-Z][a-z]*|preferences"
        r"|settings|scheduleTask|cancelTask|purge|system|exitCode)\b)",
        "app.executeCommand(1)",
        "reaches for the program around it",
    ),
    _rule(
        "expression_reads_node",
        "warning",
        r"\$\s*\.\s*(?:getenv|os|fileName)\b"
        r"|\bsystem\s*\.\s*(?:userName|machineName|osName|osVersion)\b",
        '$.getenv("USER")',
        "reads names of the node, which differ between nodes and would show in the picture",
    ),
    _rule(
        "expression_hides_code",
        "warning",
        r"\beval\s*\(|\bFunction\s*\(|\bglobalThis\s*\[",
        "eval(a)",
        "makes code out of text, so that nobody can tell what it does",
    ),
)
REFUSED = frozenset(rule.code for rule in EXPRESSION_RULES if rule.level == "error")
"""Codes of what keeps a template away from After Effects; the preview evaluates in a cage."""
MORE = "expressions_more"
MAX_TOLD = 100
# Every rule above needs one of these words; most expressions have none.
_WORTH_A_LOOK = (
    *("$", "File", "Folder", "Socket", "Http", "Request", "system", "callS", "External"),
    *("Bridge", "app", "eval", "Function", "global"),
)


def dangers(source: str) -> Iterator[ExpressionRule]:
    """Yield the rules that an expression breaks, in the table's order; comments and texts aside."""
    if not any(word in source for word in _WORTH_A_LOOK):
        return
    code = code_of(source)
    for rule in EXPRESSION_RULES:
        if rule.pattern.search(code) is not None:
            yield rule


def check_expressions(project: aep.Project, ledger: Ledger) -> None:
    """Report enabled expressions that reach for what is not the template's, the gravest first.

    Only so many are told one by one: the list of problems has room for others too.
    """
    found = [
        (place, rule)
        for place, expression in layers_with_expressions(project.comps)
        for rule in dangers(expression.source)
    ]
    found.sort(key=lambda one: one[1].level != "error")
    for place, rule in found[:MAX_TOLD]:
        ledger.problem(
            rule.code,
            place,
            f"the expression {rule.meaning}; remove it",
            error=rule.level == "error",
        )
    if len(found) > MAX_TOLD:
        place, rule = found[MAX_TOLD]
        message = (
            f"{len(found) - MAX_TOLD} more expressions, from here on, reach out of the template"
        )
        ledger.problem(MORE, place, message, error=rule.level == "error")
