"""The typed route: what a handler declares, and the call that it is given."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from aiohttp import web

from orchestrator.deps import Deps
from orchestrator.wire.base import Message
from orchestrator.wire.resources import Scope

Q = TypeVar("Q", bound=Message | None)
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ParameterKind = Literal["uuid", "int", "str", "path"]
_PARAMETER = re.compile(r"\{([a-z_]+)(?::(uuid|int|str|path))?\}")


@dataclass(frozen=True, slots=True)
class Public:
    """Need no credentials (health; calls whose body carries a one-time token)."""


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """Need the signature in the query, which the handler checks."""


@dataclass(frozen=True, slots=True)
class NodeSigned:
    """Need a node's signature over the call."""


@dataclass(frozen=True, slots=True, init=False)
class KeyScope:
    """Need a caller with one of the scopes; none named means any; admin has its tenant's all."""

    scopes: tuple[Scope, ...]

    def __init__(self, *scopes: Scope) -> None:
        object.__setattr__(self, "scopes", scopes)

    def allows(self, scopes: frozenset[Scope]) -> bool:
        """Tell whether a caller with these scopes may call."""
        return not self.scopes or bool(scopes.intersection(self.scopes))


Auth = Public | SignedUrl | NodeSigned | KeyScope


@dataclass(frozen=True, slots=True)
class KeyPrincipal:
    """Be the caller with an API key; every statement of the call carries `tenant_id`.

    A person who is signed in to the pages calls as one: `key_id` is the session's id then.
    """

    tenant_id: UUID
    key_id: UUID
    scopes: frozenset[Scope]
    user_id: UUID | None = None
    is_fresh: bool = True
    """A key's always; a person's for a while after the password was given."""

    @property
    def actor_kind(self) -> Literal["api_key", "user"]:
        """Say what the caller is, for the audit log."""
        return "api_key" if self.user_id is None else "user"

    @property
    def actor_id(self) -> UUID:
        """Give the id of the key or of the person."""
        return self.user_id or self.key_id


@dataclass(frozen=True, slots=True)
class NodePrincipal:
    """Be the caller that signed as a node."""

    node_id: UUID
    key_version: int


@dataclass(frozen=True, slots=True)
class Call(Generic[Q]):
    """Hold one request for its handler.

    `params` are the path's parameters, already of their kind. `new_id` is the id that a creating
    handler gives what it makes: it stays the same when a crashed call is repeated under one
    Idempotency-Key, so the handler must answer what that id already is.
    """

    deps: Deps
    request: web.Request
    request_id: str
    principal: KeyPrincipal | NodePrincipal | None
    params: dict[str, Any]
    query: Q
    new_id: UUID
    is_again: bool = False
    """An earlier call under the same Idempotency-Key broke off: it may be done already."""

    @property
    def key(self) -> KeyPrincipal:
        """Give the API key's principal; the route's auth guarantees it."""
        return cast("KeyPrincipal", self.principal)

    @property
    def node(self) -> NodePrincipal:
        """Give the node's principal; the route's auth guarantees it."""
        return cast("NodePrincipal", self.principal)

    @property
    def tenant_id(self) -> UUID:
        """Give the caller's tenant."""
        return self.key.tenant_id


@dataclass(frozen=True, slots=True)
class Upload:
    """Say that a route takes multipart/form-data with one file part of this name."""

    field: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Say that a route answers, or takes, other bytes than JSON, of this media type."""

    content_type: str


Body = type[Message] | Upload | Raw | None
Answer = type[Message] | Raw | None
Handler = Callable[..., Awaitable[Message | web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """Be one row of the route table; from it come dispatch, OpenAPI and the test matrices."""

    method: Method
    path: str
    handler: Handler
    summary: str
    auth: Auth
    body: Body
    query: type[Message] | None
    answer: Answer
    code: int
    tags: tuple[str, ...]
    secret: bool
    """The answer holds a secret that is shown once and never kept."""
    once: bool = False
    """It creates nothing, but a repeated call under its Idempotency-Key must do nothing more."""
    fresh: bool = False
    """A person must have given the password a short while ago, as for every secret."""

    @property
    def asks_people(self) -> bool:
        """Tell whether people must have given their password a short while ago."""
        return self.fresh or self.secret

    @property
    def honours_key(self) -> bool:
        """Tell whether a call with an Idempotency-Key that was answered gets its answer again."""
        creates = self.method == "POST" and self.code == 201
        return isinstance(self.auth, KeyScope) and (creates or self.once)

    @property
    def name(self) -> str:
        """Give the handler's name: the operation id."""
        return self.handler.__name__

    @property
    def is_for_agents(self) -> bool:
        """Tell whether agents call it, which may be newer than we are."""
        return self.path.startswith("/v1/agent/")

    @property
    def parameters(self) -> dict[str, ParameterKind]:
        """Give the kinds of the path's parameters: `{id}` is a uuid, `{n:int}` a number."""
        return {
            name: cast("ParameterKind", kind or "uuid")
            for name, kind in _PARAMETER.findall(self.path)
        }

    @property
    def pattern(self) -> str:
        """Give the path as aiohttp's router reads it."""
        return _PARAMETER.sub(lambda m: f"{{{m[1]}{':.+' if m[2] == 'path' else ''}}}", self.path)

    @property
    def plain_path(self) -> str:
        """Give the path as OpenAPI writes it."""
        return _PARAMETER.sub(r"{\1}", self.path)


def route(
    method: Method,
    path: str,
    *,
    summary: str,
    auth: Auth,
    body: Body = None,
    query: type[Message] | None = None,
    answer: Answer = None,
    code: int = 200,
    tags: tuple[str, ...] = (),
    secret: bool = False,
    once: bool = False,
    fresh: bool = False,
) -> Callable[[Handler], Route]:
    """Make a Route of a handler: `async def handler(call[, body]) -> answer`.

    Path parameters: `{id}` is a UUID, `{n:int}`, `{kind:str}`, `{key:path}` (with slashes). A
    handler without `answer` may return None (code 204 then) or a StreamResponse of its own.
    """

    def make(handler: Handler) -> Route:
        return Route(
            method,
            path,
            handler,
            summary,
            auth,
            body,
            query,
            answer,
            code,
            tags,
            secret,
            once,
            fresh,
        )

    return make
