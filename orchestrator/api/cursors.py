"""Pages of lists: opaque cursors, and the query that all lists share."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from orchestrator.errors import BadRequest
from orchestrator.wire.base import Message, Page

Place = tuple[datetime, UUID]


class PageQuery(Message):
    """Hold the query of a list."""

    cursor: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def place_of(cursor: str | None) -> Place | None:
    """Read a cursor as the last row of the page before; raises BadRequest (`bad_cursor`)."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"==").decode()
        at, _, last = text.partition("|")
        begin = datetime.fromtimestamp(0, UTC)
        return begin + timedelta(microseconds=int(at)), UUID(last)
    except (ValueError, OverflowError, OSError, binascii.Error) as error:
        raise BadRequest(
            "The cursor is not one of ours. Use next_cursor as given, or none.", "bad_cursor"
        ) from error


def page_of(rows: list[Place], limit: int) -> Page:
    """Tell where the page ends; a page that is not full is the last one."""
    if len(rows) < limit or not rows:
        return Page()
    at, last = rows[-1]
    microseconds = (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
    text = f"{microseconds}|{last}".encode()
    return Page(next_cursor=base64.urlsafe_b64encode(text).decode().rstrip("="))
