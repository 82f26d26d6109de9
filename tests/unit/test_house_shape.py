"""The house keeps its measures: sizes, docstrings, rooms for what is special."""

import ast
import re
from collections import Counter
from pathlib import PurePosixPath

import pytest

from tests.support import house

MODULE_LINES = 300
TEST_LINES = 500
FUNCTION_LINES = 50
COLUMNS = 100
MODULES_IN_FOLDER = 12

PURE_ROOMS = (
    "orchestrator/wire/",
    "orchestrator/core/",
    "orchestrator/aep/",
    "orchestrator/bundle/",
    "node_agent/core/",
)
SYSTEM_ROOMS = ("node_agent/host/", "orchestrator/embedded/", "orchestrator/sandbox/")
SYSTEM_MODULES = {"fcntl", "grp", "msvcrt", "posix", "pty", "pwd", "resource", "termios", "winreg"}
SYSTEM_CALLS = re.compile(
    r"^os\.(fork|forkpty|killpg|setsid|setpgid|getpgid|get(e)?[ug]id|set(e)?[ug]id|chown|lchown"
    r"|mkfifo|mknod|waitpid|wait|nice|sched_\w+|O_NOFOLLOW|O_DIRECTORY|statvfs|startfile)$"
    r"|^signal\.(SIGKILL|SIGSTOP|SIGCONT|SIGQUIT|SIGHUP|SIGUSR\d|SIGCHLD|SIGALRM|alarm|CTRL_\w+)$"
    r"|^ctypes\.(windll|WinDLL|WinError)$|^subprocess\.(STARTUPINFO|CREATE_\w+)$"
)
IMPURE_CALLS = re.compile(
    r"(^|\.)(uuid1|uuid4|utcnow|monotonic|perf_counter|getenv|urandom)$"
    r"|^(datetime\.)?(datetime|date)\.(now|today)$|^print$|^os\.environ"
)
ENVIRONMENT_ROOMS = (
    *SYSTEM_ROOMS,
    "orchestrator/settings.py",
    "node_agent/settings.py",
    # A child's environment is made from ours, less the secrets.
    "node_agent/process.py",
    "orchestrator/cli/farm.py",
    # The stand-ins are programs of their own, as After Effects' are.
    "node_agent/preview/config.py",
)
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|SCHEMA|INDEX|DATABASE|ROLE)\s)",
    re.DOTALL,
)


def fail_with(problems: list[str]) -> None:
    """Fail with one line per problem."""
    if problems:
        pytest.fail("\n".join(["", *sorted(problems)]), pytrace=False)


def docstrings(tree: ast.Module) -> set[int]:
    """Return the identities of the string nodes that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            found.add(id(body[0].value))
    return found


def test_no_module_is_longer_than_its_limit() -> None:
    problems = []
    for name in house.ours(".py", ".jsx", ".js"):
        limit = TEST_LINES if name.startswith("tests/") else MODULE_LINES
        count = len(house.text(name).splitlines())
        if count > limit:
            problems.append(f"{name}: {count} lines; {limit} allowed, split it")
    fail_with(problems)


def test_no_function_is_longer_than_fifty_lines() -> None:
    problems = []
    for name in house.ours(".py"):
        for node in ast.walk(house.tree(name)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > FUNCTION_LINES:
                    problems.append(f"{name}:{node.lineno}: {node.name} has {count} lines")
    fail_with(problems)


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    # Ruff measures Python's.
    fail_with(
        [
            f"{name}:{number}: {len(line)} columns"
            for name in house.ours(".sql", ".jsx", ".js")
            for number, line in enumerate(house.text(name).splitlines(), 1)
            if len(line) > COLUMNS
        ]
    )


def test_no_folder_holds_more_than_twelve_modules() -> None:
    counts = Counter(
        str(PurePosixPath(name).parent)
        for name in house.production()
        if not name.endswith("/__init__.py")
    )
    fail_with([f"{folder}: {n} modules" for folder, n in counts.items() if n > MODULES_IN_FOLDER])


def test_every_module_says_in_a_sentence_what_it_is_for() -> None:
    problems = []
    for name in house.ours(".py"):
        words = ast.get_docstring(house.tree(name)) or ""
        if not words.split("\n\n")[0].rstrip().endswith((".", "?", "!")):
            problems.append(f"{name}: no sentence at its top")
    fail_with(problems)


def test_no_module_is_named_for_nothing_in_particular() -> None:
    bad = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
    fail_with([name for name in house.ours(".py") if PurePosixPath(name).name in bad])


def test_no_child_process_is_started_through_a_shell() -> None:
    problems = []
    for name in house.ours(".py"):
        for called, node in house.calls(name):
            shell = any(
                keyword.arg == "shell"
                and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
                for keyword in node.keywords
            )
            if shell or called in ("os.system", "os.popen", "asyncio.create_subprocess_shell"):
                problems.append(f"{name}:{node.lineno}: {called}")
    fail_with(problems)


def test_sql_stands_only_in_sql_files() -> None:
    problems = []
    for name in house.production():
        if not name.startswith("orchestrator/"):
            continue
        tree = house.tree(name)
        allowed = docstrings(tree)
        for node in ast.walk(tree):
            words = node.value if isinstance(node, ast.Constant) else None
            if isinstance(words, str) and id(node) not in allowed and SQL.search(words + " "):
                problems.append(f"{name}:{getattr(node, 'lineno', 0)}: {words[:60]!r}")
    fail_with(problems)


def test_calls_that_one_system_lacks_stand_in_the_rooms_for_them() -> None:
    problems = []
    for name in house.production():
        if name.startswith(SYSTEM_ROOMS):
            continue
        problems += [
            f"{name}:{line}: {what}"
            for line, what in house.dotted(name)
            if SYSTEM_CALLS.search(what)
        ]
        problems += [
            f"{name}:{line}: import {what}"
            for line, what in house.imported(name)
            if what in SYSTEM_MODULES
        ]
    fail_with(problems)


def test_pure_rooms_ask_no_clock_no_chance_and_no_environment() -> None:
    problems = []
    for name in house.production():
        if name.startswith(PURE_ROOMS):
            problems += [
                f"{name}:{node.lineno}: {called}"
                for called, node in house.calls(name)
                if IMPURE_CALLS.search(called)
            ]
    fail_with(problems)


def test_only_the_settings_read_the_environment() -> None:
    problems = []
    for name in house.production():
        if not name.startswith(ENVIRONMENT_ROOMS):
            problems += [
                f"{name}:{line}: {what}"
                for line, what in house.dotted(name)
                if what in ("os.environ", "os.getenv", "os.environb")
            ]
    fail_with(problems)


def test_task_groups_stand_only_in_the_composition_roots() -> None:
    roots = ("orchestrator/app.py", "node_agent/supervisor.py")
    fail_with(
        [
            f"{name}:{line}"
            for name in house.production()
            if name not in roots
            for line, what in house.dotted(name)
            if what == "asyncio.TaskGroup"
        ]
    )
