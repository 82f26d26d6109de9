"""Name a caller for the audit log."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from orchestrator.api.route import Call, KeyPrincipal
from orchestrator.store.audit import Actor


def actor_of(call: Call[Any]) -> Actor:
    """Name the key, the person or the node, the request and where it came from.

    Who has no credentials yet is nobody.
    """
    address = None
    with suppress(ValueError):
        address = ip_address(call.request.remote or "")
    who = call.principal
    if who is None:
        return Actor("nobody", None, call.request_id, address)
    if isinstance(who, KeyPrincipal):
        return Actor(who.actor_kind, str(who.actor_id), call.request_id, address)
    return Actor("node", str(who.node_id), call.request_id, address)
