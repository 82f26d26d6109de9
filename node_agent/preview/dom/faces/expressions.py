"""expressionError: what is wrong with a stored expression, told by evaluating it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from node_agent.preview.dom.faces.text import TextShown
from node_agent.preview.dom.session import Session
from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.values import Values
from node_agent.preview.expressions.evaluator import ExpressionEvaluator

# Reasons that speak of the preview's limits, not of the expression.
OURS: Final = ("not known to the preview", "longer than", "out of memory", "too many", "too long",
               "cannot read")  # fmt: skip
# Names that After Effects has and the preview lacks.
_UNKNOWN: Final = re.compile(r"'(\$|createPath|thisProject|footage|posterizeTime)' is not defined")


@dataclass(slots=True)
class Evaluation:
    """Hold one evaluator for as long as the script changes nothing; it remembers values."""

    revision: int
    values: Values
    evaluator: ExpressionEvaluator

    def evaluate(self, target: Any, time_s: float) -> tuple[Any, Any]:
        """Give the stored value of a property and what its expression makes of it at a time."""
        stored = self.values.stored(target, time_s)
        return stored, self.evaluator.evaluate(target, time_s, stored)


def expression_error(session: Session, target: Any) -> str:
    """Give the error of the enabled expression of a property, or the empty string.

    Evaluates at the time 0 of its comp. What the preview engine cannot evaluate is no error.
    """
    if not target.expression or not target.expression_enabled:
        return ""
    evaluation = _current(session)
    evaluation.evaluate(target, 0.0)
    reason = evaluation.evaluator.problems.get(id(target), "")
    return "" if any(word in reason for word in OURS) or _UNKNOWN.match(reason) else reason


def shown_value(session: Session, target: Any, time_s: float | None = None) -> Any:
    """Give a property's value as scripts read it: what its enabled expression makes of it.

    Without a time, a static value as it is and an expression's at the start of its comp.
    """
    if not target.expression or not target.expression_enabled:
        return target.value if time_s is None else target.value_at_time(time_s, pre_expression=True)
    stored, value = _current(session).evaluate(target, time_s or 0.0)
    if isinstance(value, str) and not isinstance(stored, str):
        return TextShown(stored, value)
    return value


def _current(session: Session) -> Evaluation:
    kept = session.evaluation
    if isinstance(kept, Evaluation) and kept.revision == session.revision:
        return kept
    values = Values(Counts())
    evaluator = ExpressionEvaluator(session.app.project, values)
    values.evaluator = evaluator
    session.evaluation = Evaluation(session.revision, values, evaluator)
    return session.evaluation
