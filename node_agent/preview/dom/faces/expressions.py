"""expressionError: what is wrong with a stored expression, told without drawing."""

from __future__ import annotations

import re
from typing import Any, Final

import quickjs

from node_agent.preview.dom.session import Session

COMP_NAME: Final = re.compile(r"""\bcomp\(\s*(?:"([^"\\\r\n]*)"|'([^'\\\r\n]*)')\s*\)""")
COMP_LAYER: Final = re.compile(
    r"""\bcomp\(\s*(["'])([^"'\\\r\n]*)\1\s*\)\s*\.\s*layer\(\s*(["'])([^"'\\\r\n]*)\3\s*\)"""
)


def expression_error(session: Session, target: Any) -> str:
    """Give the error of the enabled expression of a property, or the empty string.

    Checks the grammar, and that comps and their layers which are named literally exist.
    """
    source = target.expression
    if not source or not target.expression_enabled:
        return ""
    return _grammar_error(source) or _missing_name(session, source)


def _grammar_error(source: str) -> str:
    """Compile, never run: the whole text is parsed before the first statement throws."""
    context = quickjs.Context()
    context.set_memory_limit(32 * 1024 * 1024)
    context.set_time_limit(1)
    try:
        context.eval("throw 0;\n" + source.replace("\x00", ""))
    except quickjs.JSException as error:
        found = str(error)
        return found.splitlines()[0] if found.startswith("SyntaxError") else ""
    return ""


def _missing_name(session: Session, source: str) -> str:
    comps = {comp.name: comp for comp in session.app.project.compositions}
    for double, single in COMP_NAME.findall(source):
        if (double or single) not in comps:
            return f"Composition named '{double or single}' is missing or does not exist"
    for _, comp, _, layer in COMP_LAYER.findall(source):
        found = comps.get(comp)
        if found is not None and all(item.name != layer for item in found.layers):
            return f"Layer named '{layer}' in composition '{comp}' is missing or does not exist"
    return ""
