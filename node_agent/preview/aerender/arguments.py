"""Reads aerender's command line as Adobe documents it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

USAGE: Final = """aerender USAGE:
 aerender [-project <project_path>] [-comp <comp_name> | -rqindex <queue_item_index>]
   [-RStemplate <name>] [-OMtemplate <name>] [-output <output_path>] [-log <logfile_path>]
   [-s <start_frame>] [-e <end_frame>] [-i <increment>] [-mem_usage <image_cache> <max_mem>]
   [-mfr ON|OFF <max_cpu>] [-v ERRORS|ERRORS_AND_PROGRESS]
   [-close DO_NOT_SAVE_CHANGES|SAVE_CHANGES|DO_NOT_CLOSE] [-sound ON|OFF]
   [-continueOnMissingFootage] [-reuse] [-version] [-help]"""


class SyntaxProblem(Exception):
    """Say what is wrong with the command line, in aerender's words."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """Hold one command line; frames are numbers as After Effects shows them, `end` included."""

    project: str = ""
    comp: str | None = None
    rqindex: int | None = None
    rs_template: str | None = None
    om_template: str | None = None
    output: str | None = None
    log: str | None = None
    start: int | None = None
    end: int | None = None
    increment: int = 1
    progress: bool = True
    continue_on_missing: bool = False
    show_version: bool = False
    show_help: bool = False
    given: frozenset[str] = field(default_factory=frozenset)


def _text(value: str) -> str:
    return value


def _frame(value: str) -> int:
    return int(value)


def _increment(value: str) -> int:
    number = int(value)
    if not 1 <= number <= 100:
        raise ValueError(value)
    return number


def _one_of(*words: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value.upper() not in words:
            raise ValueError(value)
        return value.upper()

    return check


def _verbose(value: str) -> bool:
    return _one_of("ERRORS", "ERRORS_AND_PROGRESS")(value) == "ERRORS_AND_PROGRESS"


# flag (lower case): the field it fills ("" for none), and a reader for each of its values
_FLAGS: Final[MappingProxyType[str, tuple[str, tuple[Callable[[str], Any], ...]]]] = (
    MappingProxyType(
        {
            "-project": ("project", (_text,)),
            "-comp": ("comp", (_text,)),
            "-rqindex": ("rqindex", (_frame,)),
            "-rstemplate": ("rs_template", (_text,)),
            "-omtemplate": ("om_template", (_text,)),
            "-output": ("output", (_text,)),
            "-log": ("log", (_text,)),
            "-s": ("start", (_frame,)),
            "-e": ("end", (_frame,)),
            "-i": ("increment", (_increment,)),
            "-v": ("progress", (_verbose,)),
            "-mem_usage": ("", (_frame, _frame)),
            "-mfr": ("", (_one_of("ON", "OFF"), _frame)),
            "-close": ("", (_one_of("DO_NOT_SAVE_CHANGES", "SAVE_CHANGES", "DO_NOT_CLOSE"),)),
            "-sound": ("", (_one_of("ON", "OFF"),)),
            "-rendersettings": ("", (_text,)),
            "-outputsettings": ("", (_text,)),
            "-reuse": ("", ()),
            "-continueonmissingfootage": ("continue_on_missing", ()),
            "-version": ("show_version", ()),
            "-help": ("show_help", ()),
            "-h": ("show_help", ()),
        }
    )
)


def parse(words: Sequence[str]) -> Arguments:
    """Read the words after the program's name.

    Raises SyntaxProblem for an unknown flag, a missing value or a value of the wrong kind.
    """
    fields: dict[str, Any] = {}
    rest = iter(words)
    given: set[str] = set()
    for word in rest:
        flag = word.lower()
        if flag not in _FLAGS:
            raise SyntaxProblem(f"Illegal argument flag: {word}")
        target, readers = _FLAGS[flag]
        values = [_value(word, rest, reader) for reader in readers]
        given.add(flag)
        if target:
            fields[target] = values[0] if values else True
    return Arguments(given=frozenset(given), **fields)


def _value(flag: str, rest: Iterator[str], reader: Callable[[str], Any]) -> Any:
    value = next(rest, None)
    if value is None or value == "":
        raise SyntaxProblem(f"no value given for flag: {flag}")
    try:
        return reader(value)
    except ValueError:
        raise SyntaxProblem(f"illegal value for flag {flag}: {value}") from None
