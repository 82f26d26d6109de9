"""Judge what a call says of where it comes from: its address, its lane, its site."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
HOPS_MAX: Final = 32
LANE_BITS: Final = 64
"""Whoever has one IPv6 address has all of its /64 (RFC 6177)."""
_OURS: Final = frozenset({None, "none", "same-origin"})


def address_of(text: str | None) -> Address | None:
    """Read an address, also `1.2.3.4:80`, `[::1]:80` and IPv4 in IPv6; None for anything else."""
    plain = (text or "").strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    with suppress(ValueError):
        found = ip_address(plain.partition("%")[0])
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def lane_of(address: Address | str | None) -> str:
    """Name what the calls of an address are counted under: itself, or the /64 of an IPv6 one."""
    found = address_of(str(address)) if address is not None else None
    if isinstance(found, IPv6Address):
        return str(ip_network((found, LANE_BITS), strict=False))
    return str(found) if found is not None else "unknown"


def caller_behind(
    peer: Address | None, hops: Sequence[str], trusted: Sequence[Network]
) -> Address | None:
    """Give the nearest address on a call's way that is no trusted proxy.

    `hops` are those of X-Forwarded-For, the last written by the nearest proxy. Each is believed
    only when the one after it is trusted, so what a client wrote itself is never reached.
    """
    seen = peer
    for hop in reversed(hops[-HOPS_MAX:]):
        if seen is None or not is_in(seen, trusted):
            break
        before = address_of(hop)
        if before is None:
            break
        seen = before
    return seen


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address lies in one of the networks."""
    return any(address.version == one.version and address in one for one in networks)


def is_from_elsewhere(site: str | None, origin: str | None, host: str, *, is_https: bool) -> bool:
    """Tell whether a browser says that another site sent this form or call.

    `site` and `origin` are Sec-Fetch-Site and Origin; browsers cannot be made to leave out both.
    A page of plain http does not speak for the same name by https.
    """
    if site not in _OURS:
        return True
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return True
    return parts.netloc != host or (is_https and parts.scheme != "https")
