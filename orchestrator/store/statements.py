"""Load the named SQL statements of store/sql."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9]*(?:_[a-z0-9]+)+)$")


def parse(sources: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Split `(file name, text)` pairs at their `-- name: noun_verb` lines.

    Comment lines are dropped, so the statement that the server sees starts with its first word.
    Raises ValueError for text before the first name, an empty statement, or a name given twice.
    """
    statements: dict[str, str] = {}
    for file, text in sources:
        for name, body in _blocks(file, text):
            if name in statements:
                raise ValueError(f"{file}: the statement {name} exists already; rename one")
            if not body:
                raise ValueError(f"{file}: the statement {name} is empty")
            statements[name] = body
    return MappingProxyType(statements)


def load() -> Mapping[str, str]:
    """Read every statement of store/sql, by name."""
    folder = files("orchestrator.store").joinpath("sql")
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=str)
    return parse((item.name, item.read_text(encoding="utf-8")) for item in found)


def _blocks(file: str, text: str) -> list[tuple[str, str]]:
    """Give the (name, statement) pairs of one file in their order."""
    blocks: list[tuple[str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _NAME.match(line)
        if match is not None:
            blocks.append((match[1], []))
        elif line.lstrip().startswith("--") or not line.strip():
            if line.startswith("-- name"):
                raise ValueError(f"{file}:{number}: write `-- name: noun_verb`")
        elif not blocks:
            raise ValueError(f"{file}:{number}: a statement begins without `-- name: noun_verb`")
        else:
            blocks[-1][1].append(line.rstrip())
    return [(name, "\n".join(lines).rstrip().removesuffix(";")) for name, lines in blocks]
