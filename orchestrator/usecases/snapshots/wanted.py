"""Check what pictures are asked for, and work out what each of them is: its frame and its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.importing.review import Review
from orchestrator.core.media import media_rules
from orchestrator.core.stills.keys import Drawn, EngineClass, cache_key, engine_class
from orchestrator.core.stills.places import OutsideError, Place, place_of
from orchestrator.core.templates.final import ChoiceNeeded
from orchestrator.core.templates.lookup import Lookup
from orchestrator.core.templates.spec import bind_spec
from orchestrator.core.templates.timeline import rendered_comp, sequenced
from orchestrator.deps import Deps
from orchestrator.errors import Invalid
from orchestrator.store.content import rows
from orchestrator.store.content.projects import BundleRow, ProjectRow
from orchestrator.store.render import waiting
from orchestrator.usecases.projects.look import bundle_of
from orchestrator.usecases.renders.checking import check_values, fonts_for, summary
from orchestrator.usecases.scans.kept import scan_of
from orchestrator.usecases.tasks.plan import MediaInput
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.content.snapshots import MAX_SCENES, SnapshotOrder, SnapshotScene
from orchestrator.wire.renders import OrderScene, RenderOrder
from orchestrator.wire.scan import ScanResult


@dataclass(frozen=True, slots=True)
class Shot:
    """Be one picture that is asked for."""

    scene: str
    place: Place
    cache_key: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Be a call for pictures that was checked; `plain` when it gives no value."""

    bundle: BundleRow
    engine: EngineClass
    bind: BindSpec
    inputs: tuple[MediaInput, ...]
    shots: tuple[Shot, ...]
    plain: bool


async def check_wanted(
    deps: Deps, tenant_id: UUID, project: ProjectRow, order: SnapshotOrder
) -> Wanted:
    """Compare a call with the reviewed template; raises Conflict, Invalid with all problems."""
    session = deps.db.session()
    bundle = bundle_of(project)
    scan = await scan_of(deps, tenant_id, project)
    review = Review(scan, await rows.read_all(session, tenant_id, project.id))
    offered = review.orderable()
    scenes = order.scenes or _every(offered)
    values = sequenced(_as_order(project.id, order, scenes), offered)
    checked = await check_values(deps, tenant_id, values, bundle.bundle_id, review)
    # What must be given in an order is shown here as the template has it.
    found = [problem for problem in checked.problems if problem.code != "missing"]
    places = _places(order, offered, scenes, found)
    if found:
        raise Invalid(summary("The pictures cannot be drawn", found), found, "bad_order")
    fonts = await fonts_for(deps, tenant_id, values, bundle.bundle_id, review)
    inputs = (*checked.media.inputs, *fonts)
    bind = bind_spec(review.completed(values), scan, checked.media.paths, offered)
    fps = rendered_comp(values, offered).fps
    rules = media_rules(values, offered, checked.media.seen, fps)
    bind = bind.model_copy(update={"media": rules})
    engine = engine_class(await waiting.nodes(session), order.engine)
    drawn = Drawn(
        project_id=project.id,
        bundle_sha256=bundle.sha256,
        convention_version=scan.convention_version,
        engine=engine,
        max_side=order.max_side,
        inputs={one.path: one.sha256 for one in inputs},
    )
    shots = tuple(Shot(key, at, cache_key(drawn, bind, key, at)) for key, at in places)
    given = any(scene.values for scene in scenes) or bool(order.colors or order.controls)
    plain = not given and all(scene.at_s is None for scene in scenes)
    return Wanted(bundle, engine, bind, inputs, shots, plain)


def _every(scan: ScanResult) -> tuple[SnapshotScene, ...]:
    return tuple(SnapshotScene(key=scene.key) for scene in scan.scenes if not scene.shared)


def _as_order(
    project_id: UUID, order: SnapshotOrder, scenes: Sequence[SnapshotScene]
) -> RenderOrder:
    return RenderOrder(
        project_id=project_id,
        scenes=tuple(OrderScene(key=scene.key, values=scene.values) for scene in scenes),
        colors=order.colors,
        controls=order.controls,
        comp=order.comp,
        engine=order.engine,
    )


def _places(
    order: SnapshotOrder,
    scan: ScanResult,
    scenes: Sequence[SnapshotScene],
    found: list[FieldProblem],
) -> list[tuple[str, Place]]:
    """Give the frame of each scene; what has none is told in `found`, once."""
    lookup, places = Lookup(scan), []
    if not scenes:
        message = "the template has no scenes; scan it again, or name a comp in mode free"
        found.append(FieldProblem(code="no_scenes", place="scenes", message=message))
    if len(scenes) > MAX_SCENES:
        message = f"{len(scenes)} scenes are more than {MAX_SCENES} at one time; name some"
        found.append(FieldProblem(code="too_many_scenes", place="scenes", message=message))
    for number, asked in enumerate(scenes):
        known = lookup.scene(asked.key)
        if known is None:
            continue  # Told already, with those that there are.
        try:
            places.append((known.key, place_of(scan, known, asked.at_s, order.comp)))
        except OutsideError as problem:
            at = f"scenes[{number}].at_s"
            found.append(FieldProblem(code="at_outside", place=at, message=str(problem)))
        except ChoiceNeeded as problem:
            if problem.code not in {told.code for told in found}:
                found.append(FieldProblem(code=problem.code, place="comp", message=str(problem)))
    return places
