"""What README and the operator's page tell people to type exists."""

import json
import re
from pathlib import Path

import pytest

from node_agent.cli import APP
from orchestrator.api.table import ROUTES
from orchestrator.cli.commands import app

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/operations.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    known = {"flatrender": app, "flatrender-agent": APP}
    said = re.findall(r"(?:^|[`;] ?|=\.\.\. )(flatrender(?:-agent)?) ([a-z]+)", text, re.MULTILINE)
    assert len(said) > 5
    for program, word in said:
        groups = {group.name for group in known[program].registered_groups}
        flat = [one.typer_instance for one in known[program].registered_groups]
        commands = [*known[program].registered_commands]
        commands += [one for app in flat if app is not None for one in app.registered_commands]
        assert word in groups | {
            found.name or getattr(found.callback, "__name__", "") for found in commands
        }, (
            program,
            word,
        )


def test_the_demo_examples_name_fields_of_the_demo_template() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    values = json.loads((ROOT / "demo" / "values.json").read_text(encoding="utf-8"))
    fields = {f"{s['key']}.{v['key']}" for s in values["scenes"] for v in s["values"]}
    lines = [line for line in text.splitlines() if "run.py demo --set" in line]
    assert lines
    for line in lines:
        assert set(re.findall(r"--set (\S+?)=", line)) <= fields
        assert set(re.findall(r"--color (\S+?)=", line)) <= {c["key"] for c in values["colors"]}


def test_the_guide_of_templates_names_addresses_that_exist() -> None:
    text = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    said = {re.sub(r"\$\w+|\{\w+\}", "{}", one) for one in re.findall(r"/v1/[\w/${}-]+", text)}
    known = {re.sub(r"\{\w+\}", "{}", route.path) for route in ROUTES}
    known.add("/v1/renders/{}/exports/video")
    assert len(said) > 10
    assert said <= known
