"""Which value of a setting counts: given at the start, changed by an admin, the default."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from orchestrator.in_force import CHANGEABLE, InForce, default_of, put_together, what_fits
from orchestrator.settings import Settings, load


def given(folder: Path, **settings: object) -> Settings:
    return load(folder, **settings)


def test_a_change_counts_over_the_default(tmp_path: Path) -> None:
    here = InForce(given(tmp_path))
    assert here.take({"max_attempts": 5})
    assert (here.settings.max_attempts, here.source("max_attempts")) == (5, "changed")
    assert (here.settings.max_frames, here.source("max_frames")) == (100_000, "default")
    assert not here.take({"max_attempts": 5})
    assert here.take({})
    assert (here.settings.max_attempts, here.source("max_attempts")) == (3, "default")


@pytest.mark.parametrize("where", ["environment", "file", "argument"])
def test_what_was_given_at_the_start_counts_over_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "environment":
        monkeypatch.setenv("FLATRENDER_MAX_ATTEMPTS", "7")
    if where == "file":
        (tmp_path / "flatrender.toml").write_text("max_attempts = 7\n", encoding="utf-8")
    more = {"max_attempts": 7} if where == "argument" else {}
    here = InForce(given(tmp_path, **more))
    here.take({"max_attempts": 5, "max_frames": 9})
    assert (here.settings.max_attempts, here.source("max_attempts")) == (7, "given")
    assert here.settings.max_frames == 9
    assert here.left_out == frozenset()


def test_settings_that_are_put_together_read_nothing_from_outside_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = given(tmp_path, port=1234, database_url=SecretStr("postgresql://x/y"))
    monkeypatch.setenv("FLATRENDER_MAX_FRAMES", "1")
    monkeypatch.setenv("FLATRENDER_POOL_SIZE", "3")
    (tmp_path / "flatrender.toml").write_text("max_attempts = 7\n", encoding="utf-8")
    whole = put_together(started, {"quota_active_jobs": 2})
    assert whole.model_dump() == {**started.model_dump(), "quota_active_jobs": 2}


def test_no_change_reaches_what_is_read_once_at_the_start(tmp_path: Path) -> None:
    whole = put_together(given(tmp_path), {"port": 1, "pool_size": 3, "nonsense": 1})
    assert whole.port == 8420
    assert whole.pool_size == 10


def test_changes_are_checked_together_with_what_was_given(tmp_path: Path) -> None:
    started = given(tmp_path, heartbeat_s=9)
    with pytest.raises(ValidationError, match=r"give at most 8, lease_ttl_s \(16\) / 2"):
        put_together(started, {"lease_ttl_s": 16})
    assert put_together(started, {"lease_ttl_s": 18}).lease_ttl_s == 18


def test_a_change_that_does_not_fit_this_server_is_left_out_and_the_rest_counts(
    tmp_path: Path,
) -> None:
    started = given(tmp_path, heartbeat_s=9)
    changed = {"lease_ttl_s": 16, "heartbeat_s": 3, "max_attempts": 4}
    found, left_out = what_fits(started, changed)
    assert (found.lease_ttl_s, found.max_attempts, set(left_out)) == (30.0, 4, {"lease_ttl_s"})
    found, left_out = what_fits(given(tmp_path), {"heartbeat_s": 29, "max_attempts": 4})
    assert (found.heartbeat_s, found.max_attempts, set(left_out)) == (10.0, 4, {"heartbeat_s"})


def test_addresses_for_s3_are_not_signed_for_longer_than_it_allows(tmp_path: Path) -> None:
    s3 = {"storage": "s3", "s3_bucket": "bucket", "s3_access_key": SecretStr("a"),
          "s3_secret_key": SecretStr("b")}  # fmt: skip
    with pytest.raises(ValidationError, match="S3 signs addresses for at most 604800 s"):
        put_together(given(tmp_path, **s3), {"url_ttl_s": 604_801})
    assert put_together(given(tmp_path), {"url_ttl_s": 604_801}).url_ttl_s == 604_801


def test_every_setting_that_can_be_changed_is_a_number_with_limits() -> None:
    for name in CHANGEABLE:
        assert isinstance(default_of(name), int | float)
        for value in (-1, 1e30, float("nan"), float("inf")):
            with pytest.raises(ValidationError):
                put_together(load(), {name: value})
