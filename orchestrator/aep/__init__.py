"""Reads After Effects projects (.aep) without After Effects: pure, bounded, hostile-proof."""

from orchestrator.aep.model import (
    BadAep,
    Comp,
    Control,
    Effect,
    Expression,
    Folder,
    Footage,
    Layer,
    Marker,
    Project,
    TextContent,
    Version,
)
from orchestrator.aep.reader import read
from orchestrator.aep.version import saved_by

__all__ = [
    "BadAep",
    "Comp",
    "Control",
    "Effect",
    "Expression",
    "Folder",
    "Footage",
    "Layer",
    "Marker",
    "Project",
    "TextContent",
    "Version",
    "read",
    "saved_by",
]
