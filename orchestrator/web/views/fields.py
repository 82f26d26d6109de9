"""Read what addresses and forms hold: ids, places in lists, choices."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from orchestrator.core.importing.rows import Row
from orchestrator.errors import BadRequest, NotFound


def uuid(text: str, what: str) -> UUID:
    """Read an id; one that is none names nothing: NotFound."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(what, repr(text[:60])) from error


def one_of(text: str | None, known: tuple[str, ...]) -> str | None:
    """Take a filter's value; one that is unknown lets everything through."""
    return text if text in known else None


def number(text: str | None) -> int | None:
    """Read a whole number of a form, in any script's digits; None for anything else."""
    plain = (text or "").strip()
    return int(plain) if plain.isdecimal() and len(plain) < 10 else None


def write_place(place: tuple[datetime, UUID] | None) -> str | None:
    """Write the last row of a page for the address of the next one."""
    if place is None:
        return None
    text = f"{place[0].isoformat()}|{place[1].hex}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(text: str | None) -> tuple[datetime, UUID] | None:
    """Read it again. Raises BadRequest (`bad_cursor`)."""
    if not text:
        return None
    try:
        packed = base64.urlsafe_b64decode(text[:200] + "=" * (-len(text[:200]) % 4)).decode()
        at, _, name = packed.partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(hex=name)
    except (ValueError, OverflowError) as error:
        raise BadRequest(
            "This page of the list is unknown. Begin at its first.", "bad_cursor"
        ) from error


def read_cursor(text: str | None) -> tuple[int, UUID] | None:
    """Read the last row of the page before in a list that has an order of its own.

    Raises BadRequest (`bad_cursor`).
    """
    if not text:
        return None
    position, _, name = text.partition(".")
    try:
        return int(position), UUID(name)
    except ValueError as error:
        raise BadRequest("This page is unknown. Begin at its first.", "bad_cursor") from error


def write_cursor(shown: Sequence[Row], *, more: bool) -> str | None:
    """Write where the next page begins; None after the last one."""
    return f"{shown[-1].order[0]}.{shown[-1].id}" if more else None


def start(text: str | None) -> int:
    """Read how many rows the pages before hold."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0
