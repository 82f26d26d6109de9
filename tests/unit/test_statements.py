"""The loader of named statements."""

import pytest

from orchestrator.store import statements


def test_a_statement_is_found_by_its_name_without_its_comments() -> None:
    text = "-- name: thing_get\n-- why it is so\nSELECT 1\n  -- the last one\n  WHERE $1;\n"
    assert statements.parse([("a.sql", text)]) == {"thing_get": "SELECT 1\n  WHERE $1"}


def test_a_name_given_twice_is_refused_even_across_files() -> None:
    text = "-- name: thing_get\nSELECT 1"
    with pytest.raises(ValueError, match=r"b\.sql: the statement thing_get exists already"):
        statements.parse([("a.sql", text), ("b.sql", text)])


@pytest.mark.parametrize(
    "text", ["SELECT 1", "-- name: thing_get\n", "-- name: Thing\nSELECT 1", "--name x\nSELECT 1"]
)
def test_text_without_a_proper_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"statement|noun_verb"):
        statements.parse([("a.sql", text)])


def test_every_statement_of_the_house_loads() -> None:
    assert all(name.islower() for name in statements.load())
