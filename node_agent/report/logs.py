"""The attempt's log: kept on disk within bounds, sent by byte offset as the server asks."""

from __future__ import annotations

from pathlib import Path

from node_agent.report.client import Client
from orchestrator.wire.agent import Token
from orchestrator.wire.tasks import LogAnswer, LogChunk

MAX_BYTES = 4 * 2**20
CHUNK_BYTES = 64 * 2**10
_CUT = "\n[the log is longer than this node keeps; the rest is left out]\n"


class AttemptLog:
    """Append lines and send them; what the server lacks is sent from the offset it names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = 0
        self._sent = 0
        self._full = False

    @property
    def pending(self) -> bool:
        """Tell whether the server lacks something."""
        return self._sent < self._size

    def add(self, lines: list[str]) -> None:
        """Append lines; control characters become spaces, so that no line can forge another."""
        if self._full or not lines:
            return
        text = "".join(_plain(line) + "\n" for line in lines)
        if self._size + len(text.encode()) > MAX_BYTES:
            self._full, text = True, _CUT
        raw = text.encode()
        try:
            with self._path.open("ab") as out:
                out.write(raw)
        except OSError:
            # A log that cannot be kept must not end the work; the disk's failure shows elsewhere.
            self._full = True
            return
        self._size += len(raw)

    async def send(
        self, client: Client, path: str, token: Token, *, patience_s: float, rounds: int = 1000
    ) -> None:
        """Send what the server lacks. Raises what the client raises."""
        for _ in range(rounds):
            if not self.pending:
                return
            chunk = LogChunk(token=token, offset=self._sent, text=self._read())
            answer = await client.call(path, chunk, LogAnswer, patience_s=patience_s)
            if answer.offset == self._sent:
                return
            self._sent = min(answer.offset, self._size)

    def _read(self) -> str:
        with self._path.open("rb") as stream:
            stream.seek(self._sent)
            raw = stream.read(CHUNK_BYTES)
        cut = raw.rfind(b"\n") + 1
        return raw[: cut or len(raw)].decode(errors="replace")


def _plain(line: str) -> str:
    return "".join(
        char if char.isprintable() else " " for char in line if not "\ud800" <= char <= "\udfff"
    )
