"""What the database's faults become."""

from __future__ import annotations

import asyncpg
import pytest

from orchestrator.errors import Unavailable
from orchestrator.store.faults import translated


def test_a_full_disk_of_the_database_is_named() -> None:
    with pytest.raises(Unavailable, match="disk of the database is full") as caught, translated():
        raise asyncpg.DiskFullError("could not extend file")
    assert caught.value.code == "database_unavailable"


def test_other_faults_that_pass_ask_for_patience() -> None:
    with pytest.raises(Unavailable, match="Try again"), translated():
        raise asyncpg.TooManyConnectionsError("sorry, too many clients already")
