"""Gather what a person needs to know of a template to order a render of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from orchestrator.core.importing.review import Review
from orchestrator.core.importing.rows import Kind, Row
from orchestrator.core.scheduling.classes import Requirements
from orchestrator.deps import Deps
from orchestrator.store.content import rows
from orchestrator.store.content.projects import ProjectRow
from orchestrator.store.pool import Record
from orchestrator.usecases.fonts.needed import orderable
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.renders.eta import Crowd
from orchestrator.usecases.scans.kept import kept_scan
from orchestrator.usecases.tenants.look import get_tenant
from orchestrator.wire.base import EngineKind
from orchestrator.wire.scan import ScanResult


@dataclass(frozen=True, slots=True)
class Offer:
    """Say what can be ordered; `able` are the engines that some node has, online or not."""

    tenant: Record
    project: ProjectRow
    review: Review
    scan: ScanResult
    fonts: Sequence[str]
    able: Sequence[EngineKind]
    shared: Sequence[Row]

    def listed(self, kind: Kind) -> list[Row]:
        """Give the live rows of what all scenes share, in their order."""
        return [row for row in self.shared if row.kind == kind]


async def offer_of(deps: Deps, tenant_id: UUID, project_id: UUID) -> Offer | None:
    """Give what a template offers by the scan that is kept; None for one that was not scanned.

    Raises NotFound, Conflict (`no_bundle`).
    """
    session = deps.db.session()
    project = await find_project(deps, tenant_id, project_id)
    bundle = bundle_of(project)
    scan = await kept_scan(deps, tenant_id, project_id)
    if scan is None:
        return None
    every = await rows.read_all(session, tenant_id, project_id)
    review = Review(scan, every)
    offered = review.orderable()
    fonts = await orderable(session, tenant_id, bundle.bundle_id) | set(scan.fonts)
    live = (row for row in every if row.parent is None and not row.deleted)
    return Offer(
        tenant=await get_tenant(deps, tenant_id),
        project=project,
        review=review,
        scan=offered,
        fonts=sorted(fonts),
        able=await able_engines(deps),
        shared=sorted(live, key=lambda row: row.order),
    )


async def able_engines(deps: Deps) -> list[EngineKind]:
    """Give the engines that some node has, online or not."""
    nodes = await deps.shared(Crowd).nodes()
    kinds: tuple[EngineKind, ...] = get_args(EngineKind)
    return [kind for kind in kinds if nodes.standing(Requirements("render", kind)).able]


def usual_engine(able: Sequence[EngineKind]) -> EngineKind:
    """Choose the engine that a farm has: After Effects, unless it has the preview engine alone."""
    return able[0] if able else "aftereffects"
