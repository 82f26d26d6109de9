"""One download on its way: a temporary file, its running hashes, and what it must become."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

BLOCK_BYTES = 2**20
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which bytes a download must give, and where they go.

    With `resumes` what came stays when the download fails or the agent dies, and the next one
    goes on from there; whoever calls holds a lock for the path.
    """

    path: Path
    size_bytes: int
    sha256: str
    md5: str | None = None
    resumes: bool = False


class Partial:
    """Write chunks beside the target; the target appears only when size and hashes are right."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._draft = wanted.path.with_name(wanted.path.name + ".part")
        self.size_bytes = 0
        self.wrong = 0
        """How often what came was whole by its own account and not what was announced."""

    def __enter__(self) -> Self:
        self._wanted.path.parent.mkdir(parents=True, exist_ok=True)
        if self._wanted.resumes and self._wanted.path.exists() and not self._draft.exists():
            # It was whole once; whether it still is, its hash tells.
            self._wanted.path.replace(self._draft)
        old = self._wanted.resumes and self._draft.exists()
        self._stream = self._draft.open("r+b" if old else "w+b")
        self._forget()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        if not self._wanted.resumes:
            self._draft.unlink(missing_ok=True)

    def adopt(self) -> None:
        """Take in what an earlier download left, which takes a while; a thread may do it."""
        self._stream.seek(0)
        while chunk := self._stream.read(BLOCK_BYTES):
            self._count(chunk)
        if self.size_bytes > self._wanted.size_bytes:
            self.restart()

    @property
    def has_all(self) -> bool:
        """Tell whether as many bytes as announced are here, right or wrong."""
        return self.size_bytes == self._wanted.size_bytes

    def continues(self, content_range: str | None) -> bool:
        """Tell whether a partial answer begins where we ended and is of a file of our size."""
        match = _RANGE.fullmatch(content_range or "")
        return (
            match is not None
            and int(match[1]) == self.size_bytes
            and match[2] in {"*", str(self._wanted.size_bytes)}
        )

    def headers(self) -> dict[str, str]:
        """Ask for the rest when a part is here."""
        return {"Range": f"bytes={self.size_bytes}-"} if self.size_bytes else {}

    def restart(self) -> None:
        """Forget what came."""
        self._stream.seek(0)
        self._stream.truncate()
        self._forget()

    def _forget(self) -> None:
        self.size_bytes = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; more than was announced are counted, never kept."""
        self._count(chunk)
        if self.size_bytes <= self._wanted.size_bytes:
            self._stream.write(chunk)

    def _count(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.size_bytes <= self._wanted.size_bytes:
            self._sha256.update(chunk)
            self._md5.update(chunk)

    def complete(self) -> str | None:
        """Publish the file when it is whole and right; else say what is wrong with it."""
        if self.size_bytes < self._wanted.size_bytes:
            self.wrong += 1
            return f"it ended after {self.size_bytes} of {self._wanted.size_bytes} bytes"
        wrong = self._mismatch()
        if wrong is not None:
            self.wrong += 1
            self.restart()
            return wrong
        self._stream.flush()
        self._stream.close()
        self._draft.replace(self._wanted.path)
        return None

    def _mismatch(self) -> str | None:
        if self.size_bytes > self._wanted.size_bytes:
            return f"it is longer than {self._wanted.size_bytes} bytes"
        if self._sha256.hexdigest() != self._wanted.sha256:
            return "its sha256 differs from the one announced"
        if self._wanted.md5 is not None and self._md5.hexdigest() != self._wanted.md5:
            return "its md5 differs from the one announced"
        return None
