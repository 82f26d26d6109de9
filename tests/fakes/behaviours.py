"""How engines behave and what must be made of it: scripts for the scripted engine, with verdicts.

The first twenty are those of a trial in which a widely used tool judged fifteen wrongly; the rest
are the catalogue of failures seen in the wild. Steps are those of `fake_engine.perform`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FRAMES = 6
LIMITS_S = {
    "launch": 5.0, "open": 2.5, "first_frame": 2.5, "frame": 2.5, "finish": 1.0, "bind": 3.0,
}  # fmt: skip
MEMORY_BYTES = 300 * 2**20
GOOD = "succeeded"
HANG = ["sleep", 600]
Steps = list[list[object]]


@dataclass(frozen=True)
class Behaviour:
    """Name one behaviour; `expected` is "succeeded" or class and code of the failure."""

    name: str
    expected: str
    steps: Steps = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> dict[str, Any]:
        """Write it as the scripted engine reads it."""
        return {"steps": self.steps, **self.more} if self.steps else dict(self.more)


def say(*lines: str, encoding: str = "utf-8", end: str = "\n") -> Steps:
    """Print lines."""
    return [["say", "".join(line + end for line in lines), encoding]]


def seen(number: int, words: str = "0 Seconds") -> str:
    """Write the line of a frame."""
    return f"PROGRESS:  0:00:00:{number:02d} ({number + 1}): {words}"


def frames(*numbers: int, kind: str = "ok", pause_s: float = 0) -> Steps:
    """Write frames and say so."""
    made: Steps = []
    for number in numbers:
        made += [["frame", number, kind], *say(seen(number))]
        made += [["sleep", pause_s]] if pause_s else []
    return made


VERSION = say("aerender version 26.0x67")
LAUNCHING = VERSION + say("PROGRESS: Launching After Effects...")
LAUNCHED = LAUNCHING + say("PROGRESS: ...After Effects successfully launched")
START = LAUNCHED + say(
    'PROGRESS:  11/14/2026 10:21:37 AM: Starting composition "frfinal".',
    "PROGRESS:  Start: 0:00:00:00",
    "PROGRESS:  Duration: 0:00:00:06",
)
FINISHED = say('PROGRESS:  4/7/26 3:01:44 AM EDT: Finished composition "frfinal".')
END = FINISHED + say("PROGRESS:  Total Time Elapsed: 1 Min, 28 Sec")
ALL = frames(*range(FRAMES))
HALF = frames(*range(FRAMES // 2))


def exits(code: int) -> Steps:
    """End with an exit code."""
    return [["exit", code]]


def error(line: str, code: int = 9) -> Steps:
    """Say an error after the launch and give up."""
    return LAUNCHED + say(line) + exits(code)


def warned(*lines: str) -> Steps:
    """Render everything, warn, and end as if all were well."""
    return START + ALL + END + say(*lines)


CUT = "aerender ERROR An existing connection was forcibly closed by the remote host."
MODAL = (
    "aerender ERROR: After Effects can not render for aerender. Another instance of aerender, or "
    "another script, may be running; or, AE may be waiting for response from a modal dialog."
)

TRIAL = [
    Behaviour("everything is well", GOOD, START + ALL + END),
    Behaviour(
        "crash at 50 %", "transient engine_crashed",
        START + HALF + say(CUT, "", ": Unable to receive at line 463") + exits(1),
    ),
    Behaviour(
        "error while exporting, exit 0", "unknown engine_error",
        START + HALF + say("aerender Error: After Effects error: An unexpected error occurred "
                           "while exporting a composition."),
    ),
    Behaviour(
        "output module failed, exit 0", "node output_failed",
        warned("WARNING:After Effects warning: logged one error",
               '  error: Rendering error while writing to file "x". An output module failed.'),
    ),
    Behaviour(
        "file not found, exit 0", "asset footage_missing",
        warned("WARNING:After Effects warning: logged one error  error: Unable to Render: File "
               "Not Found C:/x.mov"),
    ),
    Behaviour(
        "missing fonts, exit 0", "asset fonts_missing",
        LAUNCHED + say("WARNING:After Effects warning: Project has missing fonts.") + ALL + END,
    ),
    Behaviour(
        "the GPU fails, exit 0", "node gpu",
        START + HALF + say("failure (code: 19969) related to GPU-enabled effects")
        + frames(3, 4, 5) + END,
    ),
    Behaviour("outputs of 0 bytes", "unknown frames_bad",
              START + frames(*range(FRAMES), kind="empty") + END),
    Behaviour("half of the frames, exit 0", "unknown frames_missing", START + HALF + END),
    Behaviour("two frames missing and one empty", "unknown frames_bad",
              START + frames(0, 1, 2) + frames(5, kind="empty") + END),
    Behaviour("a sequence without any file", "unknown no_output",
              START + say(*(seen(n) for n in range(FRAMES))) + END),
    Behaviour("apple event refused", "node apple_event",
              LAUNCHING + say("aerender ERROR -1701: AEGetParamPt failed at line 894") + exits(1)),
    Behaviour("no comp of that name", "template comp_missing",
              error("aerender ERROR: No comp was found with the given name.", 7)),
    Behaviour("silent exit 0", "node launch_failed", exits(0)),
    Behaviour("hang in the middle", "unknown frame_hang", [*START, *HALF, HANG]),
    Behaviour("hang at launch", "node launch_hang", [*LAUNCHING, HANG]),
    Behaviour(
        "hang with frames display", "unknown frame_hang",
        [*START, ["frame", 0], *say("PROGRESS:  00000 (1): 0 Seconds"), HANG],
    ),
    Behaviour(
        "hang in French", "unknown frame_hang",
        [*LAUNCHED, *say("PROGRESS:  Début : 0:00:00:00", encoding="cp850"), ["frame", 0],
         *say("PROGRESS:  0:00:00:00 (1): 0 secondes"), HANG],
    ),
    Behaviour(
        "one frame ten times as slow as the others", GOOD,
        [*START, *frames(0, 1, 2, pause_s=0.4), ["sleep", 3], *frames(3, 4, 5), *END],
    ),
    Behaviour("complete but never ends", GOOD, [*START, *ALL, *END, HANG]),
]  # fmt: skip

FAILURES = [
    Behaviour("apple event in time", "node apple_event",
              LAUNCHING + say("aerender ERROR -1712: AESend failed to send apple event at line 909")
              + exits(1)),
    Behaviour("no output module", "node template_missing",
              error("aerender ERROR: No output module template was found with the given name.", 7)),
    Behaviour("no queue item", "template queue_empty",
              error("aerender ERROR: No render queue item was found with the given index.", 7)),
    Behaviour("syntax error", "node bad_arguments",
              VERSION + say("aerender SYNTAX ERROR: no value given for flag: -mem_usage")
              + exits(3)),
    Behaviour("another instance", "node engine_busy", error(MODAL)),
    Behaviour("another instance, and it stays", "node engine_busy",
              [*LAUNCHED, *say(MODAL), HANG]),
    Behaviour(
        "cut off in French", "transient engine_crashed",
        START + HALF
        + say("aerender ERROR Une connexion existante a dû être fermée", "",
              ": Unable to receive at line 316", encoding="cp850") + exits(9),
    ),
    Behaviour(
        "the crash dialog keeps it alive", "transient engine_crashed",
        [*START, *HALF, *say(CUT, ": Unable to receive at line 500"), HANG],
    ),
    Behaviour("internal failure", "transient engine_internal",
              error("After Effects error: internal verification failure, sorry! {x}")),
    Behaviour("frames outside of the comp", "template frames_outside",
              warned("WARNING:After Effects warning: timeSpanStart of -0,87 seconds will cause "
                     "render to have frames outside of range.")),
    Behaviour("licence", "licence licence",
              error("aerender ERROR: Unable to obtain a license for this feature.", 1)),
    Behaviour("start-up fails", "licence startup_failed",
              LAUNCHING + say("aerender ERROR: After Effects error: unexpected failure during "
                              "application startup") + exits(9)),
    Behaviour("a plug-in asks for its licence", "licence licence",
              [*LAUNCHING, *say("1) Trial"), ["say", "Enter the license method: "], HANG]),
    Behaviour("a renderer without licence ends at once", "node launch_failed",
              LAUNCHING + exits(0)),
    Behaviour("ends at once with an error and no word", "transient engine_crashed", exits(1)),
    Behaviour("letters of another code page", "unknown engine_error",
              LAUNCHED + say("aerender Error: After Effectsエラー: 不明", encoding="cp932")
              + exits(9)),
    Behaviour("all pipes are busy", "node engine_busy",
              VERSION + say("aerender ERROR: All pipe instances are busy.") + exits(9)),
    Behaviour("a newer project", "template project_too_new",
              error('aerender Error: After Effects error: file "x" was created with After Effects '
                    "version 27.0 and cannot be opened with this version.")),
    Behaviour("a damaged project", "template project_damaged",
              error("aerender Error: After Effects error: file is damaged.")),
    Behaviour("a codec that is not here", "asset codec",
              error("Error: After Effects error: The source compression type is not supported.")),
    Behaviour("an effect that is not here", "asset effect_missing",
              LAUNCHED + say("WARNING:After Effects warning: a layer has missing dependencies",
                             "Effect: Optical Flares") + ALL + END),
    Behaviour("no right to write", "node output_failed",
              error("aerender Error: After Effects error: Can not create a file in directory X. "
                    "Try checking write permissions.")),
    Behaviour("the disk is full", "node disk_full",
              error("aerender Error: After Effects error: the disk is full.")),
    Behaviour("out of memory", "node out_of_memory",
              error("After Effects error: Unable to allocate enough memory to render the frame.")),
    Behaviour("more memory than allowed", "node out_of_memory",
              [*START, ["hold", 2 * MEMORY_BYTES // 2**20], HANG]),
    Behaviour("killed by a signal", "transient engine_crashed", [*START, *HALF, ["signal", 11]]),
    Behaviour("words that nobody knows", "unknown engine_error",
              error("aerender ERROR: the flux capacitor is empty")),
    Behaviour("an error logged that nobody knows", "unknown errors_logged",
              warned("WARNING:After Effects warning: logged one error", "  it is strange")),
    Behaviour("exit code 9 after the last frame", "transient engine_crashed",
              START + ALL + END + exits(9)),
    Behaviour("ended by a person", "transient render_aborted",
              START + HALF + say("INFO: Render aborted.") + exits(1)),
    Behaviour("a frame cut short", "unknown frames_bad",
              START + frames(0, 1, 2, 3, 4) + frames(5, kind="cut") + END),
    Behaviour("a frame of another size", "unknown frames_bad",
              START + frames(0, 1, 2, 3, 4) + frames(5, kind="wide") + END),
    Behaviour("never says that it finished", "unknown not_finished", START + ALL),
    Behaviour("a comp whose name sounds like the end", "unknown not_finished",
              LAUNCHED + say('PROGRESS:  x: Starting composition "Finished composition".') + ALL),
]  # fmt: skip

HANGS = [
    Behaviour("hang while it opens", "unknown open_hang", [*LAUNCHED, HANG]),
    Behaviour("hang before the first frame", "unknown first_frame_hang", [*START, HANG]),
    Behaviour("chatter without a frame", "unknown first_frame_hang", [*START, ["chatter"]]),
    Behaviour("says frames and writes none", "unknown frame_hang",
              [*START, *say(seen(0), seen(1)), HANG]),
    Behaviour("noise and no start", "node launch_hang",
              [*LAUNCHING, *say('LoadLibrary "n" failed!', "NVAPI error 5"), HANG]),
    Behaviour("bind hangs", "unknown bind_hang", more={"bind_fault": "hang"}),
]  # fmt: skip

SCRIPTS = [
    Behaviour("bind writes no result", "node script_no_result", more={"bind_fault": "no_result"}),
    Behaviour("bind may not write", "node scripts_may_not_write",
              more={"bind_fault": "empty_result"}),
    Behaviour("bind names a field", "template field_missing", more={"bind_fault": "refused"}),
]  # fmt: skip

WELL = [
    Behaviour("finished, no total time, never ends", GOOD, [*START, *ALL, *FINISHED, HANG]),
    Behaviour("all frames, no finished line, never ends", GOOD, [*START, *ALL, HANG]),
    Behaviour(
        "noise", GOOD,
        LAUNCHED + say(
            "*** GPU Warning: GPU3 failed (previous) sanity test ***",
            "GL_VERS: 32Prog Error: 1280",
            "[ERROR] NVAPI error 5",
            "2020-09-21 11:02 : ERROR *** IVCAutoReleasePool: just leaking",
            'LoadLibrary "n" failed!',
            "WARNING:After Effects warning: Error: auto-save failed",
            "WARNING:There is an error in background rendering so switching to foreground "
            "rendering after 2 frames out of 6.",
            "INFO:After Effects: this project must be converted from version 24.4.1.",
        ) + ALL + END,
    ),
    Behaviour(
        "several frames at once, fields, frames display", GOOD,
        START
        + [["frame", n] for n in range(FRAMES)]
        + say(*(f"PROGRESS:  0000{n} ({n + 1}{field}): 0 Seconds"
                for n in (3, 0, 5, 1, 4, 2) for field in "LU")) + END,
    ),
    Behaviour(
        "drop-frame, CRLF, version last, no newline at the end", GOOD,
        say("PROGRESS: Launching After Effects...", "PROGRESS:  Starting composition “x”.",
            end="\r\n")
        + [["frame", n] for n in range(FRAMES)]
        + say(*(f"PROGRESS:  0;00;00;0{n} ({n + 1}): 0 Seconds" for n in range(FRAMES)),
              "PROGRESS:  x: Finished composition “x”.", end="\r\n")
        + [["say", "aerender version 26.0x67"]],
    ),
    Behaviour("a line of ten megabytes", GOOD,
              START + [["say", "x" * 1_000_000]] * 10 + say("") + ALL + END),
    Behaviour("in German", GOOD,
              LAUNCHED + ALL + say('PROGRESS:  4.7.26: Komposition "Größe" wurde beendet.',
                                   encoding="cp850")),
    Behaviour("in Japanese", GOOD,
              LAUNCHED + ALL + say('PROGRESS:  コンポジション "最終" を終了しました。',
                                   encoding="cp932")),
    Behaviour("opens in silence and works", GOOD,
              [*LAUNCHED, ["burn", 3.2], *START[2:], *ALL, *END]),
]  # fmt: skip

BEHAVIOURS = [*TRIAL, *HANGS, *FAILURES, *SCRIPTS, *WELL]
