"""Write the API down as OpenAPI 3.1, from the same models that validate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from orchestrator import __version__
from orchestrator.api.route import KeyScope, NodeSigned, ParameterKind, Raw, Route, Upload
from orchestrator.api.table import ROUTES
from orchestrator.wire.base import Problem

REF = "#/components/schemas/{model}"
_PARAMETERS: dict[ParameterKind, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    "str": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    "path": {"type": "string", "minLength": 1},
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat the call with the same key: the first call's answer comes again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
}
_SECURITY = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of a tenant: fr_<id>_<secret>.",
    },
    "node": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A node's signature: FR1 node=...,v=...,t=...,sig=... (HMAC-SHA256).",
    },
}


def document(routes: tuple[Route, ...] = ROUTES) -> dict[str, Any]:
    """Make the OpenAPI 3.1 document of the routes."""
    refs, schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.plain_path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "FlatRender Farm",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


Refs = Mapping[tuple[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def _schemas(routes: tuple[Route, ...]) -> tuple[Refs, dict[str, Any]]:
    """Give each model's reference and the shared schemas that they point at."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for route in routes:
        if isinstance(route.body, type):
            wanted.append((route.body, "validation"))
        if isinstance(route.answer, type):
            wanted.append((route.answer, "serialization"))
    unique = list(dict.fromkeys(wanted))
    refs, found = models_json_schema(unique, ref_template=REF)
    schemas: dict[str, Any] = found.get("$defs", {})
    for route in routes:
        if route.is_for_agents and isinstance(route.body, type):
            _let_grow(refs[route.body, "validation"], schemas)
    return cast("Refs", refs), schemas


def _let_grow(schema: Any, schemas: dict[str, Any]) -> None:
    """Allow unknown fields in a message of agents and in all that it holds."""
    if isinstance(schema, list):
        for part in schema:
            _let_grow(part, schemas)
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        for key, part in schema.items():
            if key == "$ref":
                held = schemas[part.rpartition("/")[2]]
                if held.get("additionalProperties") is False:
                    _let_grow(held, schemas)
            else:
                _let_grow(part, schemas)


def _operation(route: Route, refs: Refs) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": list(route.tags),
        "parameters": _parameters(route),
        "responses": _responses(route, refs),
        "security": _security(route),
    }
    if route.handler.__doc__:
        operation["description"] = route.handler.__doc__
    body = _body(route, refs)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[kind]}
        for name, kind in route.parameters.items()
    ]
    if route.query is not None:
        schema = route.query.model_json_schema()
        required = schema.get("required", ())
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": _plain(part)}
            for name, part in schema["properties"].items()
        ]
    if route.honours_key:
        found.append(_KEY_HEADER)
    return found


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Write an optional query parameter as its own type: a query cannot carry null."""
    choices = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def _responses(route: Route, refs: Refs) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": refs[Problem, "serialization"]}}
    answers: dict[str, Any] = {
        "default": {"description": "A problem (RFC 9457)", "content": problem}
    }
    if isinstance(route.answer, Raw):
        content: dict[str, Any] = {route.answer.content_type: {}}
        answers[str(route.code)] = {"description": "The answer", "content": content}
    elif route.answer is not None:
        content = {"application/json": {"schema": refs[route.answer, "serialization"]}}
        answers[str(route.code)] = {"description": "The answer", "content": content}
    else:
        answers["204"] = {"description": "Done"}
    return answers


def _security(route: Route) -> list[dict[str, list[str]]]:
    if isinstance(route.auth, KeyScope):
        return [{"apiKey": []}]
    return [{"node": []}] if isinstance(route.auth, NodeSigned) else []


def _body(route: Route, refs: Refs) -> dict[str, Any] | None:
    if isinstance(route.body, Upload):
        part = {"type": "string", "format": "binary"}
        schema = {
            "type": "object",
            "required": [route.body.field],
            "properties": {route.body.field: part},
        }
        return {"multipart/form-data": {"schema": schema}}
    if isinstance(route.body, Raw):
        return {route.body.content_type: {}}
    if route.body is not None:
        return {"application/json": {"schema": refs[route.body, "validation"]}}
    return None
