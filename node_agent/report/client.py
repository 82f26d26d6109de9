"""The signed HTTP client: each call is retried with jitter, and each refusal is named."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import aiohttp
from pydantic import ValidationError
from yarl import URL

from node_agent.core.backoff import asked_delay, next_delay
from node_agent.errors import Different, Refused, RetryLater
from node_agent.report.fetch import Partial, Wanted
from node_agent.report.parts import Content, is_taken, send
from node_agent.report.replies import LATER, Reply, problem_of, raise_not_known
from orchestrator.wire import signing
from orchestrator.wire.base import Message, read
from orchestrator.wire.tasks import BundleRef, UploadTarget

Answer = TypeVar("Answer", bound=Message)
CALL_S = 45.0
WRONG = 3
BODY_TIMEOUT = aiohttp.ClientTimeout(total=4 * 3600, connect=10, sock_read=60)
MAX_ANSWER_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Credentials:
    """Hold what a node signs its calls with; the secret never shows in a repr."""

    node_id: UUID
    key_version: int
    secret: bytes

    def __repr__(self) -> str:
        return f"Credentials(node_id={self.node_id}, key_version={self.key_version})"


class Client:
    """Speak with the server as one node.

    Raises RetryLater when `patience_s` is over (NotKnown when the server does not know this
    node), LeaseLost on 409 `lease_lost`, Refused on any other refusal for good, and Fatal when
    the node's credentials were taken back.
    """

    def __init__(
        self, http: aiohttp.ClientSession, server_url: str, credentials: Credentials | None
    ) -> None:
        self._http = http
        self._base = server_url
        self._credentials = credentials
        self.clock_offset_s = 0.0

    def sign_as(self, credentials: Credentials) -> None:
        """Sign every further call as this node."""
        self._credentials = credentials

    def now(self) -> float:
        """Give the time as the server sees it, in seconds."""
        return time.time() + self.clock_offset_s

    async def call(
        self,
        path: str,
        body: Message,
        answer: type[Answer],
        *,
        patience_s: float = 60,
        timeout_s: float = CALL_S,
    ) -> Answer:
        """POST a message and read the answer; one try may take `timeout_s`."""
        sent = body.model_dump_json().encode()
        reply = await self.send(path, sent, patience_s=patience_s, timeout_s=timeout_s)
        try:
            return read(answer, reply)
        except ValidationError as error:
            raise RetryLater(
                f"The answer of {path} is not the {answer.__name__} we know "
                f"({error.error_count()} problems); server and agent may differ in version."
            ) from error

    async def send(
        self, path: str, body: bytes, *, patience_s: float = 60, timeout_s: float = CALL_S
    ) -> bytes:
        """POST a body as it is and give the answer's body."""
        deadline = time.monotonic() + patience_s
        delay_s, skews = 0.0, 0
        while True:
            problem = None
            try:
                reply = await self._post(path, body, timeout_s)
                problem = problem_of(reply, path)
                if problem is None:
                    return reply.body
                if problem.code == "clock_skew" and problem.server_time and skews < 3:
                    self.clock_offset_s = problem.server_time.timestamp() - time.time()
                    skews += 1
                    continue
                told, retry_after = f"{reply.code} {problem.code}", reply.retry_after
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                told, retry_after = type(error).__name__, None
            delay_s = next_delay(delay_s, random.random())  # noqa: S311
            pause_s = asked_delay(retry_after, delay_s)
            if time.monotonic() + pause_s > deadline:
                raise_not_known(self._base, problem)
                raise RetryLater(f"The server at {self._base} does not answer {path}: {told}.")
            await asyncio.sleep(pause_s)

    async def _post(self, path: str, body: bytes, timeout_s: float) -> Reply:
        url = URL(self._base + path, encoded=True)
        headers = {"Content-Type": "application/json"}
        if self._credentials is not None:
            headers["Authorization"] = signing.header(
                self._credentials.secret,
                self._credentials.node_id,
                self._credentials.key_version,
                int(self.now()),
                method="POST",
                path_qs=url.raw_path_qs,
                body=body,
            )
        async with self._http.post(
            url,
            data=body,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=timeout_s, connect=min(10, timeout_s)),
            allow_redirects=False,
        ) as answer:
            taken = await _body(answer)
            return Reply(answer.status, taken, answer.headers.get("Retry-After"))

    async def download(self, url: str, wanted: Wanted, *, patience_s: float = 300) -> None:
        """Fetch a signed address into `wanted.path`, going on where a broken transfer ended.

        Raises RetryLater when the content does not come before patience ends, Different when what
        comes is something else WRONG times.
        """
        deadline = time.monotonic() + patience_s
        delay_s = 0.0
        with Partial(wanted) as partial:
            await asyncio.to_thread(partial.adopt)
            while True:
                before = partial.size_bytes
                # A download that ended just before the agent did has nothing more to ask for.
                told = partial.complete() if partial.has_all else await self._fetch(url, partial)
                if told is None:
                    return
                if partial.wrong >= WRONG:
                    raise Different(f"What is stored is not {wanted.path.name}: {told}.")
                if partial.size_bytes > before:
                    delay_s = 0.0
                delay_s = next_delay(delay_s, random.random())  # noqa: S311
                if time.monotonic() + delay_s > deadline:
                    raise RetryLater(f"Cannot fetch {wanted.path.name}: {told}.")
                await asyncio.sleep(delay_s)

    async def _fetch(self, url: str, partial: Partial) -> str | None:
        """Take as much as comes; None when it is whole, else why not."""
        try:
            async with self._http.get(
                self._absolute(url),
                headers=partial.headers(),
                timeout=BODY_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                if answer.status == 416 and partial.size_bytes:
                    partial.restart()
                    return "HTTP 416"
                if answer.status not in {200, 206}:
                    _refuse(answer.status, "download")
                    return f"HTTP {answer.status}"
                content_range = answer.headers.get("Content-Range")
                if answer.status == 206 and not partial.continues(content_range):
                    partial.restart()
                    return "another range than the one asked for"
                if answer.status == 200:
                    partial.restart()
                async for chunk in answer.content.iter_chunked(2**18):
                    partial.write(chunk)
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__
        return partial.complete()

    async def fetch_bundle(self, ref: BundleRef, path: Path) -> None:
        """Download a bundle, going on with what an earlier try left at `path`."""
        wanted = Wanted(path, ref.size_bytes, ref.sha256, ref.md5, resumes=True)
        await self.download(ref.url, wanted)

    async def upload(self, target: UploadTarget, source: Path, *, patience_s: float = 300) -> None:
        """PUT a file to its signed address, or each of its parts; each may take `patience_s`.

        Raises RetryLater, Refused. An object that is there already is left to the server to check.
        """

        async def store(method: str, url: str, content: Content, headers: Mapping[str, str]) -> str:
            return await self._store(method, url, content, headers, source.name, patience_s)

        await send(target, source, store)

    async def _store(
        self,
        method: str,
        url: str,
        content: Content,
        headers: Mapping[str, str],
        name: str,
        patience_s: float,
    ) -> str:
        """Send bytes to a signed address until they are taken; give the answer's ETag."""
        deadline = time.monotonic() + patience_s
        delay_s, tries = 0.0, 0
        while True:
            try:
                with content() as stream:
                    async with self._http.request(
                        method,
                        self._absolute(url),
                        data=stream,
                        headers=dict(headers),
                        timeout=BODY_TIMEOUT,
                        allow_redirects=False,
                    ) as answer:
                        body = await _body(answer)
                        if is_taken(method, answer.status, body, tries):
                            return answer.headers.get("ETag", "")
                        _refuse(answer.status, "upload")
                        told = f"HTTP {answer.status}"
            except (aiohttp.ClientError, TimeoutError) as error:
                told = type(error).__name__
            tries += 1
            delay_s = next_delay(delay_s, random.random())  # noqa: S311
            if time.monotonic() + delay_s > deadline:
                raise RetryLater(f"Cannot upload {name}: {told}.")
            await asyncio.sleep(delay_s)

    def _absolute(self, url: str) -> URL:
        address = urljoin(self._base + "/", url)
        if urlsplit(address).scheme not in {"http", "https"}:
            raise Refused(400, "bad_address", "a signed address must be http or https")
        return URL(address, encoded=True)


@contextlib.asynccontextmanager
async def connections(server_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Lend the connections to a server; https trusts what this machine trusts."""
    context: ssl.SSLContext | bool = True
    if server_url.startswith("https"):
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    connector = aiohttp.TCPConnector(limit=32, ssl=context)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as http:
        yield http


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer, but never more than MAX_ANSWER_BYTES of it."""
    taken = await answer.content.read(MAX_ANSWER_BYTES)
    while chunk := await answer.content.read(MAX_ANSWER_BYTES - len(taken)):
        taken += chunk
    return taken


def _refuse(code: int, what: str) -> None:
    if code < 500 and code not in LATER:
        raise Refused(code, f"{what}_refused", f"the signed address answered HTTP {code}")


async def reach(server_url: str) -> str | None:
    """Ask for /healthz; give the answer's Date header. Raises RetryLater when nothing answers."""
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as http,
            http.get(f"{server_url}/healthz", allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise RetryLater(f"{server_url}/healthz answers HTTP {answer.status}.")
            return answer.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RetryLater(f"{server_url} does not answer ({type(error).__name__}).") from error
