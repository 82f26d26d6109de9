"""The way out to addresses of strangers: what is refused, and that a name is asked once."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import pytest

from orchestrator.outbound import Outbound, Refused, is_public
from tests.support.receiver import Receiver, receiving

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1",
    ],
)  # fmt: skip
async def test_addresses_that_are_not_public_are_refused_also_behind_a_name(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused) as literal:
        Outbound(()).check(f"https://{host}/")
    out = Outbound((), lambda *_: ["93.184.215.14", address])
    with pytest.raises(Refused) as named:
        await out.post("https://hooks.test/", b"{}", {})
    assert {literal.value.code, named.value.code} == {"address_refused"}


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("text", ["127.1", "0x7f000001", "2130706433"])
async def test_numbers_that_the_system_reads_as_addresses_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        await Outbound(()).post(f"https://{text}/", b"{}", {})
    assert refused.value.code in {"address_refused", "name_unknown", "bad_address"}


@pytest.mark.parametrize(
    "text",
    ["http://hooks.test/", "https://hooks.test:22/", "https://a:b@hooks.test/", "ftp://hooks.test/",
     "https://hooks.test/#x", "https://", "hooks.test"],
)  # fmt: skip
def test_what_no_call_is_made_to_is_refused_without_asking(text: str) -> None:
    with pytest.raises(Refused):
        Outbound((), lambda *_: pytest.fail("asked")).check(text)


async def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(
    receiver: Receiver,
) -> None:
    asked: list[str] = []

    def look_up(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    port = receiver.url.rpartition(":")[2]
    reply = await Outbound(LOOPBACK, look_up).post(f"http://hooks.test:{port}/x", b"{}", {})
    assert (reply.code, asked) == (204, ["hooks.test"])
    assert receiver.got[0].headers["host"] == f"hooks.test:{port}"


async def test_an_allowed_network_opens_no_other(receiver: Receiver) -> None:
    for found in (["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], []):
        out = Outbound(LOOPBACK, lambda *_, found=found: found)
        with pytest.raises(Refused):
            await out.post("http://hooks.test/", b"{}", {})
    with pytest.raises(Refused, match="https"):
        await Outbound(LOOPBACK, lambda *_: ["93.184.215.14"]).post("http://x.test/", b"", {})
    assert receiver.got == []


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert (await Outbound(LOOPBACK).post(receiver.url, b"{}", {})).code == 204


async def test_tls_that_is_none_is_said(receiver: Receiver) -> None:
    with pytest.raises(Refused) as refused:
        await Outbound(LOOPBACK).post(receiver.url.replace("http:", "https:"), b"{}", {})
    assert refused.value.code == "tls"


async def test_a_name_that_is_never_answered_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.outbound.LOOK_UP_S", 0.05)
    end = threading.Event()

    def never(*_: object) -> list[str]:
        end.wait(20)
        return []

    with pytest.raises(Refused) as refused:
        await Outbound((), never).post("https://hooks.test/", b"{}", {})
    end.set()
    assert refused.value.code == "name_unknown"
