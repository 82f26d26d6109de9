"""Ask for the password once more before what a stolen session must not do."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict

from orchestrator.errors import FarmError
from orchestrator.usecases.accounts import proof
from orchestrator.web.page import Page, Visit, page_of_ours

CONFIRM: Final = "/admin/account/confirm"
PROOF_FIELD: Final = "confirm_with"
FROM_FIELD: Final = "confirm_from"


async def confirmed(one: Page, visit: Visit) -> tuple[Visit, web.Response | None]:
    """Give the visit to go on with, or the page that asks; what was typed is sent along with it."""
    if visit.person.is_fresh:
        return visit, None
    if one.method == "GET":
        return visit, visit.go(f"{CONFIRM}?next={quote(visit.request.path_qs, safe='')}")
    fields = MultiDict(visit.form.items())
    secrets = fields.popall(PROOF_FIELD, [])
    back = page_of_ours(fields.popall(FROM_FIELD, [visit.came_from])[0])
    visit = replace(visit, form=fields, back=back)
    if not secrets:
        return visit, ask(visit, visit.request.path_qs, None)
    try:
        return await prove(visit, secrets[0]), None
    except FarmError as error:
        if error.code == "signed_out":
            raise
        return visit, ask(visit, visit.request.path_qs, error)


async def prove(visit: Visit, secret: str) -> Visit:
    """Check the password or code; give the visit of the renewed session. Raises FarmError."""
    token = await proof.confirm(visit.deps, visit.person, secret)
    return replace(visit.renewed(token), session=replace(visit.person, is_fresh=True))


def ask(visit: Visit, path: str, error: FarmError | None, code: int = 403) -> web.Response:
    """Draw the page that asks; its form goes to `path` with the fields of the form before."""
    return visit.draw(
        "pages/confirm.html",
        error.status if error is not None else code,
        error=error,
        path=path,
        fields=[*visit.form.items(), (FROM_FIELD, visit.came_from)],
        secret=PROOF_FIELD,
    )
