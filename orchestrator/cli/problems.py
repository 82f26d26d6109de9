"""How a command ends badly: one sentence on stderr and an exit code, never a traceback."""

from __future__ import annotations

FAILED = 1
WRONG_USE = 2
ALREADY_RUNNING = 3


class CliError(Exception):
    """End the command with a sentence that says what, which and what to do."""

    def __init__(self, message: str, exit_code: int = FAILED, code: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.code = code
