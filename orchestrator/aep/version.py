"""Reads which After Effects saved a project from its first bytes, without opening the rest."""

from __future__ import annotations

from pathlib import Path

from orchestrator.aep.model import Version

HEAD_BYTES = 4096


def saved_by(path: Path) -> Version | None:
    """Give the version in a project's head; None when it does not stand where it should.

    Raises OSError.
    """
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
    at = data.find(b"head", 12)
    if data[:4] != b"RIFX" or data[8:12] != b"Egg!" or not 0 <= at <= len(data) - 16:
        return None
    word = int.from_bytes(data[at + 12 : at + 16], "big")
    return version_of(word, int.from_bytes(data[at + 8 : at + 10], "big"))


def version_of(word: int, file_format: int) -> Version:
    """Take apart the word that holds a version."""
    return Version(
        major=(word >> 26 & 15) * 8 + (word >> 19 & 7),
        minor=word >> 15 & 15,
        build=word & 255,
        file_format=file_format,
    )
