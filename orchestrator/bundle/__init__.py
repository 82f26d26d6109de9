"""The zip guard and the bundle finder: standard library only, used by server and node alike."""

from orchestrator.bundle.disk import Disk, sync_folder, sync_tree
from orchestrator.bundle.extract import extract, extract_to
from orchestrator.bundle.finder import find_aep
from orchestrator.bundle.guard import inspect, list_paths, read_entry
from orchestrator.bundle.model import BadBundle, Entry, Limits, Manifest

__all__ = [
    "BadBundle",
    "Disk",
    "Entry",
    "Limits",
    "Manifest",
    "extract",
    "extract_to",
    "find_aep",
    "inspect",
    "list_paths",
    "read_entry",
    "sync_folder",
    "sync_tree",
]
