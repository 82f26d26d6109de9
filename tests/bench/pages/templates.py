"""Make large templates as uploads make them: one that was reviewed, and one that waits for it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.ids import new_id
from orchestrator.store.content import projects
from orchestrator.usecases.imports.apply import apply_scan
from orchestrator.usecases.imports.preview import compare_scan
from orchestrator.usecases.scans.keep import keep_scan
from orchestrator.usecases.scenes.look import list_rows
from orchestrator.web.views.scenes.picks import groups_of
from orchestrator.wire.content.importing import ImportApply
from orchestrator.wire.scan import ScanResult
from tests.bench.pages.fill import FILL, connection

SCENES, FIELDS = 100, 20
COLORS = 24
ORDERED = 1
KINDS = ("text", "text", "text", "media", "dropdown", "color")
MD5, SHA256 = "0" * 32, "0" * 64
"""The bundle that the tasks of the farm have, too."""


async def templates(deps: Deps, tenant_id: UUID, dsn: str) -> tuple[str, ...]:
    """Give the addresses of all pages of two large templates of a tenant."""
    new = await _project(deps, tenant_id)
    groups = groups_of((await compare_scan(deps, tenant_id, new, None)).diff)
    known = await _project(deps, tenant_id)
    version = (await compare_scan(deps, tenant_id, known, None)).diff.version
    await apply_scan(deps, tenant_id, known, ImportApply(version=version), new_id)
    (scene, *_) = await list_rows(
        deps, tenant_id, "scene", known, after=None, limit=1, deleted=False
    )
    await _ordered(dsn, tenant_id, known)
    base, unseen = f"/admin/projects/{known}", f"/admin/projects/{new}"
    return (
        f"{unseen}/review",
        f"{unseen}/review?part=group&group={groups[1].mark}",
        f"{unseen}/add-scene",
        f"{unseen}/order",
        base,
        f"{base}/order",
        f"/admin/jobs/00000000-0000-0000-0004-{ORDERED:012d}/order",
        f"{base}/review",
        f"{base}/colors",
        f"{base}/add-scene",
        f"{base}/scenes/{scene.id}",
        f"{base}/scenes/{scene.id}/comp",
        f"{base}/add/element?scene={scene.id}",
        f"{base}/rows/scene/{scene.id}",
    )


async def _ordered(dsn: str, tenant_id: UUID, project_id: UUID) -> None:
    """Let a render be one of all scenes, with values of its own."""
    words = [{"key": "f0", "value": "متنی دیگر"}, {"key": "f1", "value": "و یکی دیگر"}]
    scenes = [{"key": f"scene{n}", "values": words, "duration_s": 5} for n in range(SCENES)]
    order = json.dumps({"project_id": str(project_id), "scenes": scenes})
    async with connection(dsn) as opened:
        await opened.execute(FILL["fill_ordered"], ORDERED, tenant_id, project_id, order)


async def _project(deps: Deps, tenant_id: UUID) -> UUID:
    project_id, session = new_id(), deps.db.session()
    await projects.project_insert(
        session,
        project_id=project_id,
        tenant_id=tenant_id,
        name=f"{SCENES} scenes",
        aspect="16:9",
        mode="flexible",
    )
    bundle = await projects.bundle_find(session, MD5, SHA256)
    assert bundle is not None
    await projects.project_set_bundle(session, tenant_id, project_id, bundle)
    assert await keep_scan(session, tenant_id, project_id, MD5, _scan(), "quick")
    return project_id


def _scan() -> ScanResult:
    found = {
        "mode": "flexible",
        "mode_detected": "flexible",
        "mode_reason": "It has scenes.",
        "ae_version": "25.4x8",
        "final_comp": "flatrender",
        "comps": [_comp(f"frc_scene{number}") for number in range(SCENES)],
        "scenes": [_scene(number) for number in range(SCENES)],
        "shared_colors": [{"key": f"color{n}", "value": "#336699"} for n in range(COLORS)],
        "controls": [{"key": "layout", "value": 1}],
        "fonts": ["Vazirmatn-Regular", "Vazirmatn-Bold"],
    }
    return ScanResult.model_validate(found, strict=False)


def _comp(name: str) -> dict[str, Any]:
    size = {"width": 1920, "height": 1080, "fps": {"num": 25, "den": 1}}
    return {"name": name, "layers": FIELDS, "duration_s": 4.0, "frames": 100, **size}


def _scene(number: int) -> dict[str, Any]:
    name = f"frc_scene{number}"
    return {
        "key": f"scene{number}",
        "title": f"صحنه {number}",
        "comp": name,
        "order": number,
        "duration_s": 4.0,
        "min_s": 2.0,
        "max_s": 9.0,
        "elements": [_field(name, place) for place in range(FIELDS)],
    }


def _field(comp: str, place: int) -> dict[str, Any]:
    kind = KINDS[place % len(KINDS)]
    words = {"text": "متن نمونه‌ی این قسمت", "dropdown": "1", "color": "#ff8800"}
    field = {"key": f"f{place}", "kind": kind, "layer": f"frl_f{place}", "comp": comp}
    if kind in words:
        field["default"] = words[kind]
    if kind == "text":
        return {**field, "font": "Vazirmatn-Regular", "font_size": 48, "justify": "right"}
    return {**field, "options": ["small", "large"]} if kind == "dropdown" else field
