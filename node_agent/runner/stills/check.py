"""The pictures of a snapshot task as they appear: each decodes, or says what is wrong with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from node_agent.runner.verify import Looks, check

_LOOKS = Looks(None, frozenset({"RGB", "RGBA"}))


class StillCheck:
    """Look for `sNNNN_*` in a folder: picture NNNN of the task."""

    def __init__(self, folder: Path, count: int) -> None:
        self.wanted = range(count)
        self.good: dict[int, Path] = {}
        self.bad: dict[int, str] = {}
        self._folder = folder

    @property
    def count(self) -> int:
        """Give how many pictures are good."""
        return len(self.good)

    @property
    def complete(self) -> bool:
        """Tell whether every picture is good."""
        return len(self.good) == len(self.wanted)

    @property
    def proven(self) -> bool:
        """Say that pictures which all decode need no other proof."""
        return True

    async def look(self) -> None:
        """Decode what is not known to be good; call once more after the engine has ended."""
        await asyncio.to_thread(self._look)

    def _look(self) -> None:
        for place in self.wanted:
            if place in self.good:
                continue
            for path in sorted(self._folder.glob(f"s{place:04d}_*")):
                try:
                    check(path, _LOOKS)
                except (ValueError, FileNotFoundError) as error:
                    self.bad[place] = str(error)
                    continue
                self.bad.pop(place, None)
                self.good[place] = path
