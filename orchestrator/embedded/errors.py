"""Name the one error that the embedded PostgreSQL launcher raises."""


class EmbeddedError(Exception):
    """Say what went wrong with the embedded server, where, and what to do about it."""
