"""What the client raises: the server's own words, or why the server could not be asked."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.wire.base import FieldProblem

AT_WORK = "idempotency_in_progress"
_PASSING = ("no_connection", "rate_limited", AT_WORK)


class ClientError(Exception):
    """Carry the server's code and sentence; `status` is 0 when no answer came."""

    def __init__(
        self, code: str, message: str, status: int = 0, problems: Sequence[FieldProblem] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.problems = tuple(problems)

    @property
    def may_pass(self) -> bool:
        """Tell whether the server is only away or too busy for now, or at work on the first try."""
        return self.code in _PASSING or self.status in (502, 503, 504)

    @property
    def is_at_work(self) -> bool:
        """Tell whether the server is still at work on the first try of the same call."""
        return self.code == AT_WORK

    def about(self, subject: str) -> ClientError:
        """Give the same error with what it is about named first."""
        return ClientError(self.code, f"{subject}: {self.message}", self.status, self.problems)

    def __str__(self) -> str:
        """Give the sentence and, below it, each problem that it does not tell, with its place."""
        lines = [self.message]
        lines += [
            f"  {problem.place}: {problem.message}"
            for problem in self.problems
            if problem.message.rstrip(".") not in self.message
        ]
        return "\n".join(lines)
