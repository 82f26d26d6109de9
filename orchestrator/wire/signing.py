"""How an agent's call is signed: HMAC-SHA256 over method, path, time and body hash.

Header: `Authorization: FR1 node=<uuid>,v=<key version>,t=<unix seconds>,sig=<hex>`. The window is
wide (a minute either way) and there is no nonce: fences and request ids make replays harmless.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

SCHEME = "FR1"
WINDOW_S = 60
_HEADER = re.compile(
    r"FR1 node=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),v=(\d{1,6}),t=(\d{1,12}),"
    r"sig=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold the parts of a signed call's Authorization header."""

    node_id: UUID
    key_version: int
    time_s: int
    digest: str


def sign(secret: bytes, method: str, path_qs: str, time_s: int, body_sha256: str) -> str:
    """Sign one call; `path_qs` is the raw path with its query, `body_sha256` hex."""
    text = "\n".join((SCHEME, method.upper(), path_qs, str(time_s), body_sha256))
    return hmac.digest(secret, text.encode(), "sha256").hex()


def header(
    secret: bytes,
    node_id: UUID,
    key_version: int,
    time_s: int,
    *,
    method: str,
    path_qs: str,
    body: bytes,
) -> str:
    """Write the Authorization header of one call."""
    digest = sign(secret, method, path_qs, time_s, hashlib.sha256(body).hexdigest())
    return f"{SCHEME} node={node_id},v={key_version},t={time_s},sig={digest}"


def parse(value: str) -> Signature | None:
    """Read an Authorization header; None when it is not one of ours."""
    match = _HEADER.fullmatch(value)
    if match is None:
        return None
    return Signature(UUID(match[1]), int(match[2]), int(match[3]), match[4])


def matches(signature: Signature, secret: bytes, method: str, path_qs: str, body: bytes) -> bool:
    """Compare in constant time."""
    body_sha256 = hashlib.sha256(body).hexdigest()
    wanted = sign(secret, method, path_qs, signature.time_s, body_sha256)
    return hmac.compare_digest(wanted, signature.digest)
