"""Make the seven routes of one kind of row: list, make, look, edit, delete, reset, restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.api.editor.pages import page_of, place_of
from orchestrator.api.route import Call, Handler, KeyScope, Method, Route, route
from orchestrator.core.importing.rows import Kind, Row
from orchestrator.usecases.scenes import change, look
from orchestrator.wire.base import Message
from orchestrator.wire.content.editor import EditorRow, ListQuery, ResetFields

AUTHOR = KeyScope("template")
READER = KeyScope("template", "render")


@dataclass(frozen=True, slots=True)
class Noun:
    """Say how one kind of row is called in addresses, and which messages speak of it.

    `holder` is the address of what holds its list; `name` and `names` stand in operation ids.
    """

    kind: Kind
    name: str
    names: str
    holder: str
    path: str
    tag: str
    view: type[EditorRow]
    page: type[Message]
    create: type[Message]
    patch: type[Message]


def given(body: Message) -> dict[str, Any]:
    """Give the fields that the body holds, as JSON; colours in lower case, as they are kept."""
    values = body.model_dump(mode="json", include=body.model_fields_set)
    if isinstance(values.get("value"), str):
        values["value"] = values["value"].lower()
    if isinstance(values.get("colors"), dict):
        values["colors"] = {key: one.lower() for key, one in values["colors"].items()}
    return values


def row_routes(noun: Noun) -> tuple[Route, ...]:
    """Make the routes of one kind of row."""
    return (*_of_the_list(noun), *_of_one(noun))


def _shown(noun: Noun, row: Row) -> EditorRow:
    return look.describe(row, noun.view)


def _made(
    noun: Noun, handler: Handler, name: str, method: Method, path: str, summary: str, **more: Any
) -> Route:
    handler.__name__ = name
    more.setdefault("auth", AUTHOR)
    return route(method, path, summary=summary, tags=(noun.tag,), **more)(handler)


def _of_the_list(noun: Noun) -> tuple[Route, ...]:
    async def list_them(call: Call[ListQuery]) -> Message:
        query = call.query
        found = await look.list_rows(
            call.deps,
            call.tenant_id,
            noun.kind,
            call.params["id"],
            after=place_of(query.cursor),
            limit=query.limit,
            deleted=query.deleted,
        )
        data = tuple(_shown(noun, row) for row in found)
        return noun.page(data=data, meta=page_of([row.order for row in found], query.limit))  # type: ignore[call-arg]

    async def make_one(call: Call[None], body: Message) -> Message:
        made = await change.make_row(
            call.deps, call.tenant_id, noun.kind, call.params["id"], call.new_id, given(body)
        )
        return _shown(noun, made)

    words = look.NAMES[noun.kind]
    return (
        _made(noun, list_them, f"list_{noun.names}", "GET", noun.holder, f"List {words}s in order",
              auth=READER, query=ListQuery, answer=noun.page),
        _made(noun, make_one, f"create_{noun.name}", "POST", noun.holder, f"Make a {words}",
              body=noun.create, answer=noun.view, code=201),
    )  # fmt: skip


def _of_one(noun: Noun) -> tuple[Route, ...]:
    async def look_at(call: Call[None]) -> Message:
        session = call.deps.db.session()
        return _shown(
            noun, await look.find_row(session, call.tenant_id, noun.kind, call.params["id"])
        )

    async def edit_it(call: Call[None], body: Message) -> Message:
        args = (call.deps, call.tenant_id, noun.kind, call.params["id"])
        return _shown(noun, await change.edit_row(*args, given(body)))

    async def delete_it(call: Call[None]) -> None:
        await change.delete_row(call.deps, call.tenant_id, noun.kind, call.params["id"])

    async def reset_it(call: Call[None], body: ResetFields) -> Message:
        args = (call.deps, call.tenant_id, noun.kind, call.params["id"])
        return _shown(noun, await change.reset_row(*args, body.fields))

    async def restore_it(call: Call[None]) -> Message:
        args = (call.deps, call.tenant_id, noun.kind, call.params["id"])
        return _shown(noun, await change.restore_row(*args))

    words, path, name = look.NAMES[noun.kind], noun.path, noun.name
    routes = [
        _made(noun, look_at, f"get_{name}", "GET", path, f"Describe a {words}",
              auth=READER, answer=noun.view),
        _made(noun, edit_it, f"edit_{name}", "PATCH", path, f"Edit or move a {words}",
              body=noun.patch, answer=noun.view),
        _made(noun, delete_it, f"delete_{name}", "DELETE", path, f"Delete a {words}", code=204),
        _made(noun, restore_it, f"restore_{name}", "POST", f"{path}/restore",
              f"Bring a deleted {words} back", answer=noun.view),
    ]  # fmt: skip
    if noun.kind != "preset":
        routes.append(
            _made(noun, reset_it, f"reset_{name}", "POST", f"{path}/reset",
                  f"Give fields of a {words} back to the template",
                  body=ResetFields, answer=noun.view)
        )  # fmt: skip
    return tuple(routes)
