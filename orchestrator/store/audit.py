"""The audit log: who changed what; rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class Actor:
    """Be who changed something, and by which request."""

    kind: Literal["api_key", "user", "node", "system", "cli"]
    id: str | None = None
    request_id: str | None = None
    address: IPv4Address | IPv6Address | None = None


SYSTEM = Actor("system")


async def note(
    session: Session,
    actor: Actor,
    action: str,
    *,
    target: tuple[str, object],
    detail: Mapping[str, str | int | None],
) -> None:
    """Write down who did what to which thing, in the transaction of the change.

    `action` is such as node.quarantine, `target` a kind and an id; `detail` holds no secrets.
    """
    await session.execute(
        "audit_insert",
        actor.kind,
        actor.id,
        action,
        target[0],
        str(target[1]),
        actor.request_id,
        actor.address,
        dict(detail),
    )


async def page(session: Session, before: int | None, limit: int) -> list[Record]:
    """Give the newest notes, those before an id: id, at, actor_*, action, target_*, detail."""
    return await session.fetch("audit_page", before, limit)
