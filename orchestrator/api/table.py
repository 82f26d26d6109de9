"""Collect every route of the API in one table."""

from __future__ import annotations

from orchestrator.api.clients import (
    events,
    files,
    fonts,
    health,
    keys,
    objects,
    projects,
    renders,
    scans,
    sessions,
)
from orchestrator.api.editor import imports, previews, scenes, snapshots
from orchestrator.api.editor import projects as project_edits
from orchestrator.api.farm import agent, node_health, nodes, settings
from orchestrator.api.outgoing import webhooks
from orchestrator.api.proof import manifests, usage
from orchestrator.api.route import Route

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *keys.ROUTES,
    *files.ROUTES,
    *fonts.ROUTES,
    *sessions.ROUTES,
    *projects.ROUTES,
    *imports.ROUTES,
    *scenes.ROUTES,
    *scans.ROUTES,
    *project_edits.ROUTES,
    *previews.ROUTES,
    *snapshots.ROUTES,
    *renders.ROUTES,
    *manifests.ROUTES,
    *usage.ROUTES,
    *events.ROUTES,
    *webhooks.ROUTES,
    *objects.ROUTES,
    *nodes.ROUTES,
    *node_health.ROUTES,
    *settings.ROUTES,
    *agent.ROUTES,
)
