"""The base of every message, and the scalar types that messages share.

How messages may change, so that each side works with the version before and after its own:
- a new field is optional and its default means what its absence meant before;
- who reads an answer, agent or client, leaves out fields that it does not know (`read`);
- so does the server with what agents send: after a step back an agent may be the newer one, and a
  report that is refused is work that is lost;
- what API keys send is read strictly: an unknown field there is a slip of the pen;
- what cannot be left out without harm (a new meaning, a new word in an answer that old agents
  would get) becomes a new call, or is sent only to those whose capabilities name it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

_SURROGATE = re.compile("[\ud800-\udfff]")


class Message(BaseModel):
    """Refuse unknown fields and loose types: what is on the wire is what is written here."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], raw: bytes | str) -> M:
    """Read a message of the other side, which may be newer: what we do not know is left out.

    Raises pydantic's ValidationError.
    """
    return model.model_validate_json(raw, extra="ignore")


def _no_nul(text: str) -> str:
    """Refuse what PostgreSQL cannot store: the NUL character and lone surrogates."""
    if "\x00" in text:
        raise ValueError("the NUL character is not allowed; remove it")
    if not text.isascii() and _SURROGATE.search(text) is not None:
        raise ValueError("a lone surrogate is not allowed; send valid Unicode")
    return text


def _relative(path: str) -> str:
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or any(char in path for char in '\\:*?"<>|'):
        raise ValueError("a path must be relative, with / between plain names")
    return path


Text = Annotated[str, AfterValidator(_no_nul)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_nul)]
Key = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_no_nul)]
RelativePath = Annotated[
    str, Field(min_length=1, max_length=240), AfterValidator(_no_nul), AfterValidator(_relative)
]
Color = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Time = AwareDatetime
Seconds = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
SizeBytes = Annotated[int, Field(ge=0, le=2**53)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Side = Annotated[int, Field(ge=4, le=16384)]

EngineKind = Literal["aftereffects", "preview"]
TaskKind = Literal["render", "bind", "frames", "export", "snapshot", "scan"]


class Fps(Message):
    """Say a frame rate exactly, as frames over seconds: 30000/1001, never 29.97."""

    num: Annotated[int, Field(ge=1, le=1_000_000)]
    den: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Page(Message):
    """Tell where a page of results ends: hand `next_cursor` back to go on."""

    next_cursor: Annotated[str, Field(max_length=200)] | None = None


class Empty(Message):
    """Carry nothing: the answer of calls that only acknowledge."""


class FieldProblem(Message):
    """Name one thing that is wrong in a request: a code, where, and what to do."""

    code: Name
    place: Text
    message: Text


class Problem(Message):
    """Answer an error as RFC 9457 problem+json, with our stable `code`."""

    type: str = "about:blank"
    title: Text
    status: Annotated[int, Field(ge=400, le=599)]
    code: Name
    detail: Text
    problems: tuple[FieldProblem, ...] = ()
    request_id: Text | None = None
    server_time: Time | None = None
