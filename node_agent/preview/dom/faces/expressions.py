"""expressionError: what is wrong with a stored expression, told by evaluating it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from node_agent.preview.dom.session import Session
from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.values import Values
from node_agent.preview.expressions.evaluator import ExpressionEvaluator

# Reasons that speak of the preview's limits, not of the expression.
OURS: Final = ("not known to the preview", "longer than", "out of memory", "too many", "too long",
               "cannot read")  # fmt: skip


@dataclass(slots=True)
class Evaluation:
    """Hold one evaluator for as long as the script changes nothing; it remembers values."""

    revision: int
    values: Values
    evaluator: ExpressionEvaluator


def expression_error(session: Session, target: Any) -> str:
    """Give the error of the enabled expression of a property, or the empty string.

    Evaluates at the time 0 of its comp. What the preview engine cannot evaluate is no error.
    """
    if not target.expression or not target.expression_enabled:
        return ""
    evaluation = _current(session)
    evaluation.values.counts = Counts()
    stored = evaluation.values.stored(target, 0.0)
    evaluation.evaluator.evaluate(target, 0.0, stored)
    return _reason(evaluation.values.counts, target)


def _current(session: Session) -> Evaluation:
    kept = session.evaluation
    if isinstance(kept, Evaluation) and kept.revision == session.revision:
        return kept
    values = Values(Counts())
    evaluator = ExpressionEvaluator(session.app.project, values)
    values.evaluator = evaluator
    session.evaluation = Evaluation(session.revision, values, evaluator)
    return session.evaluation


def _reason(counts: Counts, target: Any) -> str:
    """Find this property's own complaint among those of the properties it reads."""
    marker = f"/{target.name}: "
    for place in counts.places.get("expression", []):
        before, found, reason = place.partition(marker)
        if found and before and not any(word in reason for word in OURS):
            return reason
    return ""
