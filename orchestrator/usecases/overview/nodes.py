"""List nodes for the pages, and move many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.store.overview import nodes
from orchestrator.store.overview.nodes import NodeFilter, NodeLine
from orchestrator.store.pool import Record
from orchestrator.usecases.nodes.moves import Wish, move_node
from orchestrator.usecases.overview.many import AT_ONCE, Many, each

ATTEMPTS = 30
FONTS = 500
CACHED = 50


@dataclass(frozen=True, slots=True)
class Nodes:
    """Be one page of nodes; `more` is the last one's id when others follow."""

    lines: list[NodeLine]
    more: UUID | None


async def list_nodes(deps: Deps, wanted: NodeFilter, after: UUID | None, limit: int) -> Nodes:
    """Give a page of nodes by name."""
    found = await nodes.page(deps.db.session(), wanted, after, limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return Nodes(found[:limit], more)


async def recent_attempts(deps: Deps, node_id: UUID) -> list[Record]:
    """Give a node's newest tries."""
    return await nodes.attempts(deps.db.session(), node_id, ATTEMPTS)


async def cache_of(deps: Deps, node_id: UUID) -> list[Record]:
    """Give what a node keeps in its cache, the last used first, with the templates made of it."""
    return await nodes.cache(deps.db.session(), node_id, CACHED)


async def enrolment_of(deps: Deps, node_id: UUID) -> Record | None:
    """Give by whose token a node joined, and when; None where that is long forgotten."""
    return await nodes.enrolment(deps.db.session(), node_id)


async def fonts_of(deps: Deps, node_id: UUID) -> list[Record]:
    """Give the fonts that were put on a node."""
    return await nodes.fonts(deps.db.session(), node_id, FONTS)


async def states_of(deps: Deps, node_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Give the states that nodes have now."""
    return await nodes.states(deps.db.session(), list(node_ids[:AT_ONCE]))


async def move_nodes(deps: Deps, node_ids: Sequence[UUID], wish: Wish, reason: str | None) -> Many:
    """Move nodes one by one; raises as `each` does."""

    async def do(node_id: UUID) -> None:
        await move_node(deps.db, node_id, wish, reason)

    return await each(node_ids, do)
