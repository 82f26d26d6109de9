"""Each lesson of the farm that was before has tests that are named here, and they exist."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from orchestrator.api.openapi import document
from tests.support.house import tree

Test = tuple[str, str]
PAGES: Test = ("issue 6", "the pages themselves")
LESSONS: dict[str, tuple[Test, ...]] = {
    "After Effects hung on font and footage dialogs": (
        (
            "tests/e2e/test_agent_scan.py",
            "test_an_engine_that_does_nothing_is_ended_by_the_watchdog",
        ),
        (
            "tests/unit/agent/test_engine_choice.py",
            "test_known_dialogs_have_an_answer_and_strange_ones_none",
        ),
        (
            "tests/integration/test_scan_jsx.py",
            "test_missing_fonts_are_named_with_the_layers_that_use_them",
        ),
    ),
    "heavy projects opened for minutes while the page stayed on scanning": (
        (
            "tests/unit/agent/test_small_decisions.py",
            "test_a_project_that_opens_in_silence_lives_by_its_cpu",
        ),
        (
            "tests/integration/test_scan_jobs.py",
            "test_a_full_scan_of_the_demo_is_its_quick_scan_and_more",
        ),
        PAGES,
    ),
    "re-import inserted duplicates of soft-deleted scenes": (
        (
            "tests/integration/test_import_api.py",
            "test_a_re_import_makes_no_duplicates_of_soft_deleted_scenes",
        ),
        (
            "tests/unit/templates/test_importing.py",
            "test_what_was_deleted_and_is_found_again_is_revived_with_its_id",
        ),
    ),
    "a late result un-cancelled a job": (
        ("tests/integration/test_scan_jobs.py", "test_a_late_result_never_un_cancels_a_scan"),
        (
            "tests/integration/test_queue_render.py",
            "test_cancelling_ends_every_task_and_refuses_whatever_comes_later",
        ),
    ),
    "a scan without a template had no clean failure": (
        ("tests/integration/test_scan_jobs.py", "test_a_project_without_a_template_fails_at_once"),
        (
            "tests/unit/templates/test_lessons_scan.py",
            "test_what_is_no_template_is_a_clean_failure_at_once",
        ),
    ),
    "renamed footage items were missed by a layer walk": (
        (
            "tests/unit/templates/test_lessons_scan.py",
            "test_renamed_footage_items_are_found_though_no_layer_has_their_name",
        ),
        (
            "tests/integration/test_bind_jsx.py",
            "test_a_renamed_footage_item_can_be_the_placeholder",
        ),
    ),
    "the node list was empty because page and API disagreed on a shape": (
        ("tests/contract/test_route_matrix.py", "test_every_list_is_answered_as_data_and_meta"),
        PAGES,
    ),
    "presigned links were made for a host that clients could not reach": (
        (
            "tests/integration/test_object_contract.py",
            "test_signed_links_are_made_for_the_host_that_clients_reach",
        ),
    ),
    "presigned links expired under thumbnails": (
        (
            "tests/integration/test_object_contract.py",
            "test_a_changed_or_expired_address_is_refused",
        ),
        PAGES,
    ),
    "edited texts, and later edited colours, never reached the video": (
        (
            "tests/unit/templates/test_review.py",
            "test_edited_texts_and_edited_colours_reach_the_video",
        ),
        (
            "tests/e2e/test_pixels.py",
            "test_colours_texts_and_pictures_of_two_orders_differ_where_they_must",
        ),
        ("tests/e2e/test_field_kinds.py", "test_every_kind_of_field_in_mode_fix"),
        (
            "tests/integration/test_bind_texts.py",
            "test_an_expression_that_shows_something_else_is_an_error_with_its_place",
        ),
    ),
    "the comp's duration was read from a wrong offset": (
        (
            "tests/unit/templates/test_lessons_scan.py",
            "test_a_comps_duration_is_its_own_and_not_the_work_areas_nor_the_display_starts",
        ),
    ),
    "a flat key-to-value map collided when scenes shared keys": (
        (
            "tests/unit/templates/test_lessons_scan.py",
            "test_scenes_that_share_a_key_keep_their_own_values",
        ),
    ),
    "pages on plain http have no clipboard and no randomUUID": (PAGES,),
    "JSON mixed two naming styles": (
        ("tests/unit/test_lessons.py", "test_every_name_of_the_api_is_written_in_one_style"),
        (
            "tests/unit/templates/test_lessons_scan.py",
            "test_every_name_of_a_scan_is_written_in_one_style",
        ),
    ),
    "migrations ran only on the first start": (
        ("tests/integration/test_serve_waits.py", "test_every_start_migrates_not_only_the_first"),
    ),
    "every feature that needs a live node needs a stand-in": (
        ("tests/e2e/test_agent_scan.py", "test_a_full_scan_on_the_whole_farm_equals_the_quick_one"),
        (
            "tests/e2e/test_agent_preview.py",
            "test_two_orders_of_one_template_differ_in_the_pixels_that_they_change",
        ),
    ),
}
"""Lesson to tests, as path and name; what only pages can show says so."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_tests_that_exist(lesson: str) -> None:
    for path, wanted in LESSONS[lesson]:
        if (path, wanted) == PAGES:
            continue
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        found = {node.name for node in tree(path).body if isinstance(node, functions)}
        assert wanted in found, f"{path} has no {wanted}; name the test that shows it now"


def test_every_name_of_the_api_is_written_in_one_style() -> None:
    told = document()
    names = {name for schema in told["components"]["schemas"].values() for name in _names(schema)}
    for path in told["paths"].values():
        for operation in path.values():
            names |= {
                one["name"] for one in operation.get("parameters", ()) if one["in"] != "header"
            }
    assert len(names) > 100
    assert sorted(name for name in names if not _NAME.fullmatch(name)) == []


def _names(schema: Any) -> set[str]:
    """List the properties of a schema, those of schemas inside it too."""
    if isinstance(schema, list):
        return {name for part in schema for name in _names(part)}
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    inside = {name for part in schema.values() for name in _names(part)}
    return inside | (set(own) if isinstance(own, dict) else set())
