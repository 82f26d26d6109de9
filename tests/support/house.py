"""Read the files of this checkout for the tests that check the house's own rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "out", "build", "dist"}
VENDORED = ("vendor", "fonts", "static", "golden")


@cache
def files() -> tuple[str, ...]:
    """Return the paths of all files that are or may be committed, relative, with slashes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = {name for name in listed.stdout.decode().split("\0") if name}
    else:  # A checkout without git, unpacked from an archive.
        names = {
            path.relative_to(REPO).as_posix()
            for path in REPO.rglob("*")
            if not SKIPPED & set(path.relative_to(REPO).parts)
        }
    return tuple(sorted(name for name in names if (REPO / name).is_file()))


def ours(*suffixes: str) -> tuple[str, ...]:
    """Return the files of these kinds that we wrote ourselves."""
    return tuple(
        name
        for name in files()
        if name.endswith(suffixes) and not set(name.split("/")) & set(VENDORED)
    )


def text(name: str) -> str:
    """Return the text of one file; bytes that are no UTF-8 are replaced."""
    return (REPO / name).read_text(encoding="utf-8", errors="replace")


@cache
def tree(name: str) -> ast.Module:
    """Return the syntax tree of one Python file."""
    return ast.parse(text(name), filename=name)


def production() -> tuple[str, ...]:
    """Return our Python files but the tests and run.py."""
    return tuple(n for n in ours(".py") if n.startswith(("orchestrator/", "node_agent/")))


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call in a file with the dotted name that is called."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def dotted(name: str) -> Iterator[tuple[int, str]]:
    """Yield every attribute access of a file as line and dotted name."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def imported(name: str) -> Iterator[tuple[int, str]]:
    """Yield every module that a file imports, with the line."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
