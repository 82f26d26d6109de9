"""ffmpeg: where it is, how it is run, and what it says of a finished file."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from node_agent.core.enginelog import decode
from node_agent.core.export.command import loudness, steps
from node_agent.core.export.film import Film
from node_agent.core.export.probe import Probe, probe, read_probe, read_progress
from node_agent.core.export.sound import read_loudness
from node_agent.core.media import Clip, look, read_clip
from node_agent.errors import broken, clean, of_os_error
from node_agent.process import Spawner
from node_agent.settings import Settings
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.media.safe import VideoForm

PROBE_TIMEOUT_S = 1800
VERSION_TIMEOUT_S = 60
HEAD_BYTES = 65536
_LACKS = re.compile(r"(?:Unknown|No such) (encoder|decoder|filter):? '([^']{1,60})'")
WITHOUT = "Install the extra [encode], or name one with FLATRENDER_AGENT_FFMPEG."


def find_ffmpeg(settings: Settings) -> Path | None:
    """Find ffmpeg: the setting, then the wheel's, then the one on the PATH."""
    if settings.ffmpeg is not None:
        return settings.ffmpeg if settings.ffmpeg.is_file() else None
    spec = importlib.util.find_spec("imageio_ffmpeg")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        found = sorted((Path(folder) / "binaries").glob("ffmpeg*"))
        if found:
            return found[0]
    named = shutil.which("ffmpeg")
    return Path(named) if named else None


def missing_ffmpeg(settings: Settings) -> str:
    """Say why there is no ffmpeg here, and what to do."""
    if settings.ffmpeg is None:
        return f"This node has no ffmpeg. {WITHOUT}"
    return (
        f"FLATRENDER_AGENT_FFMPEG names {settings.ffmpeg}, which is no file on this node. Correct "
        "it, or take it away: then the extra [encode]'s is used, or the one on the PATH."
    )


class FFmpeg:
    """Run one ffmpeg."""

    def __init__(self, program: Path, spawner: Spawner) -> None:
        self._program = (str(program),)
        self._spawner = spawner

    async def export(
        self, film: Film, *, timeout_s: float, on_frames: Callable[[int], None]
    ) -> None:
        """Make a film's file, or of PNG what its zip is made of. Raises TaskBroken."""

        def read(chunk: bytes) -> None:
            done = read_progress(decode(chunk))
            if done is not None:
                on_frames(min(done, film.count))

        for step in steps(self._program, film):
            told = read if step.counts else None
            await self._run(step.argv, film.target.parent, timeout_s, told)

    async def loudness(self, film: Film, *, timeout_s: float) -> float | None:
        """Measure how loud the mix is, in LUFS; None for silence. Raises TaskBroken."""
        argv = loudness(self._program, film)
        return read_loudness(await self._run(argv, film.target.parent, timeout_s, None))

    async def probe(self, path: Path) -> Probe:
        """Decode a file to its end and tell what is in it. Raises TaskBroken when it cannot be."""
        text = await self._run(probe(self._program, path), path.parent, PROBE_TIMEOUT_S, None)
        found = read_probe(text)
        if found is None:
            raise broken(
                FailureClass.NODE,
                "probe_failed",
                f"ffmpeg cannot read {path.name} back.",
                stage="export",
                line=text[-500:],
            )
        return found

    async def look(self, path: Path, form: VideoForm, *, timeout_s: float) -> Clip:
        """Tell what a client's video is by its first frame. Raises TaskBroken."""
        argv = look(self._program, path, form)
        clip = read_clip(await self._run(argv, path.parent, timeout_s, None, stage="inputs"))
        if clip is None:
            raise broken(
                FailureClass.ASSET, "media_unreadable", f"{path.name} holds no video.",
                stage="inputs",
            )  # fmt: skip
        return clip

    async def version(self, cwd: Path) -> str:
        """Give its version as it tells it. Raises TaskBroken."""
        text = await self._run([*self._program, "-version"], cwd, VERSION_TIMEOUT_S, None)
        first = text.splitlines()[0] if text.strip() else ""
        return clean(" ".join(first.split()[:3]), 100)

    async def convert(self, argv: Sequence[str], cwd: Path, *, timeout_s: float) -> None:
        """Make a client's video fit for the engine. Raises TaskBroken."""
        await self._run([*self._program, *argv], cwd, timeout_s, None, stage="inputs")

    async def _run(
        self,
        argv: Sequence[str],
        cwd: Path,
        timeout_s: float,
        on_output: Callable[[bytes], None] | None,
        *,
        stage: str = "export",
    ) -> str:
        head = bytearray()

        def read(chunk: bytes) -> None:
            # The description of the streams comes first; progress may push it out of the tail.
            head.extend(chunk[: max(0, HEAD_BYTES - len(head))])
            if on_output is not None:
                on_output(chunk)

        try:
            child = self._spawner.spawn(argv, cwd=cwd, on_output=read)
        except OSError as error:
            raise of_os_error(error, Path(argv[0]), stage=stage) from error
        code = await child.finish(timeout_s)
        text = decode(bytes(head)) + decode(child.tail())
        if code != 0:
            raise _failed(code, text, timeout_s, stage)
        return text


def _failed(code: int | None, text: str, timeout_s: float, stage: str) -> Exception:
    lines = [line for line in text.splitlines() if line.strip() and "=" not in line.split(" ")[0]]
    line = clean(lines[-1], 500) if lines else None
    if "No space left on device" in text:
        return broken(
            FailureClass.NODE,
            "disk_full",
            "The disk is full while encoding. Free space on this node.",
            stage=stage,
            line=line,
        )
    lacking = _LACKS.search(text)
    if lacking is not None:
        return broken(
            FailureClass.NODE,
            "ffmpeg_lacks",
            f"The ffmpeg of this node has no {lacking[1]} {lacking[2]}. Use the one of the extra "
            "[encode], or name a complete one with FLATRENDER_AGENT_FFMPEG.",
            stage=stage,
            line=line,
        )
    told = f"did not end in {timeout_s:.0f} s" if code is None else f"ended with exit code {code}"
    kind = FailureClass.TRANSIENT if code is None or code < 0 else FailureClass.UNKNOWN
    return broken(
        kind,
        "encode_failed",
        f"ffmpeg {told}: {line or 'without a word'}",
        stage=stage,
        line=line,
    )
