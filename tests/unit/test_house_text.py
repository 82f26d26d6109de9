"""No committed file names a package registry, a machine or what made it; locks are hashed."""

import re

import pytest

from tests.support import house

# In pieces, so that this file does not hold what it forbids.
HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "js" + "delivr.net",
    "un" + "pkg.com",
    "cdnjs." + "cloudflare.com",
    "proxy.gol" + "ang.org",
    "deb.deb" + "ian.org",
    "/opt/" + "pypi",
)
# A one-letter name, as in an example path, is nobody's machine.
MACHINE_PATHS = re.compile(
    r"(?<![\w.~-])/(" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers"]) + r")/\w\w"
    r"|(?<![\w.])/tm" + r"p/(brief|h\d|bash)"
)
TOOLING = ("farm-" + "studio", "Cla" + "ude", "Anth" + "ropic", "ChatG" + "PT")
BINARY = (".png", ".jpg", ".ttf", ".otf", ".woff2", ".aep", ".zip", ".mp3", ".wav", ".mp4")


def lines_with(pattern: "re.Pattern[str]") -> list[str]:
    """Return `file:line: text` of every committed line that matches."""
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in house.files()
        if not name.endswith(BINARY)
        for number, line in enumerate(house.text(name).splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_package_registry(host: str) -> None:
    assert lines_with(re.compile(re.escape(host), re.IGNORECASE)) == []


def test_no_file_names_a_path_of_the_machine_it_was_made_on() -> None:
    assert lines_with(MACHINE_PATHS) == []


@pytest.mark.parametrize("word", TOOLING)
def test_no_file_names_the_tools_it_was_made_with(word: str) -> None:
    assert lines_with(re.compile(re.escape(word), re.IGNORECASE)) == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    words = house.text(lock)
    assert "://" not in words
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links)\b", words, re.MULTILINE)
    for entry in words.replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.lstrip().startswith("#"):
            assert re.match(r"^[A-Za-z0-9._-]+(\[[^]]+\])?==\S+", entry), entry[:60]
            assert "--hash=sha256:" in entry, entry[:60]


def test_the_installer_itself_is_locked() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert re.search(r"^uv==\d", house.text(lock), re.MULTILINE), lock


def test_whatever_runs_is_also_tested_with_the_same_versions() -> None:
    pins = [
        set(re.findall(r"^([A-Za-z0-9._-]+==\S+)", house.text(lock), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]
