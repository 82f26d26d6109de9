"""ffmpeg's command lines that make a client's video fit for the engine before bind.

What comes out is one QuickTime file: a constant rate, square pixels, upright, BT.709, H.264 of
short groups (After Effects seeks in it) or ProRes 4444 where it is transparent, and its sound as
48 kHz stereo PCM. Nothing is guessed of what comes in: its reader is named, it may read no other
file and no address, and its pixels, length and memory are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.wire.media.safe import MediaRule, VideoForm

MAX_PIXELS = 64_000_000
MAX_SECONDS = 3600
MAX_BYTES = 16 * 2**30
MAX_BLOCK_BYTES = 2**30
_STEREO = "aformat=channel_layouts=mono|stereo,pan=stereo|FL=FL+FC|FR=FR+FC"
_H264 = "-c:v libx264 -preset veryfast -crf 12 -g 12 -bf 0 -threads 2"
_PRORES = "-c:v prores_ks -profile:v 4444 -vendor apl0 -qscale:v 4"
_TAGS = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"
_SCALER = "flags=lanczos+accurate_rnd+full_chroma_int+bitexact"
_CLEAR = re.compile(r"^(yuva|gbrap|rgba|argb|abgr|bgra|ya\d|pal8)")
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\w+)[(,]")
_CLEAR_DECODER = {"vp9": "libvpx-vp9", "vp8": "libvpx"}
"""ffmpeg's own decoders of these leave the transparency out."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Describe a client's video: its codec, and whether it is transparent."""

    codec: str
    alpha: bool


def look(ffmpeg: Sequence[str], path: Path, form: VideoForm) -> list[str]:
    """Write the run that decodes the first frame and tells of the streams."""
    return [*ffmpeg, *_guarded(path, form), "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-"]


def read_clip(text: str) -> Clip | None:
    """Read what `look` printed; None when it is not about a video."""
    given = text.partition("Output #0")[0]
    found = _VIDEO.search(given)
    if found is None:
        return None
    told = re.search(r"alpha_mode\s*:\s*1\b", given, re.IGNORECASE)
    return Clip(found[1], told is not None or _CLEAR.match(found[2]) is not None)


def convert(path: Path, target: Path, rule: MediaRule, form: VideoForm, clip: Clip) -> list[str]:
    """Write the words that make `target` of a video, after the program's own."""
    decoder = ["-c:v", _CLEAR_DECODER[clip.codec]] if _needs(clip) else []
    coded = _PRORES if clip.alpha else _H264
    return [
        *decoder, *_guarded(path, form),
        "-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn",
        "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
        "-vf", ",".join(_picture(rule, clip)), *coded.split(), *_TAGS.split(),
        "-af", _STEREO, "-ar", "48000", "-c:a", "pcm_s16le",
        "-t", str(MAX_SECONDS), "-fs", str(MAX_BYTES),
        "-movflags", "+write_colr", "-f", "mov", f"file:{target}",
    ]  # fmt: skip


def _needs(clip: Clip) -> bool:
    return clip.alpha and clip.codec in _CLEAR_DECODER


def _guarded(path: Path, form: VideoForm) -> list[str]:
    return [
        "-hide_banner", "-nostdin", "-y", "-max_alloc", str(MAX_BLOCK_BYTES),
        "-max_pixels", str(MAX_PIXELS), "-protocol_whitelist", "file",
        "-f", form, "-i", f"file:{path}",
    ]  # fmt: skip


def _picture(rule: MediaRule, clip: Clip) -> list[str]:
    """Write the filters: whole frames, square pixels, at most the rule's size, even sides."""
    width = f"min(iw*max(1\\,sar)\\,{rule.width_max})" if rule.width_max else "iw*max(1\\,sar)"
    height = (
        f"min(ih*max(1\\,1/sar)\\,{rule.height_max})" if rule.height_max else "ih*max(1\\,1/sar)"
    )
    scale = (
        f"scale=w='{width}':h='{height}':force_original_aspect_ratio=decrease"
        f":force_divisible_by=2:reset_sar=1:{_SCALER}"
    )
    rate = f"fps={rule.fps.num}/{rule.fps.den}:start_time=0" if rule.fps else "fps=source_fps"
    steps = ["yadif=deint=interlaced", rate]
    if clip.alpha:
        steps += ["format=gbrap", "premultiply=inplace=1", scale, "unpremultiply=inplace=1"]
    else:
        steps.append(scale)
    pixels = "yuva444p10le" if clip.alpha else "yuv420p"
    return [*steps, f"scale={_SCALER}:out_range=tv:out_color_matrix=bt709", f"format={pixels}"]
