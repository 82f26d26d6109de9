"""Tell the media type that an object is served with, by the ending of its name."""

from __future__ import annotations

_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "gif": "image/gif",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "wav": "audio/wav",
    "zip": "application/zip",
    "json": "application/json",
}


def content_type(name: str) -> str:
    """Give the media type by the name's ending; what is not known is plain bytes."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
