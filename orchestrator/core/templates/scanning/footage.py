"""Tells which footage of a template is not in its bundle, as After Effects looks for it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable
from itertools import islice

from orchestrator import aep
from orchestrator.core.templates.scanning.ledger import Ledger

NETWORK = "footage_network"
"""The code of a problem that keeps a project away from After Effects."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}:/", re.IGNORECASE)


class BundleFiles:
    """The files of one bundle, found by the ends of their paths as Windows and macOS compare."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[tuple[str, ...]]] = {}
        for path in paths:
            parts = _parts(path)
            if parts:
                self._by_name.setdefault(parts[-1], []).append(parts)
        self._names = sorted(self._by_name)

    def holds(self, item: aep.Footage) -> bool:
        """Tell whether an item's file, or one of its numbered files, is in the bundle."""
        if is_network(item.path):
            return False
        is_sequence = item.kind == "sequence"
        return self.has_sequence(item.path) if is_sequence else self.has(item.path)

    def has(self, path: str) -> bool:
        """Tell whether a file with this name is in the bundle, whatever folders led to it.

        After Effects looks at the absolute path, then beside the project, then for the longest
        end of the path that fits; each of these ends in the same name.
        """
        parts = _parts(path)
        return bool(parts) and parts[-1] in self._by_name

    def has_sequence(self, path: str) -> bool:
        """Tell whether a numbered file is there, of `folder/prefix.ext` with digits between."""
        parts = _parts(path)
        if not parts:
            return False
        prefix, dot, extension = parts[-1].rpartition(".")
        for name in islice(self._names, bisect_left(self._names, prefix), None):
            if not name.startswith(prefix):
                return False
            if name.endswith(dot + extension) and any(map(str.isdigit, name[len(prefix) :])):
                return True
        return False


def is_network(path: str) -> bool:
    """Tell a path on a file server: `\\\\server\\share`, `//server/share`, `smb://server/share`."""
    plain = path.strip().replace("\\", "/")
    return plain.startswith("//") or _ADDRESS.match(plain) is not None


def check_network(project: aep.Project, ledger: Ledger) -> None:
    """Report every item on a file server: to open the project is enough to call the server.

    A Windows node would offer its account to it. Call this before all that a template's author
    can fill the list of problems with.
    """
    for item in project.footage:
        if item.kind in {"file", "sequence"} and is_network(item.path):
            ledger.problem(
                NETWORK,
                item.name,
                f"the footage {item.name!r} is on a file server ({item.path}); put the file into"
                " the bundle and link it from there, or remove the item",
                error=True,
            )


def check_footage(
    project: aep.Project, shown: Collection[int], files: BundleFiles, ledger: Ledger
) -> None:
    """Report the footage of reachable comps that nodes could not find.

    `shown` are the ids of the items that the comps to render use.
    """
    for item in project.footage:
        if item.id not in shown or item.kind not in {"file", "sequence"}:
            continue
        if not is_network(item.path) and not files.holds(item):
            ledger.problem(
                "footage_missing",
                item.name,
                f"the footage {item.name!r} ({item.path}) is not in the bundle; upload a zip that"
                " holds it (in After Effects: File > Dependencies > Collect Files, zip the"
                " folder)",
            )


def _parts(path: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFC", path.replace("\\", "/")).casefold()
    return tuple(part for part in folded.split("/") if part)
