"""What the client raises: the server's own words, or why the server could not be asked."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.wire.base import FieldProblem


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

    def __str__(self) -> str:
        """Give the sentence and, below it, every single problem with its place."""
        lines = [self.message]
        lines += [f"  {problem.place}: {problem.message}" for problem in self.problems]
        return "\n".join(lines)
