"""Tell what a file is by its first bytes; its name and its claimed type do not count.

A kind that is refused is known all the same: a person is told what the file is, not what it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Kind:
    """Say what a file is; `demuxer` is the one reader that ffmpeg may use for it.

    A sound or a video without one is not taken; nor is what is `other`.
    """

    kind: Literal["image", "audio", "video", "other"]
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
    (b"\x1aE\xdf\xa3", Kind("video", "Matroska or WebM", "matroska")),
    (b"\x00\x00\x01\xba", Kind("video", "MPEG", "mpeg")),
    (b"FLV\x01", Kind("video", "Flash video")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("video", "Windows Media")),
    (b"8BPS", Kind("other", "Photoshop document")),
    (b"%PDF", Kind("other", "PDF")),
    (b"%!PS", Kind("other", "PostScript file")),
    (b"<svg", Kind("other", "SVG drawing")),
    (b"<?xml", Kind("other", "XML file")),
    (b"#EXTM3U", Kind("other", "HLS playlist")),
    (b"ffconcat", Kind("other", "playlist")),
    (b"MThd", Kind("other", "MIDI file")),
    (b"PK\x03\x04", Kind("other", "ZIP archive")),
    (b"\x76\x2f\x31\x01", Kind("other", "OpenEXR picture")),
)
_RIFF = {
    b"WAVE": Kind("audio", "WAV", "wav"),
    b"WEBP": Kind("image", "WebP"),
    b"AVI ": Kind("video", "AVI", "avi"),
}
_STILLS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC picture"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF picture"),
}
_AUDIO_BRANDS = {b"M4A ", b"M4B ", b"F4A "}


def tell_kind(head: bytes) -> Kind | None:
    """Give the kind by the first HEAD_BYTES; None for what we do not know."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return Kind("audio", "AIFF", "aiff")
    if head[4:8] == b"ftyp":
        if head[8:12] in _AUDIO_BRANDS:
            return Kind("audio", "M4A", "mov")
        if head[8:12] in _STILLS:
            return Kind("other", _STILLS[head[8:12]])
        return Kind("video", "MP4 or QuickTime", "mov")
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if len(head) > 2 and head[0] == 0xFF:
        if head[1] in {0xF1, 0xF9}:
            return Kind("audio", "AAC", "aac")
        if head[1] in {0xFB, 0xFA, 0xF3, 0xF2}:
            return Kind("audio", "MP3", "mp3")
    return None
