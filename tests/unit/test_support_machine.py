"""What a machine lacks is skipped and listed, or fails when everything is required."""

import pytest

from tests.support.machine import Needs, lacking


def test_a_present_feature_lets_the_test_go_on() -> None:
    Needs(require_all=True)("a shell", "/bin/sh", "none needed")


def test_a_missing_feature_skips_with_the_remedy() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"lacks chromium \(apt-get"):
        Needs(require_all=False)("chromium", None, "apt-get install chromium")


def test_when_all_is_required_a_missing_feature_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"lacks no-such-program-here"):
        Needs(require_all=True).program("no-such-program-here", "install it")


def test_what_cannot_be_installed_is_skipped_even_when_all_is_required() -> None:
    with pytest.raises(pytest.skip.Exception, match="lacks the root account"):
        Needs(require_all=True)("the root account", False, "be root", installable=False)


def test_the_list_names_each_feature_once_with_its_count() -> None:
    reasons = ["Skipped: this machine lacks b (x)", "this machine lacks a (y)", "something else"]
    assert lacking([*reasons, reasons[0]]) == ["a (y): 1 skipped", "b (x): 2 skipped"]
