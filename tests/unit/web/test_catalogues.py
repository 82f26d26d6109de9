"""Both catalogues hold every text that the pages ask for, and each other's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from orchestrator.core.accounts import ROLES
from orchestrator.core.audit import ACTIONS
from orchestrator.core.importing.rows import TABLES, ScannedKind
from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.node import NODE
from orchestrator.core.machines.task import TASK
from orchestrator.core.machines.webhook import DELIVERY, WEBHOOK
from orchestrator.in_force import Group
from orchestrator.settings import Settings
from orchestrator.store.audit import ActorKind
from orchestrator.usecases.nodes.moves import Wish
from orchestrator.usecases.overview.farm import Word
from orchestrator.usecases.overview.jobs import FrameState
from orchestrator.usecases.settings.change import CODES as SETTING_CODES
from orchestrator.web import catalogues, telling
from orchestrator.web.catalogues import LOCALES, choose, number, say, texts
from orchestrator.web.page import MENU
from orchestrator.web.views.settings.lines import SHOWN
from orchestrator.web.views.settings.page import ASKED_ABOVE, ASKED_WHEN_LESS
from orchestrator.web.views.settings.units import UnitName
from orchestrator.wire.agent import Platform
from orchestrator.wire.base import TaskKind
from orchestrator.wire.bind import FieldKind, Mode
from orchestrator.wire.content.importing import ImportAction
from orchestrator.wire.content.scanning import ScanPhase, ScanState
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.renders import AttemptView, StageProgress
from orchestrator.wire.resources import ProjectState, RecoveryAction, Scope
from orchestrator.wire.waiting import WaitCode

WEB = Path(catalogues.__file__).parent
_USED = re.compile(r"""\bt\(\s*["']([a-z0-9_.]+)["']\s*(\)|,|~)""")
_DONE = re.compile(r"""\.done\(\s*[^"']*?["']([a-z0-9_.]+)["']""")
_NAMES = re.compile(r"\{([a-z_]+)\}")
_LATIN = re.compile(r"[A-Za-z]{4,}")


def sources() -> Iterator[tuple[str, str]]:
    """Give every template and view with its text."""
    for path in sorted([*WEB.rglob("*.html"), *WEB.rglob("*.py")]):
        yield path.relative_to(WEB).as_posix(), path.read_text(encoding="utf-8")


def values(alias: object) -> set[str]:
    """Give the words of a Literal."""
    return set(get_args(alias))


FAMILIES: dict[str, set[str]] = {
    "job.": set(JOB.states),
    "node.": set(NODE.states),
    "webhook.": set(WEBHOOK.states),
    "delivery.": set(DELIVERY.states),
    "task.": set(TASK.states),
    "task_kind.": values(TaskKind),
    "platform.": values(Platform),
    "class.": {one.value for one in FailureClass},
    "farm.": values(Word),
    "wish.": values(Wish),
    "wait.": values(WaitCode),
    "frame.": values(FrameState),
    "role.": set(ROLES),
    "recovery_action.": values(RecoveryAction),
    "menu.": {key for key, _, _ in MENU},
    "stage.": values(StageProgress.model_fields["stage"].annotation),
    "scope.": values(Scope),
    "settings.": {name for name, _ in SHOWN} | values(Group),
    "setting.": {*Settings.model_fields, *(f"{name}.help" for name in Settings.model_fields)},
    "setting_unit.": values(UnitName),
    "setting_sure.": {*ASKED_WHEN_LESS, *(f"{name}.more" for name in ASKED_ABOVE)},
    "setting_wrong.": {"not_a_number", "other", "unknown_setting", *SETTING_CODES},
    "project.": values(ProjectState),
    "mode.": values(Mode),
    "kind.": values(FieldKind),
    "scan.": values(ScanState),
    "scan_phase.": values(ScanPhase),
    "row.": values(ScannedKind),
    "change.": values(ImportAction),
    "did.": set(ACTIONS),
    "actor.": values(ActorKind),
    "field.": {name for table in TABLES.values() for name in table.start},
    "outcome.": {
        word
        for part in get_args(AttemptView.model_fields["outcome"].annotation)
        for word in get_args(part)
    },
}
"""Texts whose key ends with a word of the product: `t("job." ~ state)`."""


def patterns() -> list[tuple[str, str]]:
    """Give the families and keys of sentences that are read back."""
    return [(family, one.key) for family, each in telling._families().items() for one in each]


def test_neither_catalogue_lacks_a_key() -> None:
    english = {key for key in texts("en") if not key.startswith("error.")}
    persian = {key for key in texts("fa") if not key.startswith("error.")}
    assert english ^ persian == {key for key in english if key.endswith((".one", ".page"))}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_that_is_asked_for_is_there(locale: catalogues.Locale) -> None:
    missing = [
        f"{name}: {match[1]}"
        for name, text in sources()
        for match in (*_USED.finditer(text), *_DONE.finditer(text))
        if not match[1].endswith(("_", ".")) and match[1] not in texts(locale)
    ]
    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_of_the_product_has_a_text(locale: catalogues.Locale, family: str) -> None:
    assert FAMILIES[family]
    lacking = {word for word in FAMILIES[family] if family + word not in texts(locale)}
    assert lacking == set()


def test_a_text_takes_the_same_values_in_both_languages() -> None:
    for key in set(texts("en")) & set(texts("fa")) - {key for _, key in patterns()}:
        assert set(_NAMES.findall(texts("en")[key])) == set(_NAMES.findall(texts("fa")[key])), key


def test_a_text_for_one_stands_beside_the_text_for_many() -> None:
    ones = [key for key in texts("en") if key.endswith(".one")]
    assert ones
    for key in ones:
        assert "{count}" in texts("en")[key.removesuffix(".one")], key
        assert "{count}" not in texts("en")[key] or " {count} " in f" {texts('en')[key]} ", key
    assert say("en", "notice.nodes_drain", count=1).startswith("1 node finishes")
    assert say("fa", "notice.nodes_drain", count=1).startswith("۱ نود")


def test_every_text_with_a_count_of_things_has_one_for_one() -> None:
    """Two words after the number are a plural in English, unless the text says otherwise."""
    plural = re.compile(r"\{count\} (?:[a-z]+ )?[a-z]+s\b")
    asked = {key for key, text in texts("en").items() if plural.search(text)}
    asked -= {key for _, key in patterns()} | {key for key in asked if key.endswith(".one")}
    assert {key for key in asked if f"{key}.one" not in texts("en")} == set()


def test_no_persian_text_was_left_in_english() -> None:
    kept = {
        key
        for key, text in texts("fa").items()
        if _LATIN.search(_NAMES.sub("", text)) and not re.search(r"[\u0600-\u06ff]", text)
    }
    assert {key for key in kept if not key.startswith("container.")} <= {"app.other_language"}


def test_values_are_escaped_and_texts_are_not() -> None:
    shown = say("en", "notice.person_made", email="<b>x</b>")
    assert "&lt;b&gt;" in shown
    assert say("fa", "notice.nodes_drain", count=1234).startswith("۱٬۲۳۴")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("fa", "fa"),
        ("fa-IR,fa;q=0.9,en;q=0.8", "fa"),
        ("de, fa;q=0.5", "fa"),
        ("de", "en"),
        ("", "en"),
        (None, "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_is_the_first_that_we_speak(wanted: str | None, chosen: str) -> None:
    assert choose(wanted) == chosen


def test_numbers_have_the_digits_of_their_language() -> None:
    assert number("fa", 1234.5, 1) == "۱٬۲۳۴٫۵"
    assert number("en", 1234.5, 1) == "1,234.5"
    assert number("en", -0.01, 1) == "0.0"
    assert number("en", None) == "–"
