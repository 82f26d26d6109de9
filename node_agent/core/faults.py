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


_AUTOSAVE = r"\bauto-?\s?sav"
_FAILED = r"(?:fail|error|could not|unable)"
NOISE: Final = re.compile(
    r"^(?!aerender ).*(?:GL_VERS|NVAPI error|GPU Warning|IVCAutoReleasePool)"
    r"|^(?!aerender ).*LoadLibrary \".*\" failed"
    r"|background rendering so switching to foreground|^(?:INFO: ?)?Log closed on"
    rf"|{_FAILED}.*{_AUTOSAVE}|{_AUTOSAVE}.*{_FAILED}",
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
        r"timeSpanStart of|frames outside of (the )?range",
        C.TEMPLATE,
        "frames_outside",
        "The comp does not start at 0, so that frames of the order lie outside of it.",
    ),
    _fault(
        r"SYNTAX ERROR|illegal argument|aerender USAGE",
        C.NODE,
        "bad_arguments",
        "This engine does not know an argument of ours; its version may be too old.",
    ),
    _fault(
        r"(unable to obtain a license|invalid serial number|is using the same serial number"
        r"|enter the license method|^please select:)",
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
        r"another instance of aerender|modal dialog|pipe instances are busy"
        r"|error starting aerender",
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
        r"(can ?not create a file in directory|check(ing)? write p(ermission|rotection)"
        r"|can ?not open log file|directory specified for log file"
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
        r"disk (is )?full|not enough (free )?(disk )?space|no space left on",
        C.NODE,
        "disk_full",
        "Free space on this node.",
    ),
    _fault(
        r"out of memory|insufficient memory|not enough memory|unable to allocate|MemoryError",
        C.NODE,
        "out_of_memory",
        "The engine ran out of memory on this node.",
    ),
    _fault(
        r"unable to receive at line|forcibly closed|connexion existante|crash in progress"
        r"|remote ?host geschlossen|強制的に切断",
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
        r"AddFontResource failed",
        C.ASSET,
        "font_unusable",
        "The system cannot use a font of the template; convert it to .ttf or .otf.",
    ),
    _fault(
        r"render aborted",
        C.TRANSIENT,
        "render_aborted",
        "Somebody or something ended the render in After Effects.",
    ),
    _fault(
        r"^WARNING:.*logged (an?|one|\d+) errors?\s*$",
        C.UNKNOWN,
        "errors_logged",
        "The engine logged an error, so its frames cannot be trusted.",
    ),
    _fault(
        r"aerender ERROR|After Effects error|\berror:|^error\b|logged (an?|one|\d+) errors?"
        r"|\b(Reference|Syntax|Type|Range)Error\b|error executing script",
        C.UNKNOWN,
        "engine_error",
        "The engine reported an error.",
    ),
)
DETAILED: Final = frozenset({"effect_missing", "errors_logged"})
"""Faults whose next line says what exactly."""

FONTS: Final = re.compile(r"missing fonts?|Font family:", re.IGNORECASE)


def find(line: str) -> Fault | None:
    """Give the fault that a line names, None for ordinary lines and known noise."""
    if NOISE.search(line):
        return None
    return next((fault for fault in FAULTS if fault.pattern.search(line)), None)


def is_suspect(line: str) -> bool:
    """Tell whether a line may name a fault at all; progress and settings lines never do."""
    return not line.startswith(("PROGRESS:", "DEBUG:", "INFO:preview"))
