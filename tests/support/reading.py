"""Read a page as a person does: its words without the names, the code and the quotes in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "img", "br", "meta", "link", "hr", "source", "rect", "path", "use"})
_APART = frozenset({"code", "pre", "script", "style", "textarea", "video"})
_SPOKEN = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title"})
_ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]?(?: [A-Za-z]{2,}[,;:]?){2,}")


@dataclass
class Page(HTMLParser):
    """Hold what stands on a page.

    `words` are texts of ours and attributes that are read or shown by scripts, `quotes` what is
    shown in English because nobody knows it, `links` and `parts` where it leads to.
    """

    source: str
    words: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read it at once."""
        super().__init__()
        self._open: list[tuple[str, str]] = []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where it leads, and what its attributes say."""
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        kind = "ours"
        if tag in _APART or "name" in classes or "original" in classes:
            kind = "theirs"
        elif "quote" in classes:
            kind = "quote"
        elif given.get("dir") == "ltr" or (given.get("lang") == "en" and tag != "html"):
            kind = "theirs"
        if tag not in _VOID:
            self._open.append((tag, kind))
        for name, value in given.items():
            if name in _SPOKEN or (name.startswith("data-") and " " in value):
                self.words.append(value)
        if "href" in given and given["href"].startswith("/admin"):
            self.links.append(given["href"])
        if given.get("data-part"):
            self.parts.append(given["data-part"])

    def handle_endtag(self, tag: str) -> None:
        """Close it, and what was left open in it."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text of ours or a quote."""
        kinds = {kind for _, kind in self._open}
        if data.strip() and "theirs" not in kinds:
            (self.quotes if "quote" in kinds else self.words).append(" ".join(data.split()))

    @property
    def english(self) -> list[str]:
        """Give every run of three English words and more that is ours."""
        return [found[0] for words in self.words for found in _ENGLISH.finditer(words)]
