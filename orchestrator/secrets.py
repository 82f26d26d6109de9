"""Derive every server secret from one master key: node secrets and the key of signed URLs."""

from __future__ import annotations

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


def _extract(master: bytes) -> bytes:
    """Make of the master key what others are derived from (HKDF-SHA256, RFC 5869)."""
    return hmac.digest(_SALT, master, "sha256")


def _derive(extracted: bytes, purpose: str) -> bytes:
    """Derive 32 bytes for one purpose: one block of HKDF-SHA256."""
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


class Secrets:
    """Hold what keys are derived from, and give them; it never prints itself."""

    __slots__ = ("_extracted", "check", "url_key")

    def __init__(self, master: bytes) -> None:
        self._extracted = _extract(master)
        self.url_key = _derive(self._extracted, "url")
        self.check = _derive(self._extracted, "check")

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "Secrets(...)"

    def node_secret(self, node_id: UUID, version: int) -> bytes:
        """Give the 32-byte secret of one node and key version; none is stored anywhere."""
        return _derive(self._extracted, f"node:{node_id}:{version}")

    def factor_secret(self, factor_id: UUID) -> bytes:
        """Give the 32 bytes that a person's app makes its codes of; none is stored anywhere."""
        return _derive(self._extracted, f"factor:{factor_id}")

    def webhook_secret(self, webhook_id: UUID, version: int) -> bytes:
        """Give the 32 bytes that sign what one webhook is sent; none is stored anywhere."""
        return _derive(self._extracted, f"webhook:{webhook_id}:{version}")


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
            f"The server key in {where} is not 64 hexadecimal digits. Restore it from a backup. "
            "If it is lost, remove it and run `flatrender rekey`; then enrol every node again.",
        )
    return bytes.fromhex(text)
