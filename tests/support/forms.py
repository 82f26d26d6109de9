"""Read a page's forms as a browser would send them when nothing was changed."""

from __future__ import annotations

from html.parser import HTMLParser

from multidict import MultiDict

Given = list[tuple[str, str | None]]


class _Forms(HTMLParser):
    """Collect what the forms of a page hold: address, then names and values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, MultiDict[str]]] = []
        self._select: tuple[str, list[str], list[str]] | None = None
        self._area: str | None = None
        self._text = ""

    @property
    def _fields(self) -> MultiDict[str]:
        return self.forms[-1][1] if self.forms else MultiDict()

    def handle_starttag(self, tag: str, attrs: Given) -> None:
        own = {name: value or "" for name, value in attrs}
        name, value = own.get("name", ""), own.get("value", "")
        if tag == "form":
            self.forms.append((own.get("action", ""), MultiDict()))
        elif tag == "select":
            self._select = (name, [], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append(value)
            if "selected" in own:
                self._select[2].append(value)
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "input" and name and _is_sent(own):
            self._fields.add(name, value)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select is not None:
            name, every, chosen = self._select
            if every:
                self._fields.add(name, (chosen or every)[0])
            self._select = None
        elif tag == "textarea" and self._area is not None:
            text = self._text.removeprefix("\n").replace("\n", "\r\n")
            self._fields.add(self._area, text)
            self._area = None


def _is_sent(own: dict[str, str]) -> bool:
    kind = own.get("type", "text")
    return kind != "file" and (kind not in ("checkbox", "radio") or "checked" in own)


def form_in(page: str, action: str) -> MultiDict[str]:
    """Give the fields of the first form that goes to an address, whatever stands behind its #."""
    reader = _Forms()
    reader.feed(page)
    for address, fields in reader.forms:
        if address.partition("#")[0] == action:
            return fields
    raise AssertionError(f"no form goes to {action}: {[one for one, _ in reader.forms]}")
