"""Set this checkout up and hand the words on: `python3 run.py demo | test | bench NAME | ...`.

Needs Python 3.11 or newer and nothing else. The first run makes .venv beside this file and
installs the hash-locked packages into it; later runs only look whether that still holds.
It must stay readable for old Pythons down to 3.6, so that they can say what they lack.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if sys.version_info < (3, 11):
    NEEDED = "FlatRender needs Python 3.11 or newer; this is %s." % sys.version.split()[0]
    sys.exit(NEEDED + " Install a newer one and run this with it: python3.12 run.py demo")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = sys.platform == "win32"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
PIP = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
PROGRAMS = {"flatrender": "orchestrator", "flatrender-agent": "node_agent"}
SetupError = RuntimeError  # A reason why this checkout cannot be set up, and what to do.
LOCK_WAIT_S = 900
BACK_OFF_S = (2, 5)


def main(words: list[str]) -> int:
    """Install what the words need, then become the program that they name."""
    kind = "dev" if words[:1] in (["test"], ["bench"], ["chaos"]) else "run"
    try:
        if not is_ready(kind):
            install_alone(kind)
    except KeyboardInterrupt:
        return say("stopped; run it again to go on", 130)
    except OSError as error:
        why = f"cannot set up in {ROOT}: {error.strerror}"
        return say(f"{why}. Copy this folder to where you may write, or make room; try again.")
    except SetupError as error:
        return say(str(error))
    return hand_on(command_for(words))


def command_for(words: list[str]) -> list[str]:
    """Return the command line that the words stand for."""
    python = [str(PYTHON), "-P", "-m"]
    if words[:1] == ["test"]:
        os.chdir(ROOT)
        workers = min(os.cpu_count() or 1, 4)
        chosen = any(word.startswith(("-n", "tests/")) or "::" in word for word in words)
        spread = [] if chosen or workers == 1 else ["-n", str(workers), "--dist", "worksteal"]
        return [*python, "pytest", "-c", str(ROOT / "pyproject.toml"), *spread, *words[1:]]
    if words[:1] in (["bench"], ["chaos"]):
        return [*python, f"tests.{words[0]}", *words[1:]]
    return [*python, "orchestrator", *words]


def hand_on(command: list[str]) -> int:
    """Become the command, so that signals and the exit code are its own."""
    if not WINDOWS:
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The child receives it too, and ends by itself.
    return subprocess.run(command).returncode


def digest() -> str:
    """Return one number for all that the installed packages depend on."""
    total = hashlib.sha256(repr((sys.version_info[:2], sys.platform)).encode())
    for path in (ROOT / "pyproject.toml", ROOT / "run.py", *LOCKS.values()):
        total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def is_ready(kind: str) -> bool:
    """Tell whether .venv holds what this kind of run needs; the dev packages include all."""
    stamps = [stamp for stamp in (VENV / f"stamp-{kind}", VENV / "stamp-dev") if stamp.exists()]
    return PYTHON.exists() and bool(stamps) and digest() in {s.read_text() for s in stamps}


def install_alone(kind: str) -> None:
    """Install while no other run.py installs into this checkout."""
    with (ROOT / ".venv.lock").open("a+b") as stream:
        deadline = time.monotonic() + LOCK_WAIT_S
        if not try_lock(stream.fileno()):
            say("another run.py is installing here; waiting for it")
            while not try_lock(stream.fileno()):
                time.sleep(0.2)
                if time.monotonic() > deadline:
                    raise SetupError("another run.py installs for too long: end it, try again")
        if not is_ready(kind):
            install(kind)


def try_lock(handle: int) -> bool:
    """Lock an open file unless another process has; the system unlocks it when it is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def install(kind: str) -> None:
    """Make .venv whole: an environment, uv, the locked packages, this checkout; stamp it."""
    begin = time.monotonic()
    if not venv_works():
        make_venv()
    for name in LOCKS:
        (VENV / f"stamp-{name}").unlink(missing_ok=True)
    say(f"installing the packages of {LOCKS[kind].name}")
    # uv comes by pip, in the version and with the hashes of the lock, like everything else.
    lines = LOCKS[kind].read_text().replace("\\\n", " ").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder, "uv.lock")
        only_uv.write_text("\n".join(line for line in lines if line.startswith("uv==")))
        retry([[*PIP, "-r", str(only_uv)]] * 3)
    uv = [str(BIN / "uv"), "pip", "install", "-q", "--python", str(PYTHON), "--require-hashes"]
    lock = ["-r", str(LOCKS[kind])]
    # The last try is pip's: it knows mirrors that only pip's own configuration names.
    retry([[*uv, *lock], [*uv, "--no-cache", *lock], [*PIP, *lock]])
    write_links()
    (VENV / f"stamp-{kind}").write_text(digest())
    say(f"ready after {time.monotonic() - begin:.0f} s")


def venv_works() -> bool:
    """Tell whether .venv has a running Python of our own version, with pip."""
    code = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    try:
        return subprocess.run([PYTHON, "-c", code], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make an empty environment with pip in it, in place of a broken one."""
    say("making .venv (once)")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        said = (made.stdout + made.stderr).strip()
        if "ensurepip" in said:
            said = "on Debian and Ubuntu: apt-get install python3-venv - then run this again"
        raise SetupError(f"this Python cannot make an environment in {ROOT}: {said}")


def retry(commands: list[list[str]]) -> None:
    """Run the commands in turn until one succeeds; they are tries at the same thing."""
    environment = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1", **own_cache()}
    for number, command in enumerate(commands):
        if number:
            say(f"that did not work; trying again in {BACK_OFF_S[number - 1]} s")
            time.sleep(BACK_OFF_S[number - 1])
        if subprocess.run(command, env=environment, stdout=sys.stderr).returncode == 0:
            return
    raise SetupError(
        "the packages could not be installed (see above). Check the network, the proxy and the "
        "room on the disk, then run this again; it goes on where it stopped."
    )


def own_cache() -> dict[str, str]:
    """Name a cache inside .venv for a user who may not write the usual one; else nothing."""
    usual = os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home()
    place = Path(usual)
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        if os.access(place, os.W_OK):
            return {}
    except OSError:
        pass
    cache = VENV / "cache"
    return {"UV_CACHE_DIR": str(cache), "PIP_CACHE_DIR": str(cache / "pip")}


def write_links() -> None:
    """Make this checkout importable and give it its two programs, all by relative paths.

    A relative line works in folders whose names the system's code page cannot write.
    """
    site = next(VENV.glob("Lib/site-packages" if WINDOWS else "lib/python*/site-packages"))
    (site / "flatrender-farm.pth").write_text(os.path.relpath(ROOT, site) + "\n")
    for name, module in PROGRAMS.items():
        program = BIN / (name + (".cmd" if WINDOWS else ""))
        posix = f'#!/bin/sh\nexec "$(dirname "$0")/python" -P -m {module} "$@"\n'
        program.write_text(f'@"%~dp0python.exe" -P -m {module} %*\n' if WINDOWS else posix)
        program.chmod(0o755)


def say(words: str, code: int = 1) -> int:
    """Tell the person in front of it, on stderr; return an exit code for convenience."""
    print("flatrender:", words, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
