"""Looks at the code of an expression without its comments and texts."""

from __future__ import annotations

import re

_COMMENT_OR_STRING = re.compile(
    r"/\*[\s\S]*?(?:\*/|\Z)|//[^\r\n]*"
    r"|\"(?:[^\"\\\r\n]|\\[\s\S])*\"?|'(?:[^'\\\r\n]|\\[\s\S])*'?"
)
# jsx/lib/47_properties.jsx asks the same before it trusts what it wrote.
_READS = re.compile(
    r"(?:^|[^.\w$])(?:(?:value|valueAtTime|thisProperty|wiggle|temporalWiggle|smooth|key|nearestKey"
    r"|loop(?:In|Out)(?:Duration)?)\b|(?:thisLayer\s*\.\s*)?text\s*\.\s*sourceText\b)"
)


def code_of(source: str, *, keep_texts: bool = False) -> str:
    """Give the code of an expression, a blank for each comment and, unless kept, each text."""
    if not keep_texts:
        return _COMMENT_OR_STRING.sub(" ", source)
    return _COMMENT_OR_STRING.sub(lambda match: match[0] if match[0][0] in "\"'" else " ", source)


def reads_own_text(source: str) -> bool:
    """Tell whether an expression of a Source Text reads what is stored, so that a new text shows.

    By itself, moved about in time, or as its own layer's text.
    """
    return _READS.search(code_of(source)) is not None
