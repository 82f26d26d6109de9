"""Read the server's answers: success, what may pass, and what is refused for good."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from node_agent.errors import Fatal, LeaseLost, NotKnown, Refused
from orchestrator.wire.base import Problem, read

LATER = frozenset({408, 425, 429})
REVOKED = "node_revoked"
UNKNOWN = frozenset({"unauthorized", "unknown_node"})
"""A wrong server key or an old database answers so to every node: all go on, and none gives up."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold one HTTP answer."""

    code: int
    body: bytes
    retry_after: str | None


def problem_of(reply: Reply, path: str) -> Problem | None:
    """Give the problem that may pass; None for success.

    Raises LeaseLost, Fatal and Refused for what will not pass.
    """
    if 200 <= reply.code < 300:
        return None
    problem = read_problem(reply)
    if reply.code >= 500 or reply.code in LATER or problem.code == "clock_skew":
        return problem
    if reply.code == 409 and problem.code == "lease_lost":
        raise LeaseLost(problem.detail)
    if reply.code == 401 and problem.code in UNKNOWN:
        return problem
    if reply.code == 401 and problem.code == REVOKED:
        raise Fatal(
            f"This node's credentials were revoked or replaced: {problem.detail} "
            "Enrol it again with a new token (flatrender-agent run with "
            "FLATRENDER_AGENT_ENROLMENT_TOKEN). Reports not yet sent stay in its outbox."
        )
    raise Refused(reply.code, problem.code, problem.detail or path)


def read_problem(reply: Reply) -> Problem:
    """Read problem+json; anything else becomes a problem of the bare HTTP code."""
    try:
        return read(Problem, reply.body)
    except ValidationError:
        return Problem(
            title="HTTP error",
            status=max(400, min(599, reply.code)),
            code=f"http_{reply.code}",
            detail="",
        )


def raise_not_known(base: str, problem: Problem | None) -> None:
    """Raise NotKnown when the last answer was that the server does not know this node."""
    if problem is not None and problem.code in UNKNOWN:
        raise NotKnown(
            f"The server at {base} does not know this node or its signature ({problem.code}). "
            "Look at the server first: its key or its database may be another one; then this "
            "node goes on by itself. If it is to belong to another server, enrol it there anew."
        )
