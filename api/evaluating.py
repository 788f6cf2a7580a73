"""Keeping the decisions on retention up to date by a timer."""

from collections.abc import Callable
from datetime import datetime

import structlog

from api.runtime import Runtime
from api.timers import Duty
from retention.errors import RetentionError
from retention.evaluation import Evaluated

EVALUATION_SECONDS = 60.0
_log = structlog.get_logger(__name__)

OnEvaluated = Callable[[Evaluated, datetime], None]


def evaluating(
    runtime: Runtime,
    *,
    on_round: OnEvaluated = lambda _evaluated, _now: None,
    every_seconds: float = EVALUATION_SECONDS,
) -> Duty:
    """Decide again what changed or became due, every minute; all, where the schedule in force is another."""

    def evaluate() -> None:
        try:
            evaluated = runtime.retention.evaluator().evaluate()
        except RetentionError as error:
            _log.error("recordings were not evaluated", reason=str(error))
            return
        on_round(evaluated, runtime.clock())

    return Duty("evaluating retention", every_seconds, evaluate)
