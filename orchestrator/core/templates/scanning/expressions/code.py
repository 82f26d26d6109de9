"""Finds expressions, and looks at their code without comments and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator import aep

_COMMENT_OR_STRING = re.compile(
    r"/\*[\s\S]*?(?:\*/|\Z)|//[^\r\n]*"
    r"|\"(?:[^\"\\\r\n]|\\[\s\S])*\"?|'(?:[^'\\\r\n]|\\[\s\S])*'?"
)
_WHOLE = re.compile(r"\"(?:[^\"\\]|\\[\s\S])*\"|'(?:[^'\\]|\\[\s\S])*'")
_ESCAPED = re.compile(r"\\([\s\S])")
# jsx/lib/47_properties.jsx asks the same before it trusts what it wrote.
_READS = re.compile(
    r"(?:^|[^.\w$])(?:(?:value|valueAtTime|thisProperty|wiggle|temporalWiggle|smooth|key|nearestKey"
    r"|loop(?:In|Out)(?:Duration)?)\b|(?:thisLayer\s*\.\s*)?text\s*\.\s*sourceText\b)"
)


def split_texts(source: str) -> tuple[str, list[str]]:
    """Give the code of an expression, every text in it empty, and the texts in their order.

    A text without an end is none.
    """
    texts: list[str] = []

    def empty(match: re.Match[str]) -> str:
        if _WHOLE.fullmatch(match[0]) is None:
            return " "
        texts.append(plain(match[0][1:-1]))
        return '""'

    return _COMMENT_OR_STRING.sub(empty, source), texts


def plain(text: str) -> str:
    """Give a text as it is meant, without the backslashes before its letters."""
    return _ESCAPED.sub(r"\1", text)


def code_of(source: str) -> str:
    """Give the code of an expression, a blank for each comment and each text."""
    return _COMMENT_OR_STRING.sub(" ", source)


def reads_own_text(source: str) -> bool:
    """Tell whether an expression of a Source Text reads what is stored, so that a new text shows.

    By itself, moved about in time, or as its own layer's text.
    """
    return _READS.search(code_of(source)) is not None


def layers_with_expressions(
    comps: Iterable[aep.Comp],
) -> Iterator[tuple[str, aep.Expression]]:
    """Yield (comp/layer/property, expression) of the enabled ones in the file's order."""
    for comp in comps:
        for layer in comp.layers:
            for expression in layer.expressions:
                if expression.enabled:
                    property_name = expression.path[-1] if expression.path else ""
                    yield f"{comp.name}/{layer.name}/{property_name}", expression
