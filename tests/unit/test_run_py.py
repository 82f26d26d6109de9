"""run.py sets a checkout up once, safely, and hands its words on; no network in these tests."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).parents[2]
DRIVER = """
import importlib.util, sys, venv
spec = importlib.util.spec_from_file_location("run", sys.argv[1])
run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run)

def make_venv():
    venv.create(run.VENV, with_pip=False, symlinks=True)

def retry(commands):
    with open(run.ROOT / "installs.log", "a") as log:
        log.write(commands[0][0] + chr(10))

run.make_venv, run.retry, run.venv_works = make_venv, retry, run.PYTHON.exists
sys.exit(run.main(sys.argv[2:]))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a small checkout, with a space and Persian letters in its name."""
    root = tmp_path / "رندر a"
    (root / "orchestrator").mkdir(parents=True)
    (root / "run.py").write_bytes((REPO / "run.py").read_bytes())
    (root / "pyproject.toml").write_text("[project]\n")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (root / name).write_text("uv==1.0 \\\n    --hash=sha256:00\n    # via x\nother==1\n")
    (root / "orchestrator" / "__main__.py").write_text(
        "import os, sys\nprint(sys.argv[1:], os.getcwd())\nsys.exit(7)\n"
    )
    return root


@pytest.fixture
def run(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the checkout's run.py as a module that never pauses."""
    spec = importlib.util.spec_from_file_location("run", checkout / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BACK_OFF_S", (0, 0))
    return module


def drive(checkout: Path, *words: str) -> "subprocess.Popen[str]":
    """Run run.py in a process of its own, from another folder, with a pretended download."""
    command = [sys.executable, "-c", DRIVER, str(checkout / "run.py"), *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=checkout.parent
    )


def test_an_old_python_can_read_it_and_is_told_what_it_lacks() -> None:
    ast.parse((REPO / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    code = (
        "import runpy, sys; sys.version_info = (3, 6, 15); sys.version = '3.6.15 (x)'\n"
        f"runpy.run_path({str(REPO / 'run.py')!r}, run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "needs Python 3.11 or newer; this is 3.6.15" in result.stderr
    assert "Traceback" not in result.stderr


def test_it_imports_only_the_standard_library() -> None:
    tree = ast.parse((REPO / "run.py").read_text(encoding="utf-8"))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        )
        if name
    }
    assert names <= sys.stdlib_module_names


def test_it_installs_once_and_passes_words_folder_and_exit_code_on(checkout: Path) -> None:
    for _ in range(2):
        child = drive(checkout, "demo", "--json", "رنگ=1")
        out, _ = child.communicate(timeout=30)
        assert child.returncode == 7
        assert out.strip() == f"['demo', '--json', 'رنگ=1'] {checkout.parent}"
    installs = (checkout / "installs.log").read_text().splitlines()
    assert len(installs) == 2, "uv and the lock, each once"
    program = subprocess.run(
        [checkout / ".venv" / "bin" / "flatrender", "x"], capture_output=True, check=False
    )
    assert program.returncode == 7


def test_two_at_once_install_once(checkout: Path) -> None:
    children = [drive(checkout, "demo") for _ in range(3)]
    for child in children:
        child.communicate(timeout=30)
        assert child.returncode == 7
    assert len((checkout / "installs.log").read_text().splitlines()) == 2


def test_a_changed_lock_installs_again_and_dev_includes_run(
    run: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "retry", lambda commands: None)
    monkeypatch.setattr(run, "venv_works", lambda: True)
    (run.VENV / "lib" / "python3" / "site-packages").mkdir(parents=True)
    run.BIN.mkdir()
    run.PYTHON.symlink_to(sys.executable)
    assert not run.is_ready("run")
    run.install_alone("run")
    assert run.is_ready("run")
    assert not run.is_ready("dev")
    run.install_alone("dev")
    assert run.is_ready("run")
    assert run.is_ready("dev")
    (checkout / "requirements.lock").write_text("uv==2\n")
    assert not run.is_ready("run")
    assert not run.is_ready("dev")


def test_a_broken_environment_is_replaced_by_a_working_one(run: ModuleType) -> None:
    run.BIN.mkdir(parents=True)
    run.PYTHON.write_text("half")
    (run.VENV / "junk").write_text("")
    assert not run.venv_works()
    run.make_venv()
    assert run.venv_works()
    assert not (run.VENV / "junk").exists()


def test_a_failing_download_is_tried_three_times_then_explained(
    run: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    count = tmp_path / "count"
    failing = [sys.executable, "-c", f"open({str(count)!r}, 'a').write('x'); raise SystemExit(1)"]
    with pytest.raises(run.SetupError, match="Check the network"):
        run.retry([failing] * 3)
    assert count.read_text() == "xxx"
    run.retry([failing, [sys.executable, "-c", ""], failing])
    assert count.read_text() == "xxxx"
    assert "trying again" in capfd.readouterr().err


def test_a_user_who_may_not_write_the_usual_cache_gets_one_in_the_environment(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "to" / "come"))
    assert run.own_cache() == {}
    monkeypatch.setattr(run.os, "access", lambda *_: False)
    found = run.own_cache()
    assert all(Path(folder).is_relative_to(run.VENV) for folder in found.values())
    assert set(found) == {"UV_CACHE_DIR", "PIP_CACHE_DIR"}


def test_a_python_without_ensurepip_names_the_package_to_install(
    run: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = checkout / "python"
    fake.write_text("#!/bin/sh\necho 'ensurepip is not available' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(run.sys, "executable", str(fake))
    with pytest.raises(run.SetupError, match="apt-get install python3-venv"):
        run.make_venv()
    assert not run.VENV.exists()


def test_a_checkout_that_cannot_be_written_is_explained_without_a_traceback(
    checkout: Path,
) -> None:
    checkout.chmod(0o555)
    prefix = []
    if os.geteuid() == 0:
        for folder in checkout.parents:
            if folder.stat().st_mode & 0o777 == 0o700:
                folder.chmod(0o755)
        prefix = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups", "--"]
    result = subprocess.run(
        [*prefix, sys.executable, str(checkout / "run.py"), "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    checkout.chmod(0o755)
    assert result.returncode == 1
    assert "Copy this folder to where you may write" in result.stderr
    assert "Traceback" not in result.stderr


def test_ctrl_c_while_installing_ends_with_130(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(kind: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "install", interrupt)
    assert run.main(["demo"]) == 130
    assert "run it again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "tail"),
    [
        ([], ["orchestrator"]),
        (["demo", "--json"], ["orchestrator", "demo", "--json"]),
        (["bench", "claim"], ["tests.bench", "claim"]),
        (["chaos"], ["tests.chaos"]),
    ],
)
def test_words_name_their_program(run: ModuleType, words: list[str], tail: list[str]) -> None:
    assert run.command_for(words) == [str(run.PYTHON), "-P", "-m", *tail]


def test_a_chosen_test_runs_in_one_process(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPO)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 2)
    assert "-n" in run.command_for(["test", "--long"])
    assert "-n" not in run.command_for(["test", "tests/unit"])
