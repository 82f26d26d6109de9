"""Turns --output and --audio into what an order says of the video and its sound."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from orchestrator.cli.problems import WRONG_USE, CliError
from orchestrator.client import FarmClient
from orchestrator.wire.media.output import FORMATS, OutputSpec
from orchestrator.wire.media.sound import OrderAudio

M = TypeVar("M", OutputSpec, OrderAudio)
_SIZE = re.compile(r"(\d{1,5})?x(\d{1,5})?")
_RATE = re.compile(r"(\d{1,7})(?:/(\d{1,7}))?")
_TRACK = re.compile(r"(.+)@(\d+(?:\.\d+)?)")
_PLAIN = ("codec", "quality", "aspect", "fit")
_NAMES = {"container": "format", "template_volume": "template", "loudness_lufs": "loudness"}
"""What a person wrote for what an order calls otherwise."""
_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def output_of(words: Iterable[str], out: Path | None) -> OutputSpec:
    """Read the words of --output, each one wish or several with commas between them.

    Without a format the ending of --out names it.
    Raises CliError for what is not understood.
    """
    found: dict[str, Any] = {}
    for text in (part for word in words for part in word.split(",")):
        key, value = _split(text, "--output")
        found |= _output(key, value)
    ending = out.suffix.lower().removeprefix(".") if out is not None else ""
    named = next((name for name, one in FORMATS.items() if one.ending == ending), None)
    if named is not None:
        found.setdefault("container", named)
    return _checked(OutputSpec, found, "--output")


def file_for(out: Path | None, output: OutputSpec | None) -> Path:
    """Give the file that the video goes to: the named one, or `render` with its own ending."""
    return out or Path(f"render.{(output or OutputSpec()).format.ending}")


async def audio_of(client: FarmClient, words: Iterable[str]) -> OrderAudio:
    """Read the words of --audio; sends the files. Raises CliError."""
    found: dict[str, Any] = {}
    for text in words:
        key, value = _split(text, "--audio")
        if key in ("template", "loudness"):
            name = "template_volume" if key == "template" else "loudness_lufs"
            found[name] = _number(value, f"--audio {key}")
        elif key in ("music", "sfx", "voiceover"):
            path, volume = await asyncio.to_thread(_track, key, value)
            sent = await client.upload_file(path)
            found[key] = {"file_id": sent.id, "volume": volume}
        else:
            raise CliError(
                f"--audio knows music, sfx, voiceover, template and loudness, not {key}.", WRONG_USE
            )
    return _checked(OrderAudio, found, "--audio")


def _output(key: str, value: str) -> Mapping[str, Any]:
    if key in ("format", "container"):
        return {"container": "png" if value == "zip" else value}
    if key in _PLAIN:
        return {key: value}
    if key == "alpha" and value.lower() in _SWITCH:
        return {"alpha": _SWITCH[value.lower()]}
    rate, size = _RATE.fullmatch(value), _SIZE.fullmatch(value)
    if key == "fps" and rate is not None:
        return {"fps": {"num": int(rate[1]), "den": int(rate[2] or 1)}}
    if key == "size" and size is not None and len(value) > 1:
        sides = {"width": size[1], "height": size[2]}
        return {side: int(given) for side, given in sides.items() if given}
    raise CliError(
        f"--output {key}={value} is not understood; write format=mov, codec=h265, alpha=true, "
        "quality=high, fps=30000/1001, size=1280x720, aspect=1:1 or fit=pad.",
        WRONG_USE,
    )


def _track(key: str, value: str) -> tuple[Path, float]:
    path, volume = Path(value).expanduser(), 1.0
    told = _TRACK.fullmatch(value)
    if told is not None and not path.is_file():
        path, volume = Path(told[1]).expanduser(), float(told[2])
    if not path.is_file():
        raise CliError(f"--audio {key}: there is no file {path}.", WRONG_USE)
    return path, volume


def _number(value: str, place: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise CliError(f"{place} is a number, not {value!r}.", WRONG_USE) from error


def _split(text: str, option: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value:
        raise CliError(f"{option} {text!r} is not understood; write key=value.", WRONG_USE)
    return key.strip().lower(), value


def _checked(model: type[M], found: dict[str, Any], option: str) -> M:
    try:
        return model.model_validate(found, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(_NAMES.get(str(part), str(part)) for part in first["loc"])
        told = f"={first['input']}" if isinstance(first["input"], (str, int, float)) else ""
        raise CliError(f"{option} {place}{told}: {first['msg']}.", WRONG_USE) from error
