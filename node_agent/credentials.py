"""The node's credentials: kept in a file that only its owner reads, traded for a token once."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from node_agent.errors import Fatal, Refused
from node_agent.home import Home
from node_agent.report.client import Client, Credentials
from node_agent.settings import Settings
from orchestrator.wire.agent import EnrolAnswer, EnrolRequest, Platform

LOG = structlog.get_logger("credentials")


class Stored(BaseModel):
    """Be the credentials file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    server_url: str
    node_id: UUID
    key_version: int
    secret: str


def read(home: Home) -> Stored | None:
    """Read the credentials file; None when there is none.

    Raises Fatal when it is there but cannot be read.
    """
    try:
        return Stored.model_validate_json(home.credentials.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise Fatal(
            f"The credentials file {home.credentials} cannot be read. Remove it and enrol this "
            "node again with a new token."
        ) from error


def credentials_of(stored: Stored) -> Credentials:
    """Decode the secret: base64url without padding, the bytes that sign.

    Raises Fatal when the file holds something else.
    """
    try:
        padded = stored.secret + "=" * (-len(stored.secret) % 4)
        secret = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fatal("The node's secret is damaged. Enrol this node again.") from error
    return Credentials(stored.node_id, stored.key_version, secret)


async def enrol(client: Client, home: Home, settings: Settings, platform: Platform) -> Stored:
    """Trade the one-time token for credentials and keep them.

    The token comes from the environment, a named file, or `enrolment_token` in the data folder;
    that last one is removed once it is used. Raises Fatal when there is no token or it is refused.
    """
    token = find_token(home, settings)
    if token is None:
        named = settings.enrolment_token_file
        raise Fatal(
            (f"There is no token in {named}. " if named is not None else "")
            + "This node is not enrolled. Make a token (Add a node, on the server's pages; or "
            "`flatrender enrol` there) and start the agent with "
            f"FLATRENDER_AGENT_ENROLMENT_TOKEN, or save the token as {home.token}."
        )
    try:
        answer = await client.call(
            "/v1/agent/enrol",
            EnrolRequest(enrolment_token=token, name=settings.name, platform=platform),
            EnrolAnswer,
        )
    except (Refused, ValidationError) as error:
        raise Fatal(
            "The server refused the enrolment token; tokens are for one use and last minutes. "
            f"Make a new one. ({error})"
        ) from error
    stored = Stored(
        server_url=settings.server_url,
        node_id=answer.node_id,
        key_version=answer.key_version,
        secret=answer.secret,
    )
    _write_private(home.credentials, stored.model_dump_json().encode())
    home.token.unlink(missing_ok=True)
    LOG.info("enrolled", node=str(answer.node_id))
    return stored


def find_token(home: Home, settings: Settings) -> str | None:
    """Give the enrolment token, wherever it was left."""
    if settings.enrolment_token is not None:
        return settings.enrolment_token.get_secret_value().strip()
    path = settings.enrolment_token_file or home.token
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Fatal(f"The enrolment token in {path} cannot be read: {error}.") from error


def _write_private(path: Path, content: bytes) -> None:
    """Replace a file by one that only its owner may read."""
    draft = path.with_name(path.name + ".tmp")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
