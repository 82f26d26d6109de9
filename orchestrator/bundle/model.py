"""What the guard says: a manifest of a bundle that may be used, or why it may not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

MIB = 1024 * 1024


class BadBundle(Exception):
    """Refuse a bundle: a stable code, the entry it is about, a sentence that says what to do."""

    def __init__(self, code: str, entry: str | None, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.entry = entry
        self.message = message


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bundle may hold; the defaults suit templates with video footage."""

    archive_bytes: int = 8 * 1024 * MIB
    total_bytes: int = 16 * 1024 * MIB
    entries: int = 20_000
    total_ratio: int = 100
    entry_ratio: int = 200
    entry_ratio_from_bytes: int = 10 * MIB
    small_total_bytes: int = 10 * MIB


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle: its path with / between names, its size, its hash in hex."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every file of a bundle in the archive's order, and which one is the project."""

    kind: Literal["zip", "aep"]
    entries: tuple[Entry, ...]
    aep_path: str
    total_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Manifest:
        """Read back what `to_dict` gave; raises KeyError or TypeError for anything else."""
        entries = tuple(Entry(**entry) for entry in data["entries"])
        return cls(data["kind"], entries, data["aep_path"], data["total_bytes"])
