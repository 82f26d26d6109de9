"""Add rows: what the last scan saw and nobody took over yet, or something of a person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args
from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.diff import Change
from orchestrator.core.importing.edit import made
from orchestrator.core.importing.rows import MAX_ROWS, Kind, Row
from orchestrator.errors import Invalid, NotFound
from orchestrator.ids import new_id
from orchestrator.usecases.imports.apply import apply_scan
from orchestrator.usecases.imports.preview import compare_scan
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.scans.kept import kept_scan
from orchestrator.usecases.scenes import change
from orchestrator.usecases.scenes.look import find_row, list_rows
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import one_of, uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.colors import draw_colors
from orchestrator.web.views.scenes.entries import COLOR, Entry, entries
from orchestrator.web.views.scenes.scene import path_of
from orchestrator.web.views.scenes.typed import CREATES, changed, checked, retyped
from orchestrator.wire.bind import FieldKind
from orchestrator.wire.content.importing import ImportApply, ImportPick
from orchestrator.wire.scan import ScanResult

ADD = PROJECTS + "/{id}/add/{kind}"
KINDS: Final[tuple[str, ...]] = get_args(FieldKind)
OFFERED: Final = 200
"""What of the scan is offered on the page; who wants more takes it over in the review."""
NAMES: Final = 500
"""Names of layers and comps that an input suggests."""


@dataclass(frozen=True, slots=True)
class Place:
    """Be where a row is to be added: `scene` for what belongs to one."""

    tenant_id: UUID
    project_id: UUID
    kind: Kind
    scene: Row | None

    @property
    def holder(self) -> UUID:
        """Give what holds the list."""
        return self.project_id if self.scene is None else self.scene.id

    @property
    def back(self) -> str:
        """Give the page that shows the list."""
        base = f"{PROJECTS}/{self.project_id}"
        return f"{base}/colors" if self.scene is None else f"{base}/scenes/{self.scene.id}"

    def takes(self, change: Change) -> bool:
        """Tell whether what a scan found is a row of this list that is not there."""
        scene = None if self.scene is None else self.scene.key
        new = change.action in ("added", "revived")
        return new and change.kind == self.kind and change.scene == scene


@page(ADD, "operator")
async def show_adding(visit: Visit) -> web.Response:
    """Offer what the kept scan saw, and a form for what it did not see."""
    return await _drawn(visit, await _place(visit))


async def _drawn_again(visit: Visit) -> web.Response:
    return await _drawn(visit, await _place(visit))


async def _drawn(visit: Visit, place: Place) -> web.Response:
    scan = await kept_scan(visit.deps, place.tenant_id, place.project_id)
    offered: list[Change] = []
    version = ""
    if scan is not None:
        found = await compare_scan(visit.deps, place.tenant_id, place.project_id, None)
        offered = [one for one in found.diff.changes if place.takes(one)]
        version = found.diff.version
    chosen = one_of(visit.form.get("as") or visit.query.get("as"), KINDS) or "text"
    known = _entries(place, chosen)
    if visit.refused is not None:
        known = retyped(known, visit.form, visit.refused.problems)
    return visit.draw(
        "pages/add_row.html",
        project=await find_project(visit.deps, place.tenant_id, place.project_id),
        place=place,
        offered=offered[:OFFERED],
        version=version,
        has_scan=scan is not None,
        kinds=KINDS,
        chosen=chosen,
        entries=known,
        names=_names(scan) if place.scene is not None else {},
    )


@action(ADD, again=_drawn_again)
async def add_row(visit: Visit) -> web.Response:
    """Make a row of what the form says; what it leaves as it is stays at its start."""
    place = await _place(visit)
    chosen = one_of(visit.form.get("as"), KINDS) or "text"
    draft = _draft(place, chosen)
    given: dict[str, Any] = changed(draft, visit.form)
    if place.kind == "element":
        given["kind"] = chosen
    for name in ("key", "layer", "comp", "property"):
        text = visit.form.get(name, "").strip()
        if text:
            given[name] = text
    values = checked(place.kind, given, CREATES)
    args = (place.tenant_id, place.kind, place.holder, new_id(), values)
    row = await change.make_row(visit.deps, *args)
    return _made(visit, place, row)


def _made(visit: Visit, place: Place, row: Row) -> web.Response:
    """Go to the new row, which can be deleted again."""
    undo = Undo(f"{path_of(row)}/delete", ())
    name = row.fields["title"] or row.key
    return visit.done(f"{place.back}#row-{row.id}", "notice.row_made", undo=undo, name=name)


@action(ADD + "/take")
async def take_row(visit: Visit) -> web.Response:
    """Take over one thing that the kept scan saw: it is the template's, as by a review."""
    place = await _place(visit)
    key = visit.form.get("key", "")
    found = await compare_scan(visit.deps, place.tenant_id, place.project_id, None)
    seen = next((c for c in found.diff.changes if c.key == key and place.takes(c)), None)
    version = visit.form.get("version", "")
    if seen is None or len(version) != len(found.diff.version):
        raise Invalid("The scan offers this no more. Load the page again.", code="nothing_picked")
    pick = ImportPick(kind=seen.kind, scene=seen.scene, key=seen.key)
    wanted = ImportApply(version=version, picks=(pick,))
    await apply_scan(visit.deps, place.tenant_id, place.project_id, wanted, new_id)
    rows = await list_rows(
        visit.deps,
        place.tenant_id,
        place.kind,
        place.holder,
        after=None,
        limit=MAX_ROWS,
        deleted=False,
    )
    return _made(visit, place, next(row for row in rows if row.key == key))


async def _presets(visit: Visit) -> web.Response:
    project_id = uuid(visit.params["id"], "project")
    return await draw_colors(visit, await owner_of(visit.deps, project_id), project_id)


@action(PROJECTS + "/{id}/add-preset", again=_presets)
async def add_preset(visit: Visit) -> web.Response:
    """Make a preset of the colours that the form shows."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    colors = {k[len(COLOR) :]: v.lower() for k, v in visit.form.items() if k.startswith(COLOR)}
    values = checked("preset", {"title": visit.form.get("title", "").strip(), "colors": colors})
    row = await change.make_row(visit.deps, tenant_id, "preset", project_id, new_id(), values)
    return _made(visit, Place(tenant_id, project_id, "preset", None), row)


async def _place(visit: Visit) -> Place:
    """Read where a row is to be added; raises NotFound."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    kind = _kind(visit.params["kind"])
    if kind in ("shared_color", "control"):
        await find_project(visit.deps, tenant_id, project_id)
        return Place(tenant_id, project_id, kind, None)
    scene_id = uuid(visit.form.get("scene") or visit.query.get("scene", ""), "scene")
    scene = await find_row(visit.deps.db.session(), tenant_id, "scene", scene_id)
    if scene.project_id != project_id:
        raise NotFound("scene", scene_id)
    if scene.deleted:
        raise Invalid("This scene was deleted. Restore it first.", code="row_deleted")
    return Place(tenant_id, project_id, kind, scene)


def _kind(text: str) -> Kind:
    kinds: tuple[Kind, ...] = ("element", "scene_color", "shared_color", "control")
    for known in kinds:
        if known == text:
            return known
    raise NotFound("kind of rows to add", repr(text[:60]))


def _draft(place: Place, chosen: str) -> Row:
    """Give the row that the form begins with; nothing of it is kept."""
    given = {"kind": chosen} if place.kind == "element" else {}
    return made(
        place.kind,
        UUID(int=0),
        place.project_id,
        key="",
        parent=None if place.scene is None else place.scene.id,
        given=given,
    )


def _entries(place: Place, chosen: str) -> list[Entry]:
    """Give the inputs of a new row: its names, then what its kind has."""
    own: list[Entry] = [Entry("key", "text", "", (), _named("key"))]
    if place.scene is not None:
        own.append(Entry("layer", "text", "", (), {**_named("layer"), "list": "layers"}))
        comp = place.scene.fields["comp"] or ""
        own.append(Entry("comp", "text", comp, (), {"maxlength": 500, "list": "comps"}))
        own.append(Entry("property", "text", "", (), {"maxlength": 500}))
    rest = [one for one in entries(_draft(place, chosen)) if one.name != "kind"]
    return [*own, *rest]


def _named(name: str) -> dict[str, object]:
    return {"maxlength": 500, "required": True, "autofocus": name == "key"}


def _names(scan: ScanResult | None) -> dict[str, Sequence[str]]:
    """Give names of layers and comps that the scan saw."""
    if scan is None:
        return {}
    layers = {one.layer: None for scene in scan.scenes for one in scene.elements}
    layers |= dict.fromkeys(place.rpartition("/")[2] for place in scan.unclassified)
    return {
        "layers": [*layers][:NAMES],
        "comps": [one.name for one in scan.comps if one.width][:NAMES],
    }


PAGES = (show_adding, add_row, take_row, add_preset)
