"""Call addresses that tenants name: only public ones, or those that a setting allows."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LookUp = Callable[[str, int], list[str]]

LOOK_UP_S = 5.0
CONNECT_S = 5.0
CALL_S = 15.0
LOOK_UPS = 32
PORTS = (80, 443)
"""Below 1024 only these: nobody's mail or shell is talked to."""
_EMBEDDING = tuple(
    ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""IPv6 that leads into IPv4 by a translator: NAT64, 6to4, Teredo."""


class Refused(Exception):
    """Say why an address is not called or did not answer; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Reply:
    """Be the answer to a call; its body is not kept."""

    code: int
    duration_ms: int


def is_public(address: Address) -> bool:
    """Tell whether an address lies in the internet at large."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in one for one in _EMBEDDING):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def look_up(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a name; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Outbound:
    """Post to addresses that strangers chose.

    A name is looked up once and what was found is connected to, so that a second look-up cannot
    lead elsewhere. No redirect is followed, no proxy of the environment is used, TLS is verified,
    and of the answer only its head is read.
    """

    def __init__(self, allowed: tuple[Network, ...], look_up: LookUp = look_up) -> None:
        self._allowed = allowed
        self._look_up = look_up
        # Threads of our own: names that never resolve must not hold the loop's.
        self._turns = threading.BoundedSemaphore(LOOK_UPS)

    def check(self, text: str) -> URL:
        """Read an address and refuse what no call could be made to, without asking anybody.

        Raises Refused (`bad_address`, `address_refused`).
        """
        try:
            url = URL(text)
            host, port = url.raw_host, url.port
        except ValueError as error:
            raise Refused("bad_address", "This is no web address.") from error
        if url.scheme not in ("http", "https") or not host or not port:
            raise Refused("bad_address", "Give an address that begins with https://.")
        if url.user is not None or url.password is not None or url.raw_fragment:
            raise Refused("bad_address", "Give an address without a password and without #.")
        if not self._allowed and (url.scheme != "https" or (port < 1024 and port not in PORTS)):
            raise Refused("address_refused", "Give an https address on port 443 or above 1023.")
        with suppress(ValueError):
            self._pass(url, ip_address(host))
        return url

    async def post(self, text: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a body and give the answer's code, whatever it is.

        Raises Refused: `bad_address`, `address_refused`, `name_unknown`, `too_slow`, `tls`,
        `unreachable`.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(CALL_S):
                url = self.check(text)
                found = await self._found(url)
                code = await _call(url, found, body, headers)
        except TimeoutError as error:
            raise Refused("too_slow", f"No answer within {CALL_S:.0f} s.") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise Refused("tls", "The certificate or the encryption is not valid.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Refused("unreachable", "The connection failed or broke off.") from error
        return Reply(code, int((time.monotonic() - begun) * 1000))

    def _pass(self, url: URL, address: Address) -> None:
        """Refuse an address that is neither public nor allowed."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if any(plain in one for one in self._allowed):
            return
        if not is_public(address):
            raise Refused("address_refused", "The address lies in a network that is not public.")
        if url.scheme != "https" or ((url.port or 0) < 1024 and url.port not in PORTS):
            raise Refused("address_refused", "Give an https address on port 443 or above 1023.")

    async def _found(self, url: URL) -> list[str]:
        """Look the name up, and refuse it when any of its addresses is refused."""
        host = str(url.raw_host)
        try:
            async with asyncio.timeout(LOOK_UP_S):
                found = await self._asked(host, int(url.port or 0))
            parsed = [ip_address(one.partition("%")[0]) for one in found]
        except (TimeoutError, OSError, ValueError) as error:
            raise Refused("name_unknown", f"The name {host} has no address.") from error
        if not parsed:
            raise Refused("name_unknown", f"The name {host} has no address.")
        for one in parsed:
            self._pass(url, one)
        return [str(one) for one in parsed]

    async def _asked(self, host: str, port: int) -> list[str]:
        """Ask in a thread that ends with its question."""
        if not self._turns.acquire(blocking=False):
            raise TimeoutError
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str] | Exception] = loop.create_future()

        def give(found: list[str] | Exception) -> None:
            if not answer.done():
                answer.set_result(found)

        def ask() -> None:
            found: list[str] | Exception
            try:
                found = self._look_up(host, port)
            except Exception as error:  # noqa: BLE001 - raised again where it is awaited
                found = error
            finally:
                self._turns.release()
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(give, found)

        threading.Thread(target=ask, daemon=True, name="look-up").start()
        found = await answer
        if isinstance(found, Exception):
            raise found
        return found


class _Found(AbstractResolver):
    """Answer with what was found and passed before."""

    def __init__(self, found: list[str]) -> None:
        self._found = found

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        return [_result(host, port, one) for one in self._found]

    async def close(self) -> None:
        """Hold nothing."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


async def _call(url: URL, found: list[str], body: bytes, headers: Mapping[str, str]) -> int:
    connector = aiohttp.TCPConnector(
        resolver=_Found(found), use_dns_cache=False, force_close=True, limit=1
    )
    given: dict[str, Any] = {"User-Agent": "FlatRender-Farm", **headers}
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=CALL_S, connect=CONNECT_S),
        ) as http,
        http.post(url, data=body, headers=given, allow_redirects=False) as reply,
    ):
        return reply.status
