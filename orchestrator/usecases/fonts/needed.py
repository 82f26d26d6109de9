"""Give tasks the tenant's fonts that their texts are written in."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.store.render.templates import fonts
from orchestrator.usecases.tasks.plan import MediaInput
from orchestrator.wire.renders import RenderOrder

FOLDER = "fonts"
"""Where a job folder has the tenant's fonts; the node installs them before the engine starts."""


async def orderable(session: Session, tenant_id: UUID, bundle_id: int) -> frozenset[str]:
    """Give the names that an order may ask for beside those of the template's own texts."""
    own = await fonts.names(session, tenant_id)
    return own | await fonts.bundle_names(session, bundle_id)


async def font_inputs(
    session: Session, tenant_id: UUID, bundle_id: int, wanted: Collection[str]
) -> tuple[MediaInput, ...]:
    """Give the tenant's fonts among those wanted; what the bundle brings is not sent twice."""
    left = set(wanted) - await fonts.bundle_names(session, bundle_id)
    if not left:
        return ()
    rows = await fonts.of_names(session, tenant_id, left)
    return tuple(
        MediaInput(
            f"{FOLDER}/{row.sha256[:16]}.{row.format}", row.object_key, row.sha256, row.size_bytes
        )
        for row in rows
    )


def fonts_of_order(order: RenderOrder) -> frozenset[str]:
    """Give the fonts that an order names itself."""
    named = (value.font for scene in order.scenes for value in scene.values)
    return frozenset(name for name in named if name)
