"""What can go wrong on the server: each error with a stable code, an HTTP status and a sentence.

FarmError
+-- NotFound        404  no such thing, or not the caller's
+-- BadRequest      400  the request cannot be read
+-- Invalid         422  readable, but its content is wrong; lists every problem
+-- Unauthorized    401  no valid credentials
+-- Forbidden       403  valid credentials, not for this
+-- Conflict        409  the thing is in another state
|   +-- LeaseLost   409  code lease_lost: a stale report; the agent ends the work
+-- TooLarge        413  over a limit
+-- TooMany         429  quota or rate
+-- Unavailable     503  try again later
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.wire.base import FieldProblem


class FarmError(Exception):
    """Carry a code, an HTTP status and a message that a person can act on."""

    def __init__(
        self, code: str, status: int, message: str, problems: Sequence[FieldProblem] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.problems = tuple(problems)


class NotFound(FarmError):
    """Say that a thing does not exist for this caller."""

    def __init__(self, what: str, name: object) -> None:
        super().__init__("not_found", 404, f"There is no {what} {name}. Check the id.")


class BadRequest(FarmError):
    """Say that a request cannot be read."""

    def __init__(
        self, message: str, code: str = "bad_request", problems: Sequence[FieldProblem] = ()
    ) -> None:
        super().__init__(code, 400, message, problems)


class Invalid(FarmError):
    """Say that the content of a request is wrong, with every problem at once."""

    def __init__(
        self, message: str, problems: Sequence[FieldProblem] = (), code: str = "invalid"
    ) -> None:
        super().__init__(code, 422, message, problems)


class Unauthorized(FarmError):
    """Say that credentials are missing or wrong."""

    def __init__(self, message: str, code: str = "unauthorized") -> None:
        super().__init__(code, 401, message)


class Forbidden(FarmError):
    """Say that the caller may not do this."""

    def __init__(self, message: str, code: str = "forbidden") -> None:
        super().__init__(code, 403, message)


class Conflict(FarmError):
    """Say that a thing is in another state than the call needs."""

    def __init__(
        self, message: str, code: str = "conflict", problems: Sequence[FieldProblem] = ()
    ) -> None:
        super().__init__(code, 409, message, problems)


class LeaseLost(Conflict):
    """Refuse a report of an attempt that is no longer the current one."""

    def __init__(self, task_id: int, attempt: int) -> None:
        super().__init__(
            f"Attempt {attempt} of task {task_id} no longer holds the lease. "
            "End the work and delete its folder.",
            "lease_lost",
        )


class TooLarge(FarmError):
    """Say that something is over a limit."""

    def __init__(self, message: str, code: str = "too_large") -> None:
        super().__init__(code, 413, message)


class TooMany(FarmError):
    """Say that a quota or a rate is used up."""

    def __init__(self, message: str, code: str = "too_many") -> None:
        super().__init__(code, 429, message)


class Unavailable(FarmError):
    """Say that the server cannot do it now; the same call may go through later."""

    def __init__(self, message: str, code: str = "unavailable") -> None:
        super().__init__(code, 503, message)


def unexpected(request_id: str) -> FarmError:
    """Say that something broke here, and where the log tells more; never what it was."""
    return FarmError(
        "internal",
        500,
        f"Something went wrong in the server. Its log tells more under request id {request_id}.",
    )
