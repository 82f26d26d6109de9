"""Check the values that a client gives, and find the files and fonts that they bring along."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.importing.review import Review
from orchestrator.core.templates.order import check_order
from orchestrator.deps import Deps
from orchestrator.usecases.fonts.needed import font_inputs, fonts_of_order, orderable
from orchestrator.usecases.renders.media import Media, media_of
from orchestrator.usecases.tasks.plan import MediaInput
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.renders import RenderOrder


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what is wrong with an order's values, and the files they name."""

    problems: list[FieldProblem]
    media: Media


async def check_values(
    deps: Deps, tenant_id: UUID, order: RenderOrder, bundle_id: int, review: Review
) -> Checked:
    """Compare an order with the reviewed template; fonts and files of others do not exist."""
    offered = review.orderable()
    known = await orderable(deps.db.session(), tenant_id, bundle_id)
    media = await media_of(deps.db, tenant_id, order, offered)
    found = [*check_order(order, offered, known), *review.problems(order), *media.problems]
    return Checked(found, media)


async def fonts_for(
    deps: Deps, tenant_id: UUID, order: RenderOrder, bundle_id: int, review: Review
) -> tuple[MediaInput, ...]:
    """Give the tenant's fonts that the template or the order names."""
    wanted = {*review.scan.fonts, *fonts_of_order(order)}
    return await font_inputs(deps.db.session(), tenant_id, bundle_id, wanted)


def summary(what: str, found: list[FieldProblem]) -> str:
    """Say in a sentence why an order is refused: its first three problems."""
    shown = "; ".join(problem.message.rstrip(".") for problem in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{what}: {shown}{more}."
