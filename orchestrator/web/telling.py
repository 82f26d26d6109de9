"""Say in a person's language what the server and its agents said in English.

Rows, logs and the API hold English sentences with stable codes, some of them for years and from
agents of another version. So a sentence is read back: the English catalogue holds its pattern,
such as "The disk that holds {place} is full.", and the other language's text gets what stood at
the names. A sentence that no pattern reads is told by its code, with the original beside it.
English pages show the sentence itself, or the text `..page` of its pattern where it speaks of
commands, which a page has buttons for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from orchestrator.web import catalogues
from orchestrator.web.catalogues import Locale

MOST: Final = 4000
"""Characters of a sentence that is looked through; no sentence of ours is longer."""
DEEPEST: Final = 3
LISTED: Final = 20
_HOLE: Final = re.compile(r"\{([a-z_]+)\}")
_MORE: Final = ": {message}"
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")


class Said(NamedTuple):
    """Hold a sentence in a person's language, None where nobody knows it there.

    `original` is the English one where the text says less than it.
    """

    text: Markup | None
    original: str | None


class Pattern(NamedTuple):
    """Be an English sentence with holes: what stands between them, and their names."""

    key: str
    literals: tuple[str, ...]
    names: tuple[str, ...]


def tell(
    locale: Locale, families: str, code: str | None, message: str | None = "", depth: int = 0
) -> Said:
    """Say a sentence of one of the families (names with spaces between), known by its code.

    Without a code every sentence of the families is tried: a code with a dot is none of ours, and
    must not lead to a pattern. Without a message the code alone is
    told, shortly. `depth` counts the sentences around this one.
    """
    words, code = message or "", None if code and "." in code else code
    for family in families.split() if words else ():
        for pattern in _patterns(family, code):
            values = read(pattern, words)
            key = pattern.key if locale != "en" else f"{pattern.key}.page"
            if values is not None and key in catalogues.texts(locale):
                return Said(_filled(locale, key, values, depth), None)
    if locale == "en" and words:
        return Said(escape(words), None)
    for family in families.split() if code else ():
        known = catalogues.texts(locale).get(f"{family}.{code}")
        if known is not None:
            return _by_code(f"{family}.{code}", known, words)
    return Said(None, message or None)


def _by_code(key: str, known: str, message: str) -> Said:
    """Tell a sentence by its code; the original stays where it says more.

    Errors are told whole, but for those whose text ends with `{message}`.
    """
    text = known.partition(_MORE)[0]
    says_all = key.startswith("error.") and _MORE not in known
    says_all = says_all or catalogues.texts("en").get(key) == message
    return Said(Markup(text), None if says_all else message or None)  # noqa: S704 - ours


def plain(locale: Locale, families: str, code: str, message: str) -> str:
    """Say a sentence as text without marks, for notices and for scripts.

    The original follows where only the server knows what exactly is wrong (`{message}`).
    """
    said = tell(locale, families, code, message)
    if said.text is None:
        return said.original or ""
    known = said.text.striptags()
    has_more = _MORE in catalogues.texts(locale).get(f"error.{code}", "")
    return f"{known} {said.original}" if said.original and has_more else known


def read(pattern: Pattern, message: str) -> dict[str, str] | None:
    """Give what stands in a pattern's holes; None where it is another sentence.

    Each hole ends at the next place that fits, so that no sentence takes more than one look.
    """
    first, *rest = pattern.literals
    if len(message) > MOST or not message.startswith(first):
        return None
    at, values = len(first), {}
    for place, (name, literal) in enumerate(zip(pattern.names, rest, strict=True), 1):
        is_last = place == len(rest)
        end = len(message) - len(literal) if is_last else message.find(literal, at)
        if end < at or not message.startswith(literal, end):
            return None
        values[name] = message[at:end]
        at = end + len(literal)
    return values if at == len(message) else None


@cache
def _families() -> MappingProxyType[str, tuple[Pattern, ...]]:
    """Put the patterns together by family; their keys have three parts: family, code, number."""
    found: dict[str, list[Pattern]] = {}
    for key, text in catalogues.texts("en").items():
        family, _, rest = key.partition(".")
        if rest.rpartition(".")[2].isdigit():
            pieces = _HOLE.split(text)
            made = Pattern(key, tuple(pieces[::2]), tuple(pieces[1::2]))
            found.setdefault(family, []).append(made)
    return MappingProxyType({family: tuple(each) for family, each in found.items()})


def _patterns(family: str, code: str | None) -> Iterator[Pattern]:
    for pattern in _families().get(family, ()):
        if code is None or pattern.key.startswith(f"{family}.{code}."):
            yield pattern


def _filled(locale: Locale, key: str, values: Mapping[str, str], depth: int) -> Markup:
    shown = {name: _shown(locale, name, value, depth) for name, value in values.items()}
    return Markup(catalogues.texts(locale)[key]).format_map(shown)  # noqa: S704 - ours


def _shown(locale: Locale, name: str, value: str, depth: int) -> Markup:
    """Show what stood in a hole.

    Holes named `.._word` hold a word of the product (`job_word`: a state of jobs), holes named
    `.._said` a sentence of ours, `.._list` several, `.._s` seconds; the rest are numbers and names.
    """
    family, _, kind = name.rpartition("_")
    if kind == "word":
        known = catalogues.texts(locale).get(f"{family}.{value}")
        return _named(value) if known is None else Markup(known)  # noqa: S704 - ours
    if kind == "said":
        return _within(locale, value, depth)
    if kind == "list":
        parts = value.split(", ")[:LISTED]
        comma = escape("، " if locale == "fa" else ", ")
        return comma.join(_within(locale, part, depth) for part in parts)
    if kind == "s" and value.isdecimal():
        return escape(catalogues.seconds(locale, int(value[:9])))
    if _NUMBER.fullmatch(value):
        whole, _, digits = value.partition(".")
        number = catalogues.number(locale, float(value) if digits else int(whole), len(digits))
        return escape(number)
    return _named(value)


def _within(locale: Locale, value: str, depth: int) -> Markup:
    """Tell a sentence that stood in another; hostile ones nest no deeper than ours."""
    said = Said(None, None)
    if depth < DEEPEST:
        said = tell(locale, "part fault wait", None, value, depth + 1)
    return quoted(value) if said.text is None else said.text


def _named(value: str) -> Markup:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return Markup('<bdi class="name">{}</bdi>').format(value)


def quoted(message: str) -> Markup:
    """Show a sentence that nobody knows in the person's language as it is."""
    return Markup('<bdi class="quote" lang="en" dir="ltr">{}</bdi>').format(message)
