"""A scripted engine for tests of the agent: aerender and AfterFX by Adobe's lines, with faults.

Run as `fake_engine.py aerender|afterfx SCENARIO.json ARGUMENTS...`. The scenario is a JSON object:
`fault` names what goes wrong, `frames` how many the comp has, `launches` counts the runs, and
`tasks` may give a scenario of its own to each task. With `steps` aerender does just what they say.
With `modal_after_kill` an engine that was killed waits for a person until a probe script has run.
`launch_s` is what each launch costs, `pictures` a folder whose NNNNN.png are the frames, and
`size` how large they are, [width, height].
"""

from __future__ import annotations

import json
import os
import re
import struct
import sys
import time
import wave
import zlib
from itertools import pairwise
from pathlib import Path

WIDTH, HEIGHT, FPS = 64, 36, 25


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def png(number: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Make a small RGB PNG whose colour tells the frame's number."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = b"\0" + bytes((number * 7 % 256, 90, 255 - number % 256)) * width
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def escape(told: Path) -> None:
    """Leave a grandchild that left the session and lost its parent."""
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            os.close(0)
            time.sleep(600)
        told.write_text(str(pid))
        os._exit(0)


class Aerender:
    def __init__(self, scenario: dict[str, object], words: list[str]) -> None:
        self.scenario = scenario
        self.fault = str(scenario.get("fault", ""))
        flags = dict(pairwise(words))
        self.output = flags.get("-output", "")
        last = int(str(scenario.get("frames", 10))) - 1
        self.span = range(int(flags.get("-s", "0")), int(flags.get("-e", str(last))) + 1)
        self.known = flags.get("-OMtemplate") in {None, "FR RGB", "FR RGBA", "FR WAV"}

    def run(self) -> int:
        if self.fault == "launch_hang":
            time.sleep(600)
        say("PROGRESS: Launching After Effects...")
        time.sleep(float(str(self.scenario.get("launch_s", 0))))
        say("PROGRESS: ...After Effects successfully launched")
        if self.fault == "no_comp":
            say("aerender ERROR: No comp was found with the given name.")
            return 7
        if not self.known:
            say("aerender ERROR: No output module template was found with the given name.")
            return 7
        if self.fault == "fonts":
            say("WARNING:After Effects warning: Project has missing fonts.")
        if self.fault == "silent":
            return 0
        if "pid_file" in self.scenario:
            escape(Path(str(self.scenario["pid_file"])))
        say('PROGRESS:  11/14/2026 10:21:37 AM: Starting composition "frfinal".')
        code = self.frames()
        if self.fault == "never_exits":
            say('PROGRESS:  4/7/26 3:01:44 AM: Finished composition "frfinal".')
            time.sleep(600)
        if code == 0 and self.fault != "unfinished":
            say('PROGRESS:  4/7/26 3:01:44 AM: Finished composition "frfinal".')
            say("PROGRESS:  Total Time Elapsed: 1 Seconds")
        if self.fault == "file_not_found":
            say("WARNING:After Effects warning: logged one error")
            say("  error: Unable to Render: File Not Found C:/x.mov")
        return code

    def frames(self) -> int:
        for done, number in enumerate(self.span):
            half = done >= len(self.span) // 2
            if half and self.fault == "crash":
                say("aerender ERROR An existing connection was forcibly closed by the remote host.")
                say(" : Unable to receive at line 316")
                return 1
            if half and self.fault in {"hang", "stop_half"}:
                time.sleep(600)
            if half and self.fault == "signal":
                os.kill(os.getpid(), 11)
            if half and self.fault == "short":
                continue
            self.frame(number)
            say(f"PROGRESS:  0:00:{number // FPS:02d}:{number % FPS:02d} ({done + 1}): 0 Seconds")
            time.sleep(float(str(self.scenario.get("frame_s", 0))))
        return 0

    def frame(self, number: int) -> None:
        path = Path(self.output.replace("[#####]", f"{number:05d}"))
        pictures = self.scenario.get("pictures")
        ready = Path(str(pictures)) / f"{number:05d}.png" if pictures else None
        content = ready.read_bytes() if ready else png(number)
        content += bytes(int(str(self.scenario.get("padding", 0))))
        last = number == self.span[-1]
        if last and self.fault == "truncated":
            content = content[:-40]
        if last and self.fault == "empty":
            content = b""
        if last and self.fault == "size":
            content = png(number, WIDTH * 2)
        draft = path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(path)


def perform(steps: list[list[object]], output: str) -> int:
    """Do what a list of steps says; give the exit code."""
    kept = bytearray()
    for verb, *told in steps:
        if verb == "say":
            sys.stdout.buffer.write(str(told[0]).encode(str(told[1]) if told[1:] else "utf-8"))
        elif verb == "frame":
            number, kind = int(str(told[0])), str(told[1]) if told[1:] else "ok"
            content = png(number, WIDTH * 2 if kind == "wide" else WIDTH)
            content = {"empty": b"", "cut": content[:-40]}.get(kind, content)
            Path(output.replace("[#####]", f"{number:05d}")).write_bytes(content)
        elif verb == "sleep":
            time.sleep(float(str(told[0])))
        elif verb == "burn":
            ends = time.monotonic() + float(str(told[0]))
            while time.monotonic() < ends:
                pass
        elif verb == "hold":
            kept += b"\1" * (int(str(told[0])) * 2**20)
        elif verb == "chatter":
            while True:
                say("INFO: still here")
                time.sleep(0.05)
        elif verb == "signal":
            os.kill(os.getpid(), int(str(told[0])))
        elif verb == "exit":
            return int(str(told[0]))
        sys.stdout.flush()
    return 0


def probe(scenario: dict[str, object], script: Path, running: Path) -> int:
    """Answer a probe as its script asks, which takes away the dialog of a killed engine."""
    fault = str(scenario.get("probe_fault", ""))
    proof = script.parent / "probe.txt"
    if fault == "hang":
        time.sleep(600)
    if fault == "empty":
        proof.touch()
    elif fault == "not_allowed":
        return 77
    elif fault != "silent":
        running.unlink(missing_ok=True)
        told = re.search(r'write\("(\w+)"\)', script.read_text())
        proof.write_text(told[1] if told else "")
    return 0


def launched(scenario: dict[str, object], running: Path) -> None:
    """Wait for a person after an engine that was killed; else note that this one runs."""
    if not scenario.get("modal_after_kill"):
        return
    if running.exists():
        say("aerender ERROR: a modal dialog waits for a person.")
        time.sleep(600)
    running.touch()


def sound(path: Path, seconds: float) -> None:
    """Write a sound of the comp's length."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(b"\x00\x10\x00\xf0" * int(24_000 * seconds))


def afterfx(scenario: dict[str, object], words: list[str]) -> int:
    fault = str(scenario.get("bind_fault", ""))
    script = Path(words[words.index("-r") + 1])
    if (script.parent / "scan_request.json").exists():
        return scan(scenario, script.parent)
    file = json.loads((script.parent / "bind_spec.json").read_text("utf-8"))
    run = file["run"]
    frames = int(str(scenario.get("frames", 10)))
    time.sleep(float(str(scenario.get("launch_s", 0))))
    if fault == "hang":
        time.sleep(600)
    if fault == "no_result":
        return 0
    if fault == "empty_result":
        Path(run["result"]).touch()
        return 0
    width, height = scenario.get("size", (WIDTH, HEIGHT))
    result: dict[str, object] = {
        "ok": True, "final_comp": "frfinal", "width": width, "height": height, "fps": 25.0,
        "duration_s": frames / FPS, "frames": frames, "has_audio": bool(scenario.get("sound")),
        "output_module": "FR RGB", "ae_version": "26.0",
    }  # fmt: skip
    if scenario.get("sound") and run["sound_module"]:
        heard = Path(run["job_folder"]) / "out" / "sound.wav"
        result.update({"sound": str(heard), "sound_s": 0.5})
        if fault != "sound_missing":
            sound(heard, frames / FPS / (2 if fault == "sound_short" else 1))
        if fault == "sound_unreadable":
            heard.write_bytes(b"RIFF....WAVE")
    if fault == "refused":
        issue = {"code": "field_missing", "message": "there is no such layer",
                 "scene": "c1", "key": "frl_c1t9", "layer": "frl_c1t9"}  # fmt: skip
        result.update({"ok": False, "errors": [issue]})
    else:
        Path(run["bound"]).write_bytes(b"RIFX bound")
    Path(run["result"]).write_text(json.dumps(result), "utf-8")
    return 0


def scan(scenario: dict[str, object], folder: Path) -> int:
    fault = str(scenario.get("scan_fault", ""))
    run = json.loads((folder / "scan_request.json").read_text("utf-8"))
    if fault == "launch_hang":
        time.sleep(600)
    Path(run["progress"]).write_text("1", "utf-8")
    if "pid_file" in scenario:
        escape(Path(str(scenario["pid_file"])))
    if fault == "open_hang":
        time.sleep(600)
    if fault != "no_result":
        Path(run["result"]).write_text(json.dumps(scenario["facts"]), "utf-8")
    return 0


def main() -> int:
    kind, path, *words = sys.argv[1:]
    scenario = json.loads(Path(path).read_text())
    running = Path(path).parent / "running"
    script = Path(words[-1])
    is_probe = script.name == "probe.jsx"
    with (Path(path).parent / "launches.txt").open("a") as out:
        out.write(json.dumps(["probe" if is_probe else kind, *words]) + "\n")
    task = re.search(r"[\\/]work[\\/](\d+)-\d+[\\/]", " ".join(words))
    scenario = scenario.get("tasks", {}).get(task[1] if task else "", scenario)
    if "-version" in words:
        say("aerender version 26.0x67")
        return 15
    if is_probe:
        return probe(scenario, script, running)
    launched(scenario, running)
    if "fonts_dir" in scenario:
        names = sorted(path.name for path in Path(str(scenario["fonts_dir"])).iterdir())
        with (Path(path).parent / "fonts_seen.txt").open("a") as out:
            out.write(json.dumps([words, names]) + "\n")
    code = work(kind, scenario, words)
    if scenario.get("modal_after_kill"):
        running.unlink(missing_ok=True)
    return code


def work(kind: str, scenario: dict[str, object], words: list[str]) -> int:
    """Do what the program is for."""
    if kind == "afterfx":
        return afterfx(scenario, words)
    steps = scenario.get("steps")
    if isinstance(steps, list):
        return perform(steps, dict(pairwise(words))["-output"])
    say("aerender version 26.0x67")
    return Aerender(scenario, words).run()


if __name__ == "__main__":
    sys.exit(main())
