"""Answer every error as RFC 9457 problem+json, whoever raised it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web
from pydantic import ValidationError

from orchestrator.errors import FarmError
from orchestrator.wire.base import FieldProblem, Problem

CONTENT_TYPE = "application/problem+json"
MAX_PROBLEMS = 100
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")
_SENTENCES = {
    404: ("no_route", "There is no such address. Check the path; /openapi.json lists them all."),
    405: ("method_not_allowed", "This address does not take this method. See the Allow header."),
    413: ("too_large", "The request is larger than this address takes. Send less."),
    415: ("unsupported_media_type", "The body is of a type that this address does not take."),
}


def problem_response(
    error: FarmError, request_id: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Write one FarmError as a response."""
    body = Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.code,
        detail=error.message,
        problems=error.problems[:MAX_PROBLEMS],
        request_id=request_id,
        server_time=datetime.now(UTC) if error.status == HTTPStatus.UNAUTHORIZED else None,
    )
    kept = dict(headers or {})
    if error.status == HTTPStatus.UNAUTHORIZED:
        kept.setdefault("WWW-Authenticate", 'Bearer realm="flatrender"')
    if error.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        kept.setdefault("Retry-After", "2")
    return web.Response(
        status=error.status,
        headers=kept,
        content_type=CONTENT_TYPE,
        text=body.model_dump_json(exclude_none=True),
    )


def from_http(error: web.HTTPException) -> tuple[FarmError, dict[str, str]]:
    """Turn an error of the HTTP library into ours, with the headers that belong to it."""
    code, sentence = _SENTENCES.get(
        error.status, ("http_error", f"The request was refused: {error.reason}.")
    )
    headers = {name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
    return FarmError(code, error.status, sentence), headers


def from_validation(error: ValidationError) -> tuple[FieldProblem, ...]:
    """List what pydantic found: code, place as a path such as scenes.0.key, sentence."""
    return tuple(
        FieldProblem(
            code=found["type"],
            place=_clean(".".join(str(part) for part in found["loc"])),
            message=_clean(found["msg"]),
        )
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _clean(text: str) -> str:
    """Keep what PostgreSQL and JSON can hold, at a length a person reads."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")[:500]
