"""Hash and check passwords with argon2id, a few at a time, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from orchestrator.core.accounts import PASSWORD_MAX, PASSWORD_MIN, password_problem
from orchestrator.deps import Deps
from orchestrator.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")
AT_ONCE = 2
"""Each hash takes 64 MiB for a tenth of a second."""
WAITING_MOST = 40
"""So many are through in two seconds or so; who comes then is told to come later, and at once."""
KEPT_FREE = 10
"""Places among them that strangers do not take from people who are known here."""
WAIT_S = 10.0
_SENTENCES = {
    "password_short": f"The password is too short. Use at least {PASSWORD_MIN} characters.",
    "password_long": f"The password is too long. Use at most {PASSWORD_MAX} characters.",
    "password_is_name": "The password is the address itself. Choose another.",
    "password_known": "This password is among the first that are tried. Choose another.",
}


class Passwords:
    """Hash and check; shared by all calls of a server (deps.shared)."""

    def __init__(self, _deps: Deps | None = None) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        # The library's defaults are RFC 9106's second choice: 3 passes, 64 MiB, 4 lanes.
        return PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Give the encoded hash of a password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def fits(self, encoded: str | None, password: str, *, is_known: bool = True) -> bool:
        """Tell whether a password is the one; it takes as long where there is none.

        Strangers, who come by a browser that nobody came in by, wait in fewer places (`is_known`).
        """
        given = password[: PASSWORD_MAX + 1]
        return await self._run(lambda: self._fits(encoded, given), 0 if is_known else KEPT_FREE)

    def _fits(self, encoded: str | None, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            good = self._hasher.verify(encoded or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return good and encoded is not None

    async def _run(self, work: Callable[[], T], kept_free: int = 0) -> T:
        await self._turn(kept_free)
        # A thread cannot be stopped: whoever goes away leaves the turn to it until it is done.
        running = asyncio.get_running_loop().run_in_executor(None, work)
        running.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(running)

    async def _turn(self, kept_free: int) -> None:
        if self._waiting >= WAITING_MOST - kept_free:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise _busy() from error
        finally:
            self._waiting -= 1


def _busy() -> Unavailable:
    return Unavailable(
        "Too many people sign in at this moment. Try again in a minute.", "server_busy"
    )


def check_password(password: str, email: str) -> None:
    """Refuse a new password that will not do. Raises Invalid with a code of its own."""
    code = password_problem(password, email)
    if code is not None:
        raise Invalid(_SENTENCES[code], code=code)
