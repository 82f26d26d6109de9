"""The lines by which engines name a fault: pattern, failure class, code, and what to do.

Sources: Adobe's own render script, the Deadline plug-in's list, and field reports. The first
pattern that fits decides, so the particular stands before the general.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from orchestrator.wire.failures import FailureClass as C


@dataclass(frozen=True, slots=True)
class Fault:
    """Describe one known fault."""

    pattern: re.Pattern[str]
    failure_class: C
    code: str
    advice: str


def _fault(pattern: str, failure_class: C, code: str, advice: str) -> Fault:
    return Fault(re.compile(pattern, re.IGNORECASE), failure_class, code, advice)


NOISE: Final = re.compile(
    r"GL_VERS|NVAPI error|GPU Warning|IVCAutoReleasePool|auto-?save|LoadLibrary \"n\" failed",
    re.IGNORECASE,
)
"""What looks like an error and is none."""

FAULTS: Final = (
    _fault(
        r"no comp was found",
        C.TEMPLATE,
        "comp_missing",
        "The project has no comp of that name.",
    ),
    _fault(
        r"no (output module|render settings) template was found",
        C.NODE,
        "template_missing",
        "Run `flatrender-agent check --fix` on this node to make the output modules.",
    ),
    _fault(
        r"no render queue item was found|needs output file but none",
        C.TEMPLATE,
        "queue_empty",
        "The project's render queue does not hold the item that bind should have made.",
    ),
    _fault(
        r"SYNTAX ERROR|illegal argument",
        C.NODE,
        "bad_arguments",
        "This engine does not know an argument of ours; its version may be too old.",
    ),
    _fault(
        r"(unable to obtain a license|invalid serial number|is using the same serial number"
        r"|enter the license method)",
        C.LICENCE,
        "licence",
        "Look after the licence of After Effects on this node.",
    ),
    _fault(
        r"unexpected failure during application startup",
        C.LICENCE,
        "startup_failed",
        "Start After Effects once by hand on this node and answer what it asks.",
    ),
    _fault(
        r"another instance of aerender|modal dialog",
        C.NODE,
        "engine_busy",
        "Another After Effects or an open dialog blocks this node.",
    ),
    _fault(
        r"aerender ERROR -17\d\d|AEGetParamPt|AESend failed",
        C.NODE,
        "apple_event",
        "macOS refused to drive After Effects: allow Automation for the agent, unlock the screen.",
    ),
    _fault(
        r"(can ?not create a file in directory|check(ing)? write permissions?"
        r"|error while writing to file|an output module failed)",
        C.NODE,
        "output_failed",
        "The engine could not write its output; check disk and folder.",
    ),
    _fault(
        r"cannot be opened.*version|created with .*version|newer version of after effects",
        C.TEMPLATE,
        "project_too_new",
        "The project was saved by a newer After Effects than this node has.",
    ),
    _fault(
        r"file is damaged|not a (valid|readable) project|could not be (read|opened)"
        r"|cannot open .*project",
        C.TEMPLATE,
        "project_damaged",
        "The project file cannot be opened.",
    ),
    _fault(
        r"unable to render: file not found|missing footage|could not read from source",
        C.ASSET,
        "footage_missing",
        "A footage file of the template is not in its bundle. Collect the files in After Effects "
        "(File > Dependencies > Collect Files) and upload a zip of the folder, which holds it.",
    ),
    _fault(
        r"source compression type is not supported",
        C.ASSET,
        "codec",
        "The engine cannot read a media file; convert it.",
    ),
    _fault(
        r"an expression never ends",
        C.TEMPLATE,
        "expression_endless",
        "An expression of the template never ends; mend it or take it out.",
    ),
    _fault(
        r"missing effect|missing dependenc",
        C.ASSET,
        "effect_missing",
        "An effect or plug-in that the template uses is not on this node.",
    ),
    _fault(
        r"code: 19969|GPU-enabled effects", C.NODE, "gpu", "The GPU failed; later frames are wrong."
    ),
    _fault(
        r"out of memory|insufficient memory|not enough memory|unable to allocate|MemoryError",
        C.NODE,
        "out_of_memory",
        "The engine ran out of memory on this node.",
    ),
    _fault(
        r"unable to receive at line|forcibly closed|connexion existante",
        C.TRANSIENT,
        "engine_crashed",
        "After Effects ended in the middle of the work.",
    ),
    _fault(
        r"internal verification failure|internal structure inconsistency",
        C.TRANSIENT,
        "engine_internal",
        "After Effects found itself in a wrong state.",
    ),
    _fault(
        r"error executing script|ReferenceError|error occurred while exporting",
        C.UNKNOWN,
        "engine_error",
        "The engine reported an error.",
    ),
    _fault(
        r"aerender (ERROR|Error)|After Effects error",
        C.UNKNOWN,
        "engine_error",
        "The engine reported an error.",
    ),
)

FONTS: Final = re.compile(r"missing fonts?|Font family:", re.IGNORECASE)


def find(line: str) -> Fault | None:
    """Give the fault that a line names, None for ordinary lines and known noise."""
    if NOISE.search(line):
        return None
    return next((fault for fault in FAULTS if fault.pattern.search(line)), None)


def is_suspect(line: str) -> bool:
    """Tell whether a line may name a fault at all; progress and settings lines never do."""
    return not line.startswith("PROGRESS:") and not line.startswith("INFO:preview")
