"""Where a call comes from: lanes of addresses, proxies on its way, the site that sent it."""

from ipaddress import ip_address, ip_network

import pytest

from orchestrator.core.callers import (
    HOPS_MAX,
    address_of,
    caller_behind,
    is_from_elsewhere,
    lane_of,
)

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("/run/farm.sock", "unknown"),
    ],
)
def test_an_ipv6_address_counts_with_its_network(text: str | None, lane: str) -> None:
    assert lane_of(text) == lane


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:443", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("unknown", None),
        ("_hidden", None),
        ("", None),
        ("203.0.113.7, 10.0.0.1", None),
    ],
)
def test_hops_are_read_as_proxies_write_them(text: str, address: str | None) -> None:
    assert address_of(text) == (ip_address(address) if address else None)


@pytest.mark.parametrize(
    ("peer", "hops", "caller"),
    [
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["10.9.9.9", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["10.0.0.3", "10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.7", "nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("10.0.0.1", ["203.0.113.7", *["10.0.0.2"] * HOPS_MAX], "10.0.0.2"),
    ],
)
def test_only_what_trusted_proxies_say_is_believed(peer: str, hops: list[str], caller: str) -> None:
    assert caller_behind(ip_address(peer), hops, OURS) == ip_address(caller)


@pytest.mark.parametrize(
    ("site", "origin", "is_https", "elsewhere"),
    [
        (None, None, False, False),
        (None, "http://farm:8420", False, False),
        ("same-origin", "http://farm:8420", False, False),
        ("none", None, False, False),
        (None, "https://farm:8420", False, False),
        (None, "https://farm:8420", True, False),
        (None, "http://farm:8420", True, True),
        (None, "http://farm", False, True),
        (None, "http://farm:8421", False, True),
        (None, "http://evil@farm:8420", False, True),
        (None, "http://farm:8420.evil", False, True),
        (None, "null", False, True),
        (None, "", False, True),
        (None, "http://[", False, True),
        ("cross-site", None, False, True),
        ("same-site", "http://farm:8420", False, True),
        ("anything", None, False, True),
    ],
)
def test_a_form_of_another_site_is_told_by_what_the_browser_says(
    site: str | None, origin: str | None, is_https: bool, elsewhere: bool
) -> None:
    assert is_from_elsewhere(site, origin, "farm:8420", is_https=is_https) == elsewhere
