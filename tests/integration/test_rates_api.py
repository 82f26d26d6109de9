"""Callers that call too often are told to wait; nobody else is."""

from __future__ import annotations

from pathlib import Path

from tests.support.server import running


async def test_a_key_that_calls_too_often_is_told_to_wait(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, rate_key_per_s=0.1) as api:
        codes = [(await api.call("GET", "/v1/renders")).code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = await api.call("GET", "/v1/renders")
        assert refused.json["code"] == "rate_limited"
        assert int(refused.headers["Retry-After"]) > 0
        assert (await api.call("GET", "/healthz")).code == 200


async def test_strangers_are_told_to_wait_and_keys_at_their_address_are_not(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path, rate_address_per_s=0.1) as api:
        stranger = api.with_key("fr_wrong")
        codes = [(await stranger.call("GET", "/v1/renders")).code for _ in range(4)]
        assert codes == [401, 401, 401, 429]
        assert (await api.with_key(None).call("POST", "/v1/agent/enrol", json={})).code == 429
        assert (await api.call("GET", "/v1/renders")).code == 200


async def test_who_tries_cookies_is_told_to_wait(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, rate_address_per_s=0.1) as api:
        guesses = [{"Cookie": f"fr_session={n:040}"} for n in range(4)]
        stranger = api.with_key(None)
        answers = [await stranger.call("GET", "/v1/renders", headers=one) for one in guesses]
        assert [one.code for one in answers] == [401, 401, 401, 429]


async def test_agents_are_not_counted(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, rate_address_per_s=0.1) as api:
        agent = api.with_key(None)
        codes = {(await agent.call("POST", "/v1/agent/claim", json={})).code for _ in range(9)}
        assert codes == {401}
