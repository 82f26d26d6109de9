"""Serve the pages' own files under addresses that name their content, to be kept for ever."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import hdrs, web

PREFIX: Final = "/admin/static/"
_TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "png": "image/png",
}
_PACKED: Final = frozenset({"css", "js", "svg"})


class Assets:
    """Hold every static file in memory: a quarter of a megabyte in all."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str, bool]] = {}
        self._addresses: dict[str, str] = {}
        self._read(files("orchestrator.web").joinpath("static"), "")
        self._point_css_at_fonts()

    def address(self, name: str) -> str:
        """Give the address of a file such as app.css. Raises KeyError for one that is not there."""
        return self._addresses[name]

    def content(self, address: str) -> bytes:
        """Give a file's content by its address. Raises KeyError."""
        content, _, packed = self._files[address.removeprefix(PREFIX)]
        return gzip.decompress(content) if packed else content

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one file; an address of an older content is not found."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        content, kind, packed = found
        headers = {
            hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
            hdrs.CONTENT_TYPE: kind,
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
        if packed:
            if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
                headers[hdrs.CONTENT_ENCODING] = "gzip"
            else:
                content = gzip.decompress(content)
        return web.Response(body=content, headers=headers)

    def _read(self, folder: Traversable, place: str) -> None:
        for item in folder.iterdir():
            if item.is_dir():
                self._read(item, f"{place}{item.name}/")
            elif item.name.rpartition(".")[2] in _TYPES:
                self._keep(place + item.name, item.read_bytes())

    def _keep(self, name: str, content: bytes) -> None:
        ending = name.rpartition(".")[2]
        digest = hashlib.sha256(content).hexdigest()[:12]
        kept = f"{digest}/{name}"
        packed = ending in _PACKED
        body = gzip.compress(content, 9, mtime=0) if packed else content
        kind = _TYPES[ending] + ("; charset=utf-8" if packed else "")
        self._files[kept] = (body, kind, packed)
        self._addresses[name] = PREFIX + kept

    def _point_css_at_fonts(self) -> None:
        """Write the fonts' addresses, which name their content, into the style sheet."""
        name = "app.css"
        text = self.content(self._addresses[name]).decode()
        del self._files[self._addresses[name].removeprefix(PREFIX)]
        for other, address in self._addresses.items():
            if other.endswith(".woff2"):
                text = text.replace(f'"{other}"', f'"{address}"')
        self._keep(name, text.encode())
