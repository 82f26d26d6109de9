"""Derive every server secret from one master key: node secrets and the key of signed URLs."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from uuid import UUID

from orchestrator.errors import FarmError
from orchestrator.settings import Settings

KEY_FILE = "server.key"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_SALT = b"flatrender.v1"


def _derive(master: bytes, purpose: str) -> bytes:
    """Derive 32 bytes for one purpose (HKDF-SHA256, RFC 5869, one block)."""
    extracted = hmac.new(_SALT, master, hashlib.sha256).digest()
    return hmac.new(extracted, purpose.encode() + b"\x01", hashlib.sha256).digest()


class Secrets:
    """Hold the master key and give the keys derived from it; it never prints itself."""

    __slots__ = ("_master", "url_key")

    def __init__(self, master: bytes) -> None:
        self._master = master
        self.url_key = _derive(master, "url")

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "Secrets(...)"

    def node_secret(self, node_id: UUID, version: int) -> bytes:
        """Give the 32-byte secret of one node and key version; none is stored anywhere."""
        return _derive(self._master, f"node:{node_id}:{version}")


def load_secrets(settings: Settings) -> Secrets:
    """Take the master key from the settings, else from the data folder, where it is made once.

    Raises FarmError (server_key) when the key is not 64 hex digits or cannot be read or made.
    """
    if settings.server_key is not None:
        return Secrets(_parse(settings.server_key.get_secret_value(), "FLATRENDER_SERVER_KEY"))
    path = settings.data_dir / KEY_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return Secrets(_parse(path.read_text("ascii", errors="replace").strip(), str(path)))
    except OSError as error:
        raise FarmError(
            "server_key",
            500,
            f"The server key {path} cannot be read or made ({error.strerror}). "
            "Give the data folder to this user, or set FLATRENDER_SERVER_KEY.",
        ) from error


def _make(path: Path) -> None:
    """Write a new key beside `path` and link it there, so that two makers keep one key."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)


def _parse(text: str, where: str) -> bytes:
    if _KEY.fullmatch(text) is None:
        raise FarmError(
            "server_key",
            500,
            f"The server key in {where} is not 64 hexadecimal digits. Restore it from a backup, "
            "or remove it to make a new one (nodes must then be enrolled again).",
        )
    return bytes.fromhex(text)
