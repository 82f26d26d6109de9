"""See calls that come through our own proxies as they were when they reached the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from multidict import istr

from orchestrator.core.callers import Network, address_of, caller_behind, is_in

FORWARDED_FOR = istr("X-Forwarded-For")
FORWARDED_PROTO = istr("X-Forwarded-Proto")


def as_it_came(request: web.Request, trusted: Sequence[Network]) -> web.Request:
    """Give the request with the caller's address and scheme; the same one where nobody is trusted.

    `Forwarded` (RFC 7239) is not read: a proxy that sets the one passes the other on as it came.
    """
    if not trusted:
        return request
    peer = address_of(request.remote)
    if peer is None or not is_in(peer, trusted):
        return request
    told: dict[str, Any] = {}
    hops = ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
    caller = caller_behind(peer, hops, trusted)
    if caller is not None and caller != peer:
        told["remote"] = str(caller)
    proto = request.headers.getall(FORWARDED_PROTO, [""])[-1].rpartition(",")[2].strip().lower()
    if proto in {"http", "https"}:
        told["scheme"] = proto
    return request.clone(**told) if told else request
