"""Tell what a file is by its first bytes; its name and its claimed type do not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Kind:
    """Say what a file is; `demuxer` is the one reader that ffmpeg may use for it."""

    kind: Literal["image", "audio", "video"]
    name: str
    demuxer: str = ""


_PREFIXES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind("image", "PNG")),
    (b"\xff\xd8\xff", Kind("image", "JPEG")),
    (b"GIF87a", Kind("image", "GIF")),
    (b"GIF89a", Kind("image", "GIF")),
    (b"II*\x00", Kind("image", "TIFF")),
    (b"MM\x00*", Kind("image", "TIFF")),
    (b"BM", Kind("image", "BMP")),
    (b"fLaC", Kind("audio", "FLAC", "flac")),
    (b"OggS", Kind("audio", "Ogg", "ogg")),
    (b"ID3", Kind("audio", "MP3", "mp3")),
    (b"\x1aE\xdf\xa3", Kind("video", "Matroska or WebM")),
    (b"\x00\x00\x01\xba", Kind("video", "MPEG")),
    (b"FLV\x01", Kind("video", "Flash video")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("video", "Windows Media")),
)
_RIFF = {
    b"WAVE": Kind("audio", "WAV", "wav"),
    b"WEBP": Kind("image", "WebP"),
    b"AVI ": Kind("video", "AVI"),
}
_AUDIO_BRANDS = {b"M4A ", b"M4B ", b"F4A "}


def tell_kind(head: bytes) -> Kind | None:
    """Give the kind by the first HEAD_BYTES; None for what is no medium that we know."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return Kind("audio", "AIFF", "aiff")
    if head[4:8] == b"ftyp":
        if head[8:12] in _AUDIO_BRANDS:
            return Kind("audio", "M4A", "mov")
        return Kind("video", "MP4 or QuickTime")
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if len(head) > 2 and head[0] == 0xFF:
        if head[1] in {0xF1, 0xF9}:
            return Kind("audio", "AAC", "aac")
        if head[1] in {0xFB, 0xFA, 0xF3, 0xF2}:
            return Kind("audio", "MP3", "mp3")
    return None
