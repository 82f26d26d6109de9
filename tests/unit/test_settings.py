"""Settings that contradict each other are refused at the start, each by its name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.settings import Settings


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"lease_ttl_s": 10}, {"heartbeat_s"}),
        ({"heartbeat_s": 16}, {"heartbeat_s"}),
        ({"reaper_every_s": 13}, {"reaper_every_s"}),
        ({"lease_ttl_s": 1}, {"heartbeat_s", "reaper_every_s"}),
    ],
)
def test_times_with_which_leases_could_not_live_or_not_end_are_refused(
    given: dict[str, float], named: set[str]
) -> None:
    with pytest.raises(ValidationError, match="lease_ttl_s") as refused:
        Settings(**given)  # type: ignore[arg-type]
    assert {error["loc"][0] for error in refused.value.errors()} == named


def test_short_times_that_fit_each_other_are_taken() -> None:
    made = Settings(lease_ttl_s=1, heartbeat_s=0.3, reaper_every_s=0.1)
    assert (made.heartbeat_s, made.reaper_every_s) == (0.3, 0.1)
