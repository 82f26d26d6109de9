"""Whether a run of the engine succeeded: only verified outputs count, never an exit code alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from node_agent.core.enginelog import Facts
from node_agent.core.watchdog import Phase
from orchestrator.wire import frames as ranges
from orchestrator.wire.failures import Failure, FailureClass

EndedBy = Literal["itself", "grace", "watchdog"]


@dataclass(frozen=True, slots=True)
class Ending:
    """Say how the process ended; `phase` is the one whose limit was over.

    `memory_bytes` is the most that its tree was seen to use, when it was looked at. `idle_s` is for
    how long it had used no CPU and printed nothing when the watchdog ended it.
    """

    exit_code: int | None
    by: EndedBy = "itself"
    phase: Phase | None = None
    memory_bytes: int | None = None
    idle_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outputs:
    """Say what should be there and what is; `bad` tells for each unusable output why."""

    wanted: Collection[int]
    verified: Collection[int]
    bad: Mapping[int, str]


_HANGS: dict[Phase, tuple[FailureClass, str, str]] = {
    "launch": (
        FailureClass.NODE,
        "launch_hang",
        "The engine printed nothing after its start; a dialog or its licence may be waiting.",
    ),
    "open": (FailureClass.UNKNOWN, "open_hang", "The project did not open in time."),
    "first_frame": (
        FailureClass.UNKNOWN,
        "first_frame_hang",
        "The first frame did not appear in time.",
    ),
    "frames": (FailureClass.UNKNOWN, "frame_hang", "No further frame appeared in time."),
    "finish": (
        FailureClass.UNKNOWN,
        "finish_hang",
        "The engine did not end after its last output, which it never called finished.",
    ),
    "total": (
        FailureClass.UNKNOWN,
        "total_limit",
        "The whole run took longer than this node allows (FLATRENDER_AGENT_TOTAL_S).",
    ),
    "memory": (
        FailureClass.NODE,
        "out_of_memory",
        "The engine used more memory than FLATRENDER_AGENT_ENGINE_MEMORY_BYTES or the machine has.",
    ),
    "disk": (
        FailureClass.NODE,
        "disk_full",
        "The disk that holds the work was all but full. Free space on this node.",
    ),
}
IDLE_S = 5.0
"""A tree that used no CPU for so long before its limit is more likely waiting than working."""
NTSTATUS = 0x8000_0000
"""Exit codes of Windows from here on are crashes."""


def judge(
    facts: Facts, outputs: Outputs, ending: Ending, *, strict_fonts: bool = True
) -> Failure | None:
    """Give None for success, else the failure that says why, with the line that shows it.

    Succeeded: outputs verified, no fatal line, and exit 0 with the finished line, or ended by our
    own grace rule. A missing font fails where the engine is exact (`strict_fonts`).
    """
    missing = sorted(set(outputs.wanted) - set(outputs.verified))
    return (
        _named_fault(facts)
        or _pressed(facts, ending)
        or (_fonts(facts) if strict_fonts else None)
        or _hang(facts, ending)
        or _exit(facts, ending)
        or _outputs(facts, outputs, missing)
        or _unfinished(facts, ending)
    )


def _named_fault(facts: Facts) -> Failure | None:
    if not facts.fatal:
        return None
    # The particular before the general, and the first before what followed from it.
    fault, line = min(
        facts.fatal,
        key=lambda item: (
            item[0].failure_class is FailureClass.UNKNOWN,
            item[0].code == "errors_logged",
        ),
    )
    return _failure(
        fault.failure_class, fault.code, f"{fault.advice} The engine said: {line}", line
    )


def _fonts(facts: Facts) -> Failure | None:
    if not facts.fonts:
        return None
    told = "; ".join(facts.fonts[:3])
    return _failure(
        FailureClass.ASSET,
        "fonts_missing",
        f"A font of the template is missing on the node: {told}. Add it to the bundle.",
        facts.fonts[0],
    )


def _pressed(facts: Facts, ending: Ending) -> Failure | None:
    return _hang(facts, ending) if ending.phase in {"memory", "disk"} else None


def _hang(facts: Facts, ending: Ending) -> Failure | None:
    if ending.by != "watchdog" or ending.phase is None:
        return None
    kind, code, message = _HANGS[ending.phase]
    if is_idle(ending):
        message += (
            f" It used no CPU and printed nothing in its last {ending.idle_s:.0f} s: a dialog is "
            "probably open on this node."
        )
    return _failure(kind, code, message, _last(facts))


def _exit(facts: Facts, ending: Ending) -> Failure | None:
    if ending.by == "grace" or ending.exit_code == 0:
        return None
    code = ending.exit_code
    if code is not None and code < 0:
        told = f"was killed by signal {-code}"
    elif code is not None and code >= NTSTATUS:
        told = f"crashed with 0x{code:08X}"
    else:
        told = f"ended with exit code {code}"
    return _failure(
        FailureClass.TRANSIENT,
        "engine_crashed",
        f"The engine {told} after {len(facts.frames)} frames.",
        _last(facts),
    )


def _outputs(facts: Facts, outputs: Outputs, missing: list[int]) -> Failure | None:
    if outputs.bad:
        frame, why = min(outputs.bad.items())
        return _failure(
            FailureClass.UNKNOWN,
            "frames_bad",
            f"{len(outputs.bad)} of {len(outputs.wanted)} outputs cannot be used; "
            f"frame {frame}: {why}.",
            _last(facts),
            frame,
        )
    if not missing:
        return None
    told = ranges.write(ranges.from_frames(missing))[:300]
    if len(missing) == len(outputs.wanted) and not facts.launched:
        return _failure(
            FailureClass.NODE,
            "launch_failed",
            "The engine ended right after its start without a word. Start After Effects by hand on "
            "this node: its licence, that of a plug-in (Cinema 4D) or the system's security may "
            "stop it.",
            _last(facts),
        )
    if len(missing) == len(outputs.wanted):
        code, message = "no_output", "The engine ended without any output."
    else:
        code = "frames_missing"
        message = f"{len(missing)} of {len(outputs.wanted)} frames are missing: {told}."
    return _failure(FailureClass.UNKNOWN, code, message, _last(facts), missing[0])


def _unfinished(facts: Facts, ending: Ending) -> Failure | None:
    if facts.finished or ending.by == "grace":
        return None
    return _failure(
        FailureClass.UNKNOWN,
        "not_finished",
        "The engine ended without saying that it finished the composition.",
        _last(facts),
    )


def is_idle(ending: Ending) -> bool:
    """Tell whether an engine that the watchdog ended was rather waiting than working."""
    pressed = ending.phase in {None, "memory", "disk"}
    return ending.by == "watchdog" and ending.idle_s >= IDLE_S and not pressed


def was_forced(facts: Facts, ending: Ending) -> bool:
    """Tell whether After Effects ended otherwise than by itself, and will ask about it next time.

    aerender is only its launcher: that it ends in order does not mean that After Effects did.
    """
    code = ending.exit_code
    crashed = any(fault.code == "engine_crashed" for fault, _ in facts.fatal)
    return crashed or ending.by != "itself" or code is None or code < 0 or code >= NTSTATUS


def _last(facts: Facts) -> str | None:
    return next((line for line in reversed(facts.last) if line.strip()), None)


def _failure(
    kind: FailureClass, code: str, message: str, line: str | None, frame: int | None = None
) -> Failure:
    cut = None if line is None else line.replace("\x00", " ")[:4000]
    text = message.replace("\x00", " ")[:4000]
    return Failure(
        failure_class=kind, code=code, message=text, line=cut, stage="frames", frame=frame
    )
