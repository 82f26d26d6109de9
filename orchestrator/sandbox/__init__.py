"""Limited child processes for what tenants send: the zip guard runs here, never in the server."""

from pathlib import Path

from orchestrator.sandbox.bundles import inspect_bundle

__all__ = ["image_child_path", "inspect_bundle"]


def image_child_path() -> Path:
    """Give the script that makes a picture safe; see image_child.py for its arguments."""
    return Path(__file__).with_name("image_child.py")
