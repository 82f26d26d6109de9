"""Give what came of a render to the farm's own people: files under names that say what they are."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.overview import results
from orchestrator.usecases.renders.look import ENDINGS

PREVIEWS = 24
_NAME_MOST = 80
_KEPT = "\u200c"
"""Persian words hold it between their letters."""


async def result_url(deps: Deps, tenant_id: UUID, job_id: UUID, kind: str) -> str:
    """Sign an address of the video, poster or small picture of a render; raises NotFound."""
    row = await results.get(deps.db.session(), tenant_id, job_id, kind)
    if row is None:
        raise NotFound(f"export of render {job_id}, or not yet:", kind)
    name = file_name(row["project"], job_id, kind, row["media_type"])
    return deps.objects.sign_get(row["object_key"], deps.settings.url_ttl_s, name)


async def preview_url(deps: Deps, tenant_id: UUID, job_id: UUID, frame: int) -> str:
    """Sign an address of the small picture of a frame; raises NotFound."""
    found = await results.preview_key(deps.db.session(), tenant_id, job_id, frame)
    if found is None:
        raise NotFound(f"picture in render {job_id} of frame", frame)
    return deps.objects.sign_get(found, deps.settings.url_ttl_s)


async def preview_frames(deps: Deps, tenant_id: UUID, job_id: UUID) -> list[int]:
    """Give the frames that are shown while a render is made."""
    return await results.preview_frames(deps.db.session(), tenant_id, job_id, PREVIEWS)


def file_name(project: str | None, job_id: UUID, kind: str, media_type: str) -> str:
    """Name a download by its project: no system refuses it, and nothing in it hides its ending."""
    plain = "".join(
        " " if one in '\\/:*?"<>|' or _hides(one) else one
        for one in unicodedata.normalize("NFC", project or "")
    )
    begin = " ".join(plain.split())[:_NAME_MOST].strip(" .") or "render"
    what = "" if kind == "video" else f" {kind}"
    ending = ENDINGS.get(media_type, "bin")
    return f"{begin} {str(job_id)[:13]}{what}.{ending}"


def _hides(one: str) -> bool:
    return one != _KEPT and unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
