"""Reads server-sent events from lines of text (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sse:
    """Be one event: its id (to resume with), its name and its data."""

    id: str
    event: str
    data: str


async def events(lines: AsyncIterable[bytes]) -> AsyncIterator[Sse]:
    """Give the events of a stream; an event that is cut off at the end is dropped."""
    event_id, name, data = "", "message", list[str]()
    async for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if data:
                yield Sse(event_id, name, "\n".join(data))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            event_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
