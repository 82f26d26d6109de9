"""Compare with files under tests/golden; only --update-golden changes them."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "golden"


class Golden:
    """Check texts and bytes against the committed files."""

    def __init__(self, *, update: bool) -> None:
        self._update = update

    def text(self, name: str, actual: str) -> None:
        """Assert that a text equals tests/golden/`name`, or write it with --update-golden."""
        expected = self._expected(name, actual.encode())
        assert actual == expected.decode(), f"tests/golden/{name} differs; see --update-golden"

    def data(self, name: str, actual: bytes) -> None:
        """Assert that bytes equal tests/golden/`name`, or write them with --update-golden."""
        assert actual == self._expected(name, actual), (
            f"tests/golden/{name} differs; see --update-golden"
        )

    def _expected(self, name: str, actual: bytes) -> bytes:
        path = FOLDER / name
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(actual)
        if not path.exists():
            pytest.fail(f"tests/golden/{name} is missing; make it with --update-golden")
        return path.read_bytes()
