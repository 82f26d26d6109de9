"""Set up the logs: one JSON object or one console line per event, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Literal, TextIO

import structlog

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SECRET_NAMES = re.compile(r"(?i)secret|token|password|authorization|cookie|dsn")
_SECRET_TEXT = re.compile(
    r"(fr_[a-z0-9]{4,32}_|whsec_)[A-Za-z0-9+/_-]{8,}|((?:[?&]|,)sig=)[0-9a-fA-F]{16,}"
    r"|(postgres(?:ql)?://[^:@/\s]*:)[^@/\s]+"
)
MAX_TEXT = 20_000


class _Handler(logging.Handler):
    """Write lines to the given stream, else to whatever stderr is at that moment."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            stream = self._stream or sys.stderr
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:  # noqa: BLE001
            # A log that cannot be written must not end the work that it tells of.
            self.handleError(record)


def configure(
    log_format: Literal["json", "console"], level: str, stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's records through one handler to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_about,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        clean_event,
    ]
    if log_format == "json":
        ending.append(structlog.processors.JSONRenderer(sort_keys=False))
    else:
        colors = (stream or sys.stderr).isatty()
        ending.append(structlog.dev.ConsoleRenderer(colors=colors))
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ending)
    )
    root = logging.getLogger()
    root.handlers[:] = [*(kept for kept in root.handlers if type(kept) is not _Handler), handler]
    root.setLevel(level.upper())
    logging.getLogger("asyncio").setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,
    )


def about(**facts: str) -> None:
    """Say in every line of this task from now on what it is about, and nothing said before.

    Cheaper than structlog's own: requests are many, and their lines are few.
    """
    _ABOUT.set(facts)


def also_about(**facts: str) -> None:
    """Say so too in every line of this task from now on."""
    _ABOUT.set({**_ABOUT.get(), **facts})


def _add_about(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in _ABOUT.get().items():
        event.setdefault(name, value)
    return event


def clean_event(_logger: Any, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Hide secrets by name and by shape, and escape control characters in every text."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if _SECRET_NAMES.search(name):
        return "***"
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    text = _SECRET_TEXT.sub(lambda m: f"{m[1] or m[2] or m[3]}***", str(value))
    return _CONTROL.sub(_escape, text[:MAX_TEXT])


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] == "\n":
        return "\\n"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
