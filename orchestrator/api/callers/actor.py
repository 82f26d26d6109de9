"""Name a caller for the audit log."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from orchestrator.api.route import Call
from orchestrator.store.audit import Actor


def actor_of(call: Call[Any]) -> Actor:
    """Name the key or the person, the request and where it came from."""
    address = None
    with suppress(ValueError):
        address = ip_address(call.request.remote or "")
    return Actor(call.key.actor_kind, str(call.key.actor_id), call.request_id, address)
