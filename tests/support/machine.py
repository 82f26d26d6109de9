"""Skip a test for what this machine lacks, and keep a list of it for the end of the run."""

import shutil
from pathlib import Path

import pytest

SIGN = "this machine lacks "
REQUIRE_ALL = pytest.StashKey[bool]()


class Needs:
    """Ask for machine features; a missing one skips the test, or fails it with --require-all."""

    def __init__(self, *, require_all: bool) -> None:
        self._require_all = require_all

    def __call__(
        self, feature: str, present: object, remedy: str, *, installable: bool = True
    ) -> None:
        """Go on when `present` is true; else skip, naming the feature and the remedy.

        What nobody can install, as an account or a kernel's rule, is `installable=False`: it
        is listed too, but --require-all lets it pass.
        """
        if present:
            return
        words = f"{SIGN}{feature} ({remedy})"
        if self._require_all and installable:
            pytest.fail(words, pytrace=False)
        pytest.skip(words)

    def program(self, name: str, remedy: str) -> Path:
        """Return the path of a program that must be on PATH."""
        found = shutil.which(name)
        self(name, found, remedy)
        assert found is not None
        return Path(found)


def lacking(reasons: list[str]) -> list[str]:
    """Return the machine features among skip reasons, each once with its count, sorted."""
    found = [reason.split(SIGN, 1)[1] for reason in reasons if SIGN in reason]
    return [f"{feature}: {found.count(feature)} skipped" for feature in sorted(set(found))]
