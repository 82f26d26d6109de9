"""Start a PostgreSQL of our own beside the orchestrator, with no installation by anybody."""

from orchestrator.embedded.cluster import Cluster
from orchestrator.embedded.errors import EmbeddedError
from orchestrator.embedded.starting import create_database, start

__all__ = ["Cluster", "EmbeddedError", "create_database", "start"]
