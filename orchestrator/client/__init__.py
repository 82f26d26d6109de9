"""The HTTP client that the command line and other programs use."""

from orchestrator.client.errors import ClientError
from orchestrator.client.http import FarmClient

__all__ = ["ClientError", "FarmClient"]
