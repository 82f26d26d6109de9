"""Every action of the pages says what happened, and is taken back by a button or asked first."""

from __future__ import annotations

import inspect
import re

import pytest

from orchestrator.web.page import Page
from orchestrator.web.table import PAGES
from tests.unit.web.test_catalogues import WEB

UNDO = "undo"
"""The notice has a button that takes it back."""
ASKS = "asks"
"""Every form of it asks first."""
ADDS = "adds"
"""It only adds what its own page takes away again, or does again what was done."""
OWN = "own"
"""It is about who is signed in alone, and the form itself asks for what proves it."""

ACTIONS: dict[str, str] = {
    "give_password": OWN,
    "give_code": OWN,
    "follow_link": OWN,
    "sign_out": OWN,
    "move_chosen": UNDO,
    "enrol": ADDS,
    "change_chosen": UNDO,
    "repair_frames": ASKS,
    "order_again": UNDO,
    "order_render": UNDO,
    "make_project": UNDO,
    "edit_project": UNDO,
    "begin_scan": ADDS,
    "stop_scan": ASKS,
    "merge_scan": ADDS,  # the review before it is the question
    "make_tenant": UNDO,
    "limit_tenant": UNDO,
    "suspend_tenant": UNDO,
    "resume_tenant": UNDO,
    "make_tenant_key": ADDS,
    "revoke_tenant_key": ASKS,
    "make_tenant_webhook": ADDS,
    "change_tenant_webhook": UNDO,
    "pause_webhook": UNDO,
    "resume_webhook": UNDO,
    "delete_tenant_webhook": ASKS,
    "rotate_secret_of_webhook": ASKS,
    "send_test_to_webhook": ADDS,
    "replay_delivery": ADDS,
    "change_language": OWN,
    "change_password": OWN,
    "prove_factor": OWN,
    "remove_factor": OWN,
    "end_session": ASKS,
    "end_other_sessions": ASKS,
    "make_person": UNDO,
    "change_role": UNDO,
    "suspend_person": UNDO,
    "resume_person": UNDO,
    "edit_settings": UNDO,
    "edit_row": UNDO,
    "reset_row": UNDO,
    "move_row": UNDO,
    "delete_row": UNDO,
    "restore_row": UNDO,
    "add_row": UNDO,
    "take_row": UNDO,
    "add_preset": UNDO,
    "add_scene": UNDO,
    "change_comp": UNDO,
    "scan_comps": ADDS,
    "map_svg": UNDO,
    "delete_svg": ASKS,
    "draw_all": ADDS,
    "stop_drawing": ASKS,
    "try_values": ADDS,
    "stop_try": ADDS,
    "begin_factor": OWN,
    "give_confirm": OWN,
}
SILENT = {
    "change_language",
    "give_confirm",
    "sign_out",
    "give_password",
    "give_code",
    "follow_link",
}
"""What happened is the page that comes: another language, the way in or out."""
_FORM = re.compile(r"<form method=\"post\"[^>]*>|ui\.act\([^{}]*?\)\s*\}\}", re.DOTALL)
_LAST = re.compile(r"/([a-z-]+)$")
POSTS = tuple(one for one in PAGES if one.method == "POST")


def name_of(one: Page) -> str:
    """Give the name of an action's view."""
    return str(one.view.__name__)


def source_of(one: Page) -> str:
    """Give an action's source with that of the helpers of its module that it calls."""
    source = inspect.getsource(one.view)
    module = inspect.getmodule(one.view)
    helpers = [getattr(module, name, None) for name in set(re.findall(r"(\w+)\(", source))]
    own = [h for h in helpers if inspect.isfunction(h) and inspect.getmodule(h) is module]
    return "\n".join([source, *map(inspect.getsource, own)])


def test_every_action_is_in_the_table() -> None:
    assert {name_of(one) for one in POSTS} == set(ACTIONS)


@pytest.mark.parametrize("one", [pytest.param(one, id=name_of(one)) for one in POSTS])
def test_an_action_says_what_happened(one: Page) -> None:
    source = source_of(one)
    says = re.search(r"\.(done|done_many|draw|go)\(|draw_scene\(", source)
    assert says or name_of(one) in SILENT
    if ACTIONS[name_of(one)] == UNDO:
        assert re.search(r"\bUndo\(", source), "no way back"


ASKING = [one for one in POSTS if ACTIONS.get(name_of(one)) == ASKS]


@pytest.mark.parametrize("one", [pytest.param(one, id=name_of(one)) for one in ASKING])
def test_what_cannot_be_taken_back_asks_first(one: Page) -> None:
    last = _LAST.search(one.path)
    assert last, one.path
    forms = [
        match[0]
        for path in sorted(WEB.rglob("*.html"))
        for match in _FORM.finditer(path.read_text("utf-8"))
        if f'/{last[1]}"' in match[0] and "{{ path }}" not in match[0]
    ]
    assert forms
    for form in forms:
        asks = "data-confirm" in form or "sure" in form
        assert asks, form
