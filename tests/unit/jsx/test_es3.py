"""The scripts for After Effects are ES3 and ASCII: ExtendScript knows nothing newer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import Needs
from tests.support.npm import Package

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted((ROOT / "jsx").rglob("*.jsx"))
ACORN = Package(
    "acorn",
    "8.15.0",
    "359c896ab05f2fb9d6c08abe1432fa669ff21c485e3cc3679c9d32dea7e2782a"
    "e636f61cb7cbafb62578d54be549ee9aa407e4d1f63515b5b1f8dc1f9a9bed4e",
)
CHECKER = """
const acorn = require(process.argv[1]);
for (const path of process.argv.slice(2)) {
  try { acorn.parse(require("fs").readFileSync(path, "utf8"), {ecmaVersion: 3}); }
  catch (error) { console.log(path + ": " + error.message); }
}
"""
# What newer grammars add, looked for where strings, patterns and comments are blanked out.
NEWER = {
    "let, const or class": r"\b(let|const|class)\b",
    "an arrow function": r"=>",
    "a template literal": r"`",
    "a trailing comma": r",\s*[}\]]",
    "for-of": r"\bfor\s*\([^)]*\bof\b",
    "a getter or setter": r"\b(get|set)\s+\w+\s*\(",
    "spread or rest": r"\.\.\.",
    "a keyword as a property": r"\.(default|delete|in|new|class|export|import|typeof|void|with)\b",
    "a built-in that ES3 lacks": r"\bJSON\b|\.(forEach|map|filter|trim|bind|includes|reduce)\(",
}
BLANKED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|(?<=[=(,!&|:])\s*/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[gim]*""",
    re.DOTALL,
)


def found_newer(source: str) -> list[str]:
    bare = BLANKED.sub(" 0 ", source)
    return [name for name, pattern in NEWER.items() if re.search(pattern, bare)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_ascii_and_uses_nothing_newer_than_es3(path: Path) -> None:
    source = path.read_bytes().decode("ascii")

    assert found_newer(source) == []


@pytest.mark.parametrize(
    "source",
    ["let a = 1;", "f(() => 1);", "`x`", "[1, 2,]", "({a: 1,})", "a.default", "[].map(f)"],
)
def test_the_check_sees_what_is_newer_than_es3(source: str) -> None:
    assert found_newer(source)


@pytest.fixture(scope="session")
def acorn(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ACORN.unpack(needs, tmp_path_factory.mktemp("acorn")) / "dist" / "acorn.js"


def test_acorn_reads_every_script_as_es3(needs: Needs, acorn: Path) -> None:
    node = needs.program("node", "apt-get install nodejs")

    done = subprocess.run(
        [str(node), "-e", CHECKER, str(acorn), *map(str, SCRIPTS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
