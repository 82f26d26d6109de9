"""Reads what a layer's property tree says: text, effects, controls, expressions, markers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from orchestrator.aep.chunks import Chunk, Source, clean
from orchestrator.aep.controls import (
    CONTROLS,
    is_own_kind,
    read_control,
    read_options,
    time_base,
    with_default,
)
from orchestrator.aep.cos import read_text
from orchestrator.aep.model import (
    BadAep,
    Control,
    ControlKind,
    Effect,
    Expression,
    Marker,
    TextContent,
)

MAX_PROPERTY_DEPTH = 200
MAX_EXPRESSION_BYTES = 1_000_000
MAX_MARKERS = 10_000

# A tdb4 record of 124 bytes whose byte 120 is 1 belongs to a property with an expression. Few
# properties have one, and finding those at the speed of the regex engine saves walking the trees
# that hold none.
_HAS_EXPRESSION = re.compile(rb"tdb4\x00\x00\x00\x7c.{120}\x01", re.DOTALL)
_UNNAMED = "-_0_/-"
# An essential property may hold another text document under the layer that uses its comp.
_TEXT = "ADBE Text Properties"
_PARADE = "ADBE Effect Parade"
_TIME_REMAP = "ADBE Time Remapping"
_MARKER = "ADBE Marker"
_OF_MARKERS = (f"{_MARKER}\0".encode(),)
_OF_TOP = tuple(f"{name}\0".encode() for name in (_PARADE, _TEXT, _MARKER, _TIME_REMAP))
_WORTH_WALKING = frozenset({_PARADE, _TEXT, _MARKER})


@dataclass(frozen=True, slots=True)
class Properties:
    """What was found in one layer."""

    text: TextContent | None = None
    effects: tuple[Effect, ...] = ()
    expressions: tuple[Expression, ...] = ()
    markers: tuple[Marker, ...] = ()
    time_remap: bool = False


NOTHING = Properties()


@dataclass(slots=True)
class _OpenEffect:
    match_name: str
    name: str
    enabled: bool = True
    controls: list[Control] = field(default_factory=list)
    kind: ControlKind | None = None
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class _Frame:
    """One open group: its chunks to come, the names that lead to it, the effect it belongs to."""

    chunks: Iterator[Chunk]
    path: tuple[str, ...]
    effect: _OpenEffect | None = None
    is_parade: bool = False
    match: str = ""


class _Walk:
    def __init__(self, source: Source, chunks: Iterator[Chunk], expressions_at: list[int]) -> None:
        self.source = source
        self.expressions_at = expressions_at
        self.text: TextContent | None = None
        self.effects: list[_OpenEffect] = []
        self.expressions: list[Expression] = []
        self.markers: list[Marker] = []
        self.time_remap = False
        self.stack = [_Frame(chunks, ())]

    def run(self) -> None:
        while self.stack:
            frame = self.stack[-1]
            chunk = next(frame.chunks, None)
            if chunk is None:
                self.stack.pop()
            elif chunk.tag == b"tdmn":
                frame.match = _match_name(self.source.body(chunk, 64))
            elif chunk.kind:
                self._enter(frame, chunk)
            elif frame.effect is not None and not frame.match:
                self._take_head(chunk, frame.effect)

    def _has_expression(self, chunk: Chunk) -> bool:
        """Tell whether a property inside a chunk has an expression."""
        number = bisect_left(self.expressions_at, chunk.start)
        return number < len(self.expressions_at) and self.expressions_at[number] < chunk.end

    def _enter(self, frame: _Frame, chunk: Chunk) -> None:
        kind, match = chunk.kind, frame.match
        if kind == b"tdgp":
            top = not frame.path
            if (top and match in _WORTH_WALKING) or self._has_expression(chunk):
                self._push(chunk, (*frame.path, match), is_parade=top and match == _PARADE)
        elif kind == b"sspc" and frame.is_parade:
            self._open_effect(chunk, match, (*frame.path, match))
        elif kind == b"tdbs":
            self._property(frame, chunk)
        elif kind == b"btds":
            self._read_text(chunk, (*frame.path, match))
        elif kind == b"mrst":
            self.markers.extend(_markers(self.source, chunk))
        elif self._has_expression(chunk):
            for inner in self.source.children(chunk.start, chunk.end):
                if inner.kind == b"tdbs":
                    self._expression(inner, (*frame.path, match))

    def _property(self, frame: _Frame, tdbs: Chunk) -> None:
        effect, match = frame.effect, frame.match
        if effect is not None and effect.kind is not None:
            control = read_control(self.source, tdbs, effect.kind, match)
            if control is not None:
                self.source.take_part()
                effect.controls.append(control)
        elif match == _TIME_REMAP and not frame.path:
            self.time_remap = self._has_keys(tdbs)
        self._expression(tdbs, (*frame.path, match))

    def _push(
        self,
        chunk: Chunk,
        path: tuple[str, ...],
        *,
        effect: _OpenEffect | None = None,
        is_parade: bool = False,
    ) -> None:
        if len(self.stack) >= MAX_PROPERTY_DEPTH:
            raise BadAep(f"the project nests properties deeper than {MAX_PROPERTY_DEPTH} levels")
        children = self.source.children(chunk.start, chunk.end)
        self.stack.append(_Frame(children, path, effect, is_parade))

    def _open_effect(self, chunk: Chunk, match: str, path: tuple[str, ...]) -> None:
        self.source.take_part()
        effect = _OpenEffect(match, "", kind=CONTROLS.get(match))
        self.effects.append(effect)
        for child in self.source.children(chunk.start, chunk.end):
            if child.tag == b"fnam":
                effect.name = self.source.name(child)
            elif child.kind == b"parT" and is_own_kind(match):
                effect.options = read_options(self.source, child)
                effect.kind = "dropdown" if effect.options else None
            elif child.kind == b"tdgp":
                if effect.kind is not None or self._has_expression(child):
                    self._push(child, path, effect=effect)
                else:
                    self._read_head(child, effect)
                return

    def _read_head(self, group: Chunk, effect: _OpenEffect) -> None:
        """Read what stands before the first parameter: whether it is on, and its name."""
        for chunk in self.source.children(group.start, group.end):
            if not self._take_head(chunk, effect):
                return

    def _take_head(self, chunk: Chunk, effect: _OpenEffect) -> bool:
        if chunk.tag == b"tdsb":
            effect.enabled = bool(self.source.u32(chunk, 0) & 1)
        elif chunk.tag == b"tdsn":
            given = self.source.name(chunk)
            effect.name = effect.name if given == _UNNAMED else given
        return chunk.tag != b"tdmn"

    def _has_keys(self, tdbs: Chunk) -> bool:
        if self.source.data.find(b"list", tdbs.start, tdbs.end) < 0:
            return False
        return any(child.kind == b"list" for child in self.source.children(tdbs.start, tdbs.end))

    def _expression(self, tdbs: Chunk, path: tuple[str, ...]) -> None:
        if not self._has_expression(tdbs):
            return
        disabled = False
        for child in self.source.children(tdbs.start, tdbs.end):
            if child.tag == b"tdb4":
                disabled = bool(self.source.u8(child, 119) & 1)
                if self.source.u8(child, 120) != 1:
                    return
            elif child.tag == b"Utf8":
                self.source.take_part()
                code = clean(self.source.body(child, MAX_EXPRESSION_BYTES))
                self.expressions.append(Expression(path, code, not disabled))
                return

    def _read_text(self, btds: Chunk, path: tuple[str, ...]) -> None:
        for child in self.source.children(btds.start, btds.end):
            if child.kind == b"btdk" and self.text is None and path[0] == _TEXT:
                self.text = read_text(self.source.body(child))
            elif child.kind == b"tdbs":
                self._expression(child, path)


def read_markers(source: Source, group: Chunk) -> tuple[Marker, ...]:
    """Read only the markers of a layer's property tree."""
    found: list[Marker] = []
    for chunk in source.named(group.start, group.end, _OF_MARKERS):
        if chunk.kind == b"mrst":
            found.extend(_markers(source, chunk))
    return tuple(found)


def _markers(source: Source, mrst: Chunk) -> Iterator[Marker]:
    times: list[float] = []
    comments: list[str] = []
    for child in source.children(mrst.start, mrst.end):
        if child.kind == b"tdbs":
            times = _marker_times(source, child)
        elif child.kind == b"mrky":
            comments.extend(
                _first_text(source, record)
                for record in source.children(child.start, child.end)
                if record.kind == b"Nmrd"
            )
    for time_s, comment in zip(times, comments, strict=False):
        source.take_part()
        yield Marker(time_s, comment)


def _first_text(source: Source, chunk: Chunk) -> str:
    for child in source.children(chunk.start, chunk.end):
        if child.tag == b"Utf8":
            return source.text(child)
    return ""


def _marker_times(source: Source, tdbs: Chunk) -> list[float]:
    """Read key times: records of 16 bytes that begin with a count of the layer's time units."""
    units = 0
    for child in source.children(tdbs.start, tdbs.end):
        if child.tag == b"tdb4":
            units = time_base(source, child)
        elif child.kind == b"list" and units:
            for part in source.children(child.start, child.end):
                if part.tag == b"ldat":
                    count = min((part.end - part.start) // 16, MAX_MARKERS)
                    return [source.s32(part, 16 * i) / units for i in range(count)]
    return []


def _match_name(raw: bytes) -> str:
    return str(raw[: raw.find(b"\0")], "ascii") if b"\0" in raw and raw.isascii() else clean(raw)


def read_properties(source: Source, group: Chunk) -> Properties:
    """Read the property tree of one layer.

    Raises BadAep when the tree is damaged or nested deeper than After Effects allows.
    """
    found = _HAS_EXPRESSION.finditer(source.data, group.start, group.end)
    expressions_at = [match.start() for match in found]
    if expressions_at:
        chunks = source.children(group.start, group.end)
    else:
        chunks = source.named(group.start, group.end, _OF_TOP)
        first = next(chunks, None)
        if first is None:
            return NOTHING
        chunks = chain((first,), chunks)
    walk = _Walk(source, chunks, expressions_at)
    walk.run()
    return Properties(
        text=walk.text,
        effects=tuple(
            Effect(e.match_name, e.name, e.enabled, with_default(e.kind, e.controls, e.options))
            for e in walk.effects
        ),
        expressions=tuple(walk.expressions),
        markers=tuple(walk.markers),
        time_remap=walk.time_remap,
    )
