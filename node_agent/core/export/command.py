"""ffmpeg's command lines for every format that can be ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node_agent.core.export.film import RATE_HZ, Film
from node_agent.core.export.picture import is_yuv, picture
from node_agent.core.export.sound import inputs, mix
from orchestrator.wire.media.output import Codec, Container, Quality

_VIDEO: dict[Codec, dict[Quality, str]] = {
    "h264": {
        "draft": "-preset ultrafast -crf 26",
        "standard": "-preset veryfast -crf 19",
        "high": "-preset medium -crf 16",
    },
    "h265": {
        "draft": "-preset ultrafast -crf 28",
        "standard": "-preset veryfast -crf 21",
        "high": "-preset medium -crf 18",
    },
    "vp9": {
        "draft": "-deadline realtime -cpu-used 8 -crf 36",
        "standard": "-deadline good -cpu-used 5 -crf 26",
        "high": "-deadline good -cpu-used 2 -crf 20",
    },
    "prores": {"draft": "-qscale:v 14", "standard": "-qscale:v 8", "high": "-qscale:v 4"},
}
_CODEC: dict[Codec, str] = {
    "h264": "-c:v libx264",
    "h265": "-c:v libx265 -tag:v hvc1 -x265-params log-level=error",
    "vp9": "-c:v libvpx-vp9 -b:v 0 -row-mt 1 -auto-alt-ref 0",
    "prores": "-c:v prores_ks -profile:v 4444 -vendor apl0",
    "gif": "-c:v gif",
    "png": "-c:v png -compression_level 3",
}
_TAGS = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"
_SOUND: dict[Container, dict[Quality, str]] = {
    # Noise that the encoder makes up itself (PNS) overshoots what the limiter held by decibels.
    "mp4": {
        "draft": "-c:a aac -aac_pns 0 -b:a 160k",
        "standard": "-c:a aac -aac_pns 0 -b:a 256k",
        "high": "-c:a aac -aac_pns 0 -b:a 320k",
    },
    "webm": {
        "draft": "-c:a libopus -b:a 96k",
        "standard": "-c:a libopus -b:a 160k",
        "high": "-c:a libopus -b:a 256k",
    },
    "mov": dict.fromkeys(("draft", "standard", "high"), "-c:a pcm_s24le"),
}
_MUXER: dict[Container, str] = {
    "mp4": "-movflags +faststart -f mp4",
    "mov": "-movflags +faststart+write_colr -f mov",
    "webm": "-f webm",
}
_COLOURS: dict[Quality, int] = {"draft": 64, "standard": 128, "high": 256}
_DITHER: dict[Quality, str] = {
    "draft": "bayer:bayer_scale=4", "standard": "bayer:bayer_scale=3", "high": "sierra2_4a",
}  # fmt: skip
_QUIET = ("-hide_banner", "-nostdin", "-y", "-loglevel", "warning", "-progress", "pipe:1")


@dataclass(frozen=True, slots=True)
class Step:
    """Be one run of ffmpeg; the frames of the last one that `counts` are the export's progress."""

    argv: list[str]
    counts: bool = True


def steps(ffmpeg: Sequence[str], film: Film) -> list[Step]:
    """Give the runs that make a film, in their order.

    A GIF takes two: its palette is of all frames, which one run would have to hold in memory. Of
    PNG the frames are written as `stills/%05d.png` and the sound as `sound.wav`.
    """
    if film.output.container == "gif":
        return _gif(ffmpeg, film)
    if film.output.container == "png":
        return _stills(ffmpeg, film)
    quality = film.output.quality
    words = [_CODEC[film.output.coded_as], _VIDEO[film.output.coded_as][quality], _TAGS]
    graph = picture(film)
    sound: list[str] = []
    if film.heard:
        graph = f"{graph};{mix(film, 1)}"
        sound = ["-map", "[sound]", *_SOUND[film.output.container][quality].split()]
        sound += ["-ar", str(RATE_HZ)]
    argv = [
        *ffmpeg, *_QUIET, *_frames(film), *inputs(film), "-filter_complex", graph,
        "-map", "[picture]", *sound, "-frames:v", str(film.count),
        *" ".join(words).split(), "-map_metadata", "-1", "-fflags", "+bitexact",
        *_MUXER[film.output.container].split(), _at(film.target),
    ]  # fmt: skip
    return [Step(argv)]


def loudness(ffmpeg: Sequence[str], film: Film) -> list[str]:
    """Write the run that measures how loud the mix is."""
    return [
        *ffmpeg, "-hide_banner", "-nostdin", *inputs(film),
        "-filter_complex", mix(film, 0, measure=True), "-map", "[sound]", "-f", "null", "-",
    ]  # fmt: skip


def palette_of(film: Film) -> Path:
    """Give the place of a GIF's colours, beside the film."""
    return film.target.with_name("palette.png")


def stills_of(film: Film) -> Path:
    """Give the folder of converted PNG frames, beside the film."""
    return film.target.with_name("stills")


def sound_of(film: Film) -> Path:
    """Give the place of the mix that lies beside PNG frames."""
    return film.target.with_name("mix.wav")


def same_frames(film: Film) -> bool:
    """Tell whether the frames can be handed over as they are."""
    as_is = film.source == (film.width, film.height) and not film.premultiplied
    return as_is and film.pattern.suffix == ".png"


def _gif(ffmpeg: Sequence[str], film: Film) -> list[Step]:
    quality = film.output.quality
    clear = int(film.output.alpha)
    generate = f"palettegen=max_colors={_COLOURS[quality]}:reserve_transparent={clear}"
    chosen = f"[picture][1:v]paletteuse=dither={_DITHER[quality]}:alpha_threshold=128[gif]"
    colours = [
        *ffmpeg, *_QUIET, *_frames(film),
        "-filter_complex", f"{picture(film)};[picture]{generate}[palette]",
        "-map", "[palette]", "-frames:v", "1", "-update", "1", _at(palette_of(film)),
    ]  # fmt: skip
    drawn = [
        *ffmpeg, *_QUIET, *_frames(film), "-protocol_whitelist", "file", "-f", "image2",
        "-i", palette_of(film).name, "-filter_complex", f"{picture(film)};{chosen}",
        "-map", "[gif]", "-frames:v", str(film.count), *_CODEC["gif"].split(),
        "-loop", "0", "-f", "gif", _at(film.target),
    ]  # fmt: skip
    return [Step(colours, counts=False), Step(drawn)]


def _stills(ffmpeg: Sequence[str], film: Film) -> list[Step]:
    made: list[Step] = []
    if not same_frames(film):
        made.append(Step([
            *ffmpeg, *_QUIET, *_frames(film), "-filter_complex", picture(film),
            "-map", "[picture]", "-frames:v", str(film.count), *_CODEC["png"].split(),
            "-start_number", str(film.first), "-f", "image2", f"{stills_of(film).name}/%05d.png",
        ]))  # fmt: skip
    if film.heard:
        made.append(Step([
            *ffmpeg, *_QUIET, *inputs(film), "-filter_complex", mix(film, 0), "-map", "[sound]",
            "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-f", "wav", _at(sound_of(film)),
        ], counts=False))  # fmt: skip
    return made


def _frames(film: Film) -> list[str]:
    return [
        "-protocol_whitelist", "file",
        "-framerate", f"{film.fps.num}/{film.fps.den}", "-start_number", str(film.first),
        "-f", "image2", "-i", str(film.pattern),
    ]  # fmt: skip


def _at(path: Path) -> str:
    """Name a file so that no part of it is taken for a protocol or an option."""
    return f"file:{path}"


def tagged(film: Film) -> bool:
    """Tell whether the file must say that it is BT.709."""
    return is_yuv(film.output.coded_as)
