"""TypeScript finds in After Effects' own declarations all that the scripts call."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import Needs
from tests.support.npm import Package

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted((ROOT / "jsx").rglob("*.jsx"))
TYPESCRIPT = Package(
    "typescript",
    "5.9.3",
    "8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00"
    "c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b",
)
DECLARATIONS = Package(
    "types-for-adobe",
    "7.2.6",
    "ad9509b50bc393831d41ed1e312c30b563702380675ef861da1b1bf0d283d15f"
    "c66684219d543520f361630d1c34668c9f323fcab4fba6b0722c2bb112365778",
)
NEWEST = "AfterEffects/26.0/index.d.ts"
# What our libraries share, and what the declarations take from TypeScript's own library.
OURS = "declare var FR: any;\ntype Extract<T, U> = T extends U ? T : never;\n"
# Attributes that are read by name, because some releases or some objects lack them.
BY_NAME = re.compile(r'\b(?:of|text|number|flag|idOf)\(\w+(?:\.\w+)?, "(\w+)"')


class Checker:
    """Check scripts as files of one project that knows After Effects and nothing newer."""

    def __init__(self, needs: Needs, folder: Path) -> None:
        self.node = needs.program("node", "apt-get install nodejs")
        self.compiler = TYPESCRIPT.unpack(needs, folder) / "bin" / "tsc"
        self.declared = DECLARATIONS.unpack(needs, folder) / NEWEST
        self.folder = folder

    def complaints(self, sources: dict[str, str]) -> list[str]:
        """Give the compiler's lines about these scripts, named as they are in jsx/."""
        for name, source in {**sources, "ours.d.ts": OURS}.items():
            (self.folder / name.replace("/", "__").replace(".jsx", ".js")).write_text(source)
        options = {"noLib": True, "checkJs": True, "allowJs": True, "noEmit": True, "types": [],
                   "target": "es5", "alwaysStrict": False}  # fmt: skip
        settings = {"compilerOptions": options, "files": [str(self.declared)],
                    "include": ["*.js", "*.d.ts"]}  # fmt: skip
        (self.folder / "tsconfig.json").write_text(json.dumps(settings))
        done = subprocess.run(
            [self.node, self.compiler, "-p", self.folder],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return done.stdout.splitlines()


@pytest.fixture
def checker(needs: Needs, tmp_path: Path) -> Checker:
    return Checker(needs, tmp_path)


def test_the_scripts_call_only_what_after_effects_declares(checker: Checker) -> None:
    sources = {
        str(path.relative_to(ROOT / "jsx")): path.read_text(encoding="ascii") for path in SCRIPTS
    }

    assert checker.complaints(sources) == []


def test_the_check_sees_a_wrong_name_and_what_extendscript_lacks(checker: Checker) -> None:
    source = 'app.project.itm(1); [].forEach(1); "".trim(); JSON.parse("");'

    told = checker.complaints({"wrong.jsx": source})

    assert [re.findall(r"'(\w+)'", line)[0] for line in told] == ["itm", "forEach", "trim", "JSON"]


def test_attributes_that_are_read_by_name_are_declared_too(checker: Checker) -> None:
    declared = checker.declared.read_text(encoding="utf-8")
    shared = (checker.declared.parents[2] / "shared" / "JavaScript.d.ts").read_text("utf-8")
    known = set(re.findall(r"\w+", declared + shared))
    used = {
        name
        for path in SCRIPTS
        if path.parent.name == "scan"
        for name in BY_NAME.findall(path.read_text(encoding="ascii"))
    }

    assert len(used) > 40
    assert used - known == set()
