"""Remember how fast templates go, for the grants of their tasks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from orchestrator.core.scheduling.pace import Pace
from orchestrator.deps import Deps
from orchestrator.store.render.plans import pace
from orchestrator.wire.agent import Usual

Template = tuple[UUID, UUID, str]
"""A tenant, its project, an engine."""
REMEMBERED_S = 60.0
REMEMBERED = 10_000
_OLD = (0.0, None)


class Paces:
    """Keep paces for a minute: claims are many, and a pace moves once a job."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._known: dict[Template, tuple[float, Usual | None]] = {}

    async def of(self, templates: Sequence[Template | None]) -> list[Usual | None]:
        """Give what each template's runs usually take; None for none, or while nothing is known."""
        now = time.monotonic()
        wanted = {one for one in templates if one is not None}
        found = {one: known for one in wanted if (known := self._known.get(one, _OLD))[0] > now}
        if unknown := wanted - found.keys():
            looked = await pace.read_many(self._deps.db.session(), sorted(unknown))
            more = {one: (now + REMEMBERED_S, _usual(looked.get(one))) for one in unknown}
            if len(self._known) + len(more) > REMEMBERED:
                self._known.clear()
            self._known.update(more)
            found.update(more)
        return [None if one is None else found[one][1] for one in templates]


def _usual(found: Pace | None) -> Usual | None:
    if found is None:
        return None
    return Usual(
        launch_s=found.launch_s,
        open_s=found.open_s,
        first_frame_s=found.first_frame_s,
        frame_s=max(found.frame_s, found.frame_slowest_s),
    )
