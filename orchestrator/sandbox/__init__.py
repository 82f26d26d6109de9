"""Limited child processes for what tenants send: the zip guard runs here, never in the server."""

from orchestrator.sandbox.bundles import inspect_bundle

__all__ = ["inspect_bundle"]
