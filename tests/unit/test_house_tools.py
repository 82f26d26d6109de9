"""Ruff, mypy for three systems and the import contracts find nothing."""

import subprocess
import sys

import pytest

from tests.support.house import REPO


def run_tool(*words: str) -> None:
    """Run a tool of the development environment; fail with its words."""
    result = subprocess.run(
        [sys.executable, "-P", *words],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    if result.returncode != 0:
        pytest.fail(f"{words[1]} says:\n{result.stdout}{result.stderr}", pytrace=False)


def test_ruff_finds_nothing() -> None:
    run_tool("-m", "ruff", "check", "--quiet", ".")


def test_every_python_file_is_formatted() -> None:
    run_tool("-m", "ruff", "format", "--check", "--quiet", ".")


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_mypy_finds_nothing_for(system: str) -> None:
    # A cache of its own for each: they may run at the same time.
    run_tool("-m", "mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}")


def test_the_import_contracts_are_kept() -> None:
    run_tool("-c", "from importlinter.cli import lint_imports_command as c; c()")
