"""The settings that admins changed; rows of others, and what is no number, are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.in_force import CHANGEABLE, Value
from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class Changed:
    """Be a setting as it was changed last; `by` is a person's address, None for others."""

    name: str
    value: Value
    at: datetime
    by: str | None


async def take_turn(session: Session) -> None:
    """Wait until nobody else changes settings, until the end of the transaction."""
    await session.execute("settings_turn")


async def read_all(session: Session) -> dict[str, Changed]:
    """Give every setting that was changed, by name."""
    return {
        row["key"]: Changed(row["key"], row["value"], row["updated_at"], row["email"])
        for row in await session.fetch("settings_all")
        if row["key"] in CHANGEABLE and type(row["value"]) in (int, float)
    }


async def put(session: Session, name: str, value: Value, by: str) -> None:
    """Set one; `by` is a kind of actor and its id."""
    await session.execute("setting_put", name, value, by)


async def drop(session: Session, name: str) -> None:
    """Go back to the default of one."""
    await session.execute("setting_drop", name)
