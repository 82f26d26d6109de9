"""Cursors of lists that a person has put in order."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from orchestrator.errors import BadRequest
from orchestrator.wire.base import Page

Place = tuple[int, UUID]
_MAX = 2**31 - 1


def place_of(cursor: str | None) -> Place | None:
    """Read a cursor as the last row of the page before; raises BadRequest (`bad_cursor`)."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==").decode("ascii")
        position, _, last = text.partition("|")
        place = int(position), UUID(last)
    except (ValueError, binascii.Error) as error:
        raise _refused() from error
    if not 0 <= place[0] <= _MAX:
        raise _refused()
    return place


def page_of(rows: list[Place], limit: int) -> Page:
    """Tell where the page ends; a page that is not full is the last one."""
    if len(rows) < limit or not rows:
        return Page()
    position, last = rows[-1]
    text = f"{position}|{last}".encode()
    return Page(next_cursor=base64.urlsafe_b64encode(text).decode().rstrip("="))


def _refused() -> BadRequest:
    return BadRequest(
        "The cursor is not one of ours. Use next_cursor as given, or none.", "bad_cursor"
    )
