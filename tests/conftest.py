"""Give every test the shared fixtures: databases, samples, machine features, golden files."""

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from orchestrator.embedded import Cluster
from tests.support import figures
from tests.support.golden import Golden
from tests.support.machine import Needs, lacking
from tests.support.ports import own_port
from tests.support.postgres import TestServer, fresh_database, migrated_template
from tests.support.witness import FAILED, waiting_tasks, words_of

if TYPE_CHECKING:
    from tests.support.server import Api

# A machine that is busy must not fail an example: nothing in this suite is timed. Every run
# takes the same examples, --long others each time: what is right today is right tomorrow.
settings.register_profile("long", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("farm", settings.get_profile("long"), derandomize=True)
SERVER = pytest.StashKey[TestServer]()
SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "aep"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this suite."""
    group = parser.getgroup("flatrender")
    group.addoption(
        "--require-all",
        action="store_true",
        help="fail instead of skipping what this machine lacks",
    )
    group.addoption(
        "--long", action="store_true", help="run the full counts of fuzz, model and chaos tests"
    )
    group.addoption(
        "--update-golden", action="store_true", help="write the files under tests/golden anew"
    )
    group.addoption(
        "--postgres-bin", type=Path, help="run on the PostgreSQL programs of this bin folder"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the one server of the run; it starts when first needed."""
    settings.load_profile("long" if config.getoption("--long") else "farm")
    shared = getattr(config, "workerinput", {}).get("postgres_data_dir")
    binaries = config.getoption("--postgres-bin")
    config.stash[SERVER] = TestServer(Path(shared) if shared else None, binaries)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the server in the process that outlives all workers, and tell them where it is."""
    server = node.config.stash[SERVER]
    server.cluster()
    node.workerinput["postgres_data_dir"] = str(server.data_dir)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of the run."""
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures of a failed test tell what they saw, and one that hung where it waits."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        report.sections += words_of(getattr(item, "funcargs", {}))
        if "Timeout" in str(report.longrepr):
            report.sections.append(("tasks that wait", waiting_tasks()))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List figures, and what this machine lacks, so that a skip is never overlooked."""
    ended = [
        report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])
    ]
    measured = figures.lines(ended)
    if measured:
        terminalreporter.section("figures")
        for line in measured:
            terminalreporter.write_line(line)
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    missing = lacking(reasons)
    if missing:
        terminalreporter.section("not tested on this machine")
        for line in missing:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def needs(pytestconfig: pytest.Config) -> Needs:
    """Ask for a machine feature: `needs("chromium", found, "apt-get install chromium")`."""
    return Needs(require_all=pytestconfig.getoption("--require-all"))


@pytest.fixture(scope="session")
def golden(pytestconfig: pytest.Config) -> Golden:
    """Compare with committed files: `golden.text("schema.txt", actual)`."""
    return Golden(update=pytestconfig.getoption("--update-golden"))


@pytest.fixture(scope="session")
def long_run(pytestconfig: pytest.Config) -> bool:
    """Tell whether the full counts are wanted."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture
def others_have_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost task wait an hour for other nodes, so that no slow machine ends its wait."""
    monkeypatch.setattr("orchestrator.core.scheduling.blame.OTHERS_FIRST_AFTER_LOSS_S", 3600.0)


@pytest.fixture
def port() -> Iterator[int]:
    """Lend a port on which nobody listens, for the test's own use."""
    with own_port() as lent:
        yield lent


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator["Api"]:
    """Serve one database to the whole module."""
    from tests.support.server import serving

    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of real projects; skip where a checkout has none beside it."""
    if not SAMPLES.is_dir():
        pytest.skip("no sample projects beside this checkout")
    return SAMPLES


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Cluster:
    """Return the run's throw-away server (not durable)."""
    return pytestconfig.stash[SERVER].cluster()


@pytest.fixture(scope="session")
def old_postgres(needs: Needs, pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """Return a throw-away server of the oldest supported version, PostgreSQL 15."""
    folder = Path("/usr/lib/postgresql/15/bin")
    needs("PostgreSQL 15", (folder / "initdb").exists(), "apt-get install postgresql-15")
    server = TestServer(None, folder)
    try:
        yield server.cluster()
    finally:
        server.close()


@pytest.fixture
async def empty_database(postgres: Cluster) -> AsyncIterator[str]:
    """Lend the address (dsn) of a fresh database without any schema."""
    async with fresh_database(postgres, "template0") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def template(postgres: Cluster) -> str:
    """Return the name of the migrated database that `database` copies."""
    return migrated_template(postgres)


@pytest.fixture
async def database(postgres: Cluster, template: str) -> AsyncIterator[str]:
    """Lend the address (dsn) of a fresh migrated database of the test's own."""
    async with fresh_database(postgres, template) as dsn:
        yield dsn
