"""Sign the addresses of objects, and check such a signature; and say what a key may look like."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from orchestrator.errors import BadRequest, Forbidden

Op = Literal["get", "put"]
PREFIX = "/v1/objects/"
MAX_KEY = 500
_BAD_PART = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]|^\.|[. ]$')
_FIELDS = ("op", "exp", "name", "sha256", "size", "type")


@dataclass(frozen=True, slots=True)
class Grant:
    """Be what a checked signature allows; the last three are set for a PUT."""

    key: str
    op: Op
    name: str
    sha256: str
    size_bytes: int
    content_type: str


def check_key(key: str) -> str:
    """Give the key back; raise BadRequest when no object could have it."""
    parts = key.split("/")
    bad = not key or len(key.encode("utf-8", "replace")) > MAX_KEY
    if bad or any(not part or len(part) > 120 or _BAD_PART.search(part) for part in parts):
        raise BadRequest("The object's key is not one of ours. Use the address as given.")
    return key


def sign(
    url_key: bytes,
    op: Op,
    key: str,
    ttl_s: float,
    *,
    name: str = "",
    sha256: str = "",
    size_bytes: int = 0,
    content_type: str = "",
) -> str:
    """Make the relative address that allows one operation on one object for `ttl_s`."""
    fields = {
        "op": op,
        "exp": str(int(time.time() + ttl_s)),
        "name": name,
        "sha256": sha256,
        "size": str(size_bytes) if op == "put" else "",
        "type": content_type,
    }
    query = {field: value for field, value in fields.items() if value}
    query["sig"] = _mac(url_key, key, fields)
    return f"{PREFIX}{quote(key)}?{urlencode(query)}"


def check(url_key: bytes, op: Op, key: str, query: Mapping[str, str]) -> Grant:
    """Check the signature and the time of an address.

    Raises Forbidden (`bad_signature`, `url_expired`).
    """
    fields = {field: query.get(field, "") for field in _FIELDS}
    wanted = _mac(url_key, key, fields)
    if not hmac.compare_digest(wanted.encode(), query.get("sig", "").encode("utf-8", "replace")):
        raise Forbidden(
            "This address was changed or never made here. Ask for a new one.", "bad_signature"
        )
    if fields["op"] != op:
        raise Forbidden(f"This address allows {fields['op']} only.", "bad_signature")
    if int(fields["exp"]) < time.time():
        raise Forbidden("This address has expired. Ask for a new one.", "url_expired")
    return Grant(
        key, op, fields["name"], fields["sha256"], int(fields["size"] or 0), fields["type"]
    )


def _mac(url_key: bytes, key: str, fields: Mapping[str, str]) -> str:
    """Sign the fields with their lengths, so that no two sets of fields read alike."""
    texts = [key, *(fields[field] for field in _FIELDS)]
    text = "".join(f"{len(part)}:{part}\n" for part in texts)
    return hmac.new(url_key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
