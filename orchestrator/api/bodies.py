"""Read JSON bodies and queries strictly: size, time, one meaning, then the model."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from orchestrator.api.problems import from_validation
from orchestrator.errors import BadRequest, FarmError, Invalid
from orchestrator.wire.base import FieldProblem, Message, read

BODY_TIMEOUT_S = 30.0
MAX_DEPTH_MESSAGE = "The JSON is nested too deeply. Send it flatter."
LONE_SURROGATE_MESSAGE = (
    "The JSON holds half of a character, a lone surrogate such as \\ud800. Send valid Unicode."
)
MAX_VALUES = 50_000
"""Several times what the largest message holds. Each value may be a problem to list, and a few
megabytes of them would hold the whole server for many seconds."""
# A text that never ends counts as ended, so that each byte is looked at once.
_TEXTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


class _DuplicateKey(ValueError):
    """Carry the key that an object holds twice."""


async def read_body(request: web.Request, max_bytes: int) -> bytes:
    """Read the whole body within a limit and BODY_TIMEOUT_S.

    Raises FarmError 408 (`body_timeout`), 415 for a compressed one; aiohttp raises its 413.
    """
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise FarmError(
            "unsupported_encoding", 415, "Compressed bodies are not taken. Send the body as it is."
        )
    if request.client_max_size != max_bytes:
        request = request.clone(client_max_size=max_bytes)
    if request.content.is_eof():
        return await request.read()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await request.read()
    except TimeoutError as error:
        raise FarmError(
            "body_timeout", 408, f"The body did not arrive within {BODY_TIMEOUT_S:.0f} s."
        ) from error


def parse_body(
    raw: bytes, content_type: str, model: type[Message], *, from_agent: bool = False
) -> Message:
    """Read a JSON body into its model; fields that only a newer agent knows are left out.

    Raises FarmError 415, BadRequest (400) for what is not one-meaning JSON in UTF-8, Invalid (422)
    that lists every problem of the content.
    """
    if content_type != "application/json":
        raise FarmError(
            "unsupported_media_type",
            415,
            f"The body is {content_type}; send JSON with Content-Type: application/json.",
        )
    _check_json(raw)
    try:
        return read(model, raw) if from_agent else model.model_validate_json(raw)
    except ValidationError as error:
        if error.error_count() == 1 and "hex escape" in error.errors()[0]["msg"]:
            raise BadRequest(LONE_SURROGATE_MESSAGE, "lone_surrogate") from error
        problems = from_validation(error)
        raise Invalid(_summary(problems), problems) from error


def parse_query(items: Iterable[tuple[str, str]], model: type[Message] | None) -> Message | None:
    """Read the query into its model; without a model no parameter is known.

    Raises BadRequest (400) that lists every problem.
    """
    values: dict[str, str] = {}
    problems: list[FieldProblem] = []
    known = _names(model) if model is not None else frozenset()
    for name, value in items:
        if name not in known:
            problems.append(_problem("unknown_parameter", name, "There is no such parameter."))
        elif name in values:
            problems.append(_problem("duplicate_parameter", name, "Give this parameter once."))
        values[name] = value
    if problems:
        raise BadRequest(_summary(problems), "bad_query", problems)
    if model is None:
        return None
    try:
        return model.model_validate_strings(values, strict=False)
    except ValidationError as error:
        found = from_validation(error)
        raise BadRequest(_summary(found), "bad_query", found) from error


def _names(model: type[Message]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def _check_json(raw: bytes) -> None:
    """Refuse what two readers could read differently: duplicate keys, NaN, depth, not UTF-8."""
    if raw.count(b",") > MAX_VALUES and _TEXTS.sub(b"", raw).count(b",") > MAX_VALUES:
        raise BadRequest(
            f"The JSON holds more than {MAX_VALUES} values. Send fewer at a time.",
            "too_many_values",
        )
    try:
        json.loads(raw.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant)
    except _DuplicateKey as error:
        raise BadRequest(
            f"The JSON holds the key {str(error)[:100]!r} twice in one object. Give it once.",
            "duplicate_key",
        ) from error
    except RecursionError as error:
        raise BadRequest(MAX_DEPTH_MESSAGE, "bad_json") from error
    except ValueError as error:
        raise BadRequest(
            f"The body is not valid JSON in UTF-8: {str(error)[:200]}.", "bad_json"
        ) from error


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _DuplicateKey(key)
        seen.add(key)


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _problem(code: str, place: str, message: str) -> FieldProblem:
    clean = place.encode("utf-8", "replace").decode().replace("\x00", "?")[:200]
    return FieldProblem(code=code, place=clean, message=message)


def _summary(problems: Iterable[FieldProblem]) -> str:
    """Say the first problems in one sentence, for clients that show only the detail."""
    found = list(problems)
    shown = "; ".join(f"{p.place}: {p.message}" if p.place else p.message for p in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{shown}{more}"[:1500]
