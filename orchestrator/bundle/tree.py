"""The tree that a bundle's paths make, in which no two of them may be one on any system."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.bundle import names
from orchestrator.bundle.model import BadBundle


@dataclass(slots=True)
class _Folder:
    """Be one folder; `told` when the archive has an entry for it. A file is only its name."""

    name: str
    inside: dict[str, _Folder | str] = field(default_factory=dict)
    told: bool = False


class Tree:
    """Holds the paths seen so far; `most` bounds files and folders together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._root = _Folder("")

    def add(self, path: str, *, folder: bool) -> None:
        """Add a path with all the folders above it.

        Raises BadBundle when it collides with another on some system, or makes too many folders.
        """
        parts = path.split("/")
        above = self._root
        for depth in range(len(parts) if folder else len(parts) - 1):
            above = self._folder(above, parts, depth)
        if folder:
            if above.told:
                raise _collision(parts, len(parts) - 1, above.name)
            above.told = True
        else:
            self._put(above, parts, len(parts) - 1, parts[-1])

    def _folder(self, above: _Folder, parts: list[str], depth: int) -> _Folder:
        name = parts[depth]
        known = above.inside.get(names.key(name))
        if known is None:
            known = _Folder(name)
            self._put(above, parts, depth, known)
        elif isinstance(known, str):
            raise _collision(parts, depth, known)
        elif known.name != name:
            raise _collision(parts, depth, known.name)
        return known

    def _put(self, above: _Folder, parts: list[str], depth: int, item: _Folder | str) -> None:
        key = names.key(parts[depth])
        known = above.inside.get(key)
        if known is not None:
            raise _collision(parts, depth, known if isinstance(known, str) else known.name)
        if self._count >= self._most:
            path = "/".join(parts)
            raise BadBundle(
                "too_many_entries",
                path,
                f"with {path!r} there are over {self._most} files and folders; put less into it",
            )
        self._count += 1
        above.inside[key] = item


def _collision(parts: list[str], depth: int, name: str) -> BadBundle:
    path, other = "/".join(parts), "/".join([*parts[:depth], name])
    return BadBundle(
        "name_collision",
        path,
        f"the entry {path!r} and {other!r} are one file on some systems; rename one of them",
    )
