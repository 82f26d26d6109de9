"""Count what ends in this process: results by outcome and class of failure, and lost leases."""

from __future__ import annotations

from collections import Counter

from orchestrator.deps import Deps
from orchestrator.wire.tasks import ResultAnswer, ResultReport


class Counts:
    """Hold the counts since this process began; what other replicas count is theirs."""

    def __init__(self, _deps: Deps) -> None:
        self.results: Counter[tuple[str, str]] = Counter()
        self.leases_expired = 0

    def result(self, report: ResultReport, answer: ResultAnswer) -> None:
        """Count a result that was taken, by (outcome, class of failure), the class "" for none.

        A success that was not believed is `refused`; repeats of lost answers count again.
        """
        outcome: str = report.outcome
        if outcome == "succeeded" and answer.task_state != "succeeded":
            outcome = "refused"
        failure = report.failure.failure_class.value if report.failure else ""
        self.results[outcome, failure] += 1
