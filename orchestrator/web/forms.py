"""Read a form, and see that it is one of ours: no other site may act for a person."""

from __future__ import annotations

import asyncio
import hmac
from typing import Final

from aiohttp import web
from multidict import MultiDict, MultiMapping

from orchestrator.core.callers import is_from_elsewhere
from orchestrator.errors import BadRequest, FarmError, Forbidden

MAX_FORM_BYTES: Final = 256 * 1024
MAX_FIELDS: Final = 10_000
"""An order of a large template has thousands of inputs; the bytes are the limit that counts."""
FORM_TIMEOUT_S: Final = 30.0
CSRF_FIELD: Final = "csrf"
_KINDS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def read_form(request: web.Request, csrf: str | None) -> MultiDict[str]:
    """Give a form's texts; files in it are left out.

    Two guards: what the browser says of where the call came from, and the session's own value in
    the form (`csrf`; None before the door). Raises Forbidden (`cross_site`, `form_old`), BadRequest
    (`not_a_form`, `bad_form`), FarmError (408 `body_timeout`, 413 `form_too_large`).
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if is_from_elsewhere(site, origin, request.host, is_https=request.secure):
        raise Forbidden("This form was sent from another site.", "cross_site")
    if request.content_type not in _KINDS or "Content-Encoding" in request.headers:
        raise BadRequest("Send this as a form.", "not_a_form")
    texts = plain(await _texts(request))
    if csrf is not None:
        given = texts.popall(CSRF_FIELD, [""])
        if not hmac.compare_digest(given[0].encode("utf-8", "replace"), csrf.encode()):
            raise Forbidden("This form is out of date. Load the page again.", "form_old")
    texts.popall(CSRF_FIELD, None)
    return texts


async def _texts(request: web.Request) -> MultiDict[str]:
    try:
        async with asyncio.timeout(FORM_TIMEOUT_S):
            bounded = request.clone(client_max_size=MAX_FORM_BYTES, client_max_fields=MAX_FIELDS)
            form = await bounded.post()
    except web.HTTPRequestEntityTooLarge as error:
        raise FarmError("form_too_large", 413, "The form is too large.") from error
    except TimeoutError as error:
        raise FarmError("body_timeout", 408, "The form came too slowly. Send it again.") from error
    except (ValueError, LookupError, AssertionError) as error:
        raise BadRequest("This form cannot be read.", "bad_form") from error
    for value in form.values():
        if isinstance(value, web.FileField):
            value.file.close()
    return MultiDict((name, value) for name, value in form.items() if isinstance(value, str))


def plain(given: MultiMapping[str]) -> MultiDict[str]:
    """Leave out what no text of the database can hold: NUL, and halves of characters."""
    return MultiDict((_plain(name), _plain(value)) for name, value in given.items())


def _plain(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
