"""Decisions about templates: what a project offers, what an order may say, what bind writes."""

from orchestrator.core.templates.final import ChoiceNeeded, choose_comp
from orchestrator.core.templates.order import check_order
from orchestrator.core.templates.scan import detect_mode, scan_project
from orchestrator.core.templates.spec import bind_spec, files_of

__all__ = [
    "ChoiceNeeded",
    "bind_spec",
    "check_order",
    "choose_comp",
    "detect_mode",
    "files_of",
    "scan_project",
]
