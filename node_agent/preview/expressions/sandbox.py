"""Runs one expression in QuickJS: no callbacks, no files, no network, little time and memory.

QuickJS refuses a time limit while Python functions can be called from JavaScript, and a time
limit is what stops `while (true);`. So JavaScript never calls us: an expression that reads
something unknown stops and names it, we answer, and it runs again from the start. Expressions
have no side effects, so running again is safe, and answers stay known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import quickjs

from node_agent.preview.expressions.endless import EndlessGuard

MEMORY_BYTES: Final = 64 * 1024 * 1024
STACK_BYTES: Final = 512 * 1024
CPU_S: Final = 0.5
TOTAL_S: Final = 5.0
MAX_RUNS: Final = 400
MAX_SOURCE: Final = 100_000
MAX_ANSWERS: Final = 20_000
MAX_RESULT: Final = 1_000_000

_PRELUDE: Final = Path(__file__).with_name("prelude")

Answer = Callable[[str], Any]


class ExpressionProblem(Exception):
    """Say why an expression has no value."""


class Sandbox:
    """Hold one JavaScript context for a project; a context that ran out of memory is replaced."""

    def __init__(self) -> None:
        parts = sorted(_PRELUDE.glob("*.js"))
        self._prelude = [part.read_text(encoding="utf-8") for part in parts]
        self._context: Any = None
        self._known = 0
        self._guard = EndlessGuard()
        self._place = ""

    def run(
        self,
        facts: dict[str, Any],
        source: str,
        answer: Answer,
        axis: int = -1,
        *,
        place: str = "",
    ) -> dict[str, Any]:
        """Evaluate `source`; gives `value`, `mixed` (array arithmetic was met) and `notes`.

        `answer` gives the JSON value for a key the expression asks for, and may run other
        expressions here meanwhile. Raises ExpressionProblem with a reason. An expression that
        cannot be stopped ends this process, which then names `place`.
        """
        if len(source) > MAX_SOURCE:
            raise ExpressionProblem("expression is too long")
        call = f"__run({json.dumps(json.dumps(facts))}, {json.dumps(source)}, {axis})"
        started = time.process_time()
        for _ in range(MAX_RUNS):
            if time.process_time() - started > TOTAL_S:
                raise ExpressionProblem(f"expression runs longer than {TOTAL_S} s")
            self._place = place  # An answer may have run another expression.
            result = self._evaluate(call)
            needed = result.get("need")
            if needed is None:
                break
            self._give(str(needed), answer)
        else:
            raise ExpressionProblem("expression reads too many values")
        if "error" in result:
            raise ExpressionProblem(str(result["error"]))
        return result

    def _give(self, key: str, answer: Answer) -> None:
        try:
            value = json.dumps(answer(key))
        except ExpressionProblem:
            raise
        except Exception as error:
            # py-aep raises bare errors of every kind, and a key may be nonsense.
            raise ExpressionProblem(f"cannot read {key.partition('|')[0]}: {error!r}") from error
        if self._known > MAX_ANSWERS:
            self._evaluate_raw("__forget()")
            self._known = 0
        self._known += 1
        self._evaluate_raw(f"__answer({json.dumps(key)}, {json.dumps(value)})")

    def _evaluate(self, code: str) -> dict[str, Any]:
        text = self._evaluate_raw(code)
        if not isinstance(text, str) or len(text) > MAX_RESULT:
            raise ExpressionProblem("expression gives no usable value")
        try:
            result = json.loads(text)
        except ValueError as error:
            raise ExpressionProblem("expression gives no usable value") from error
        if not isinstance(result, dict):
            raise ExpressionProblem("expression gives no usable value")
        return result

    def _evaluate_raw(self, code: str) -> Any:
        context = self._ready()
        try:
            with self._guard.watching(self._place):
                return context.eval(code)
        except quickjs.StackOverflow as error:
            raise ExpressionProblem("expression calls itself without end") from error
        except quickjs.JSException as error:
            # Out of memory or out of time may leave the context half-way: start a fresh one.
            self._context = None
            reason = str(error).split("\n", 1)[0][:200]
            if "interrupted" in reason:
                reason = f"expression runs longer than {CPU_S} s"
            raise ExpressionProblem(reason) from error

    def _ready(self) -> Any:
        if self._context is None:
            context = quickjs.Context()
            context.set_memory_limit(MEMORY_BYTES)
            context.set_max_stack_size(STACK_BYTES)
            for part in self._prelude:
                context.eval(part)
            context.set_time_limit(CPU_S)
            self._context = context
            self._known = 0
        return self._context
