"""How long a recording stays, as a view: the decision with all that it rests on."""

from uuid import UUID

from sqlmodel import Session

from api.reading.capture import written
from api.reading.retention_model import (
    BasisView,
    ConsideredView,
    ExplanationView,
    NamesView,
    RetentionReasonView,
    RetentionView,
    RuleView,
)
from api.runtime import Runtime
from catalog.repositories import retention as facts
from retention.errors import RetentionError
from retention.in_force import InForce, schedule_in_force
from retention.policy import Considered, Decision, Reason, decide
from retention.schedule import Basis, Keep, Names


def retention_of(runtime: Runtime, session: Session, recording_id: UUID) -> RetentionView:
    """How long it stays, decided from the facts as they are now. Raises CatalogUnavailable."""
    whole = explain(runtime, session, recording_id)
    return RetentionView(**{name: getattr(whole, name) for name in RetentionView.model_fields})


def explain(runtime: Runtime, session: Session, recording_id: UUID) -> ExplanationView:
    """The decision and all it rests on. Raises CatalogUnavailable."""
    known = facts.facts_of(session, [recording_id])[recording_id]
    present, unreadable = _present(session)
    decision = decide(
        known.recording,
        known.holds,
        known.cases,
        present.schedule if present else None,
        runtime.clock(),
        zone=runtime.settings.time_zone,
    )
    return ExplanationView(
        id=recording_id,
        outcome=decision.outcome,
        expires_at=written(decision.expires_at) if decision.expires_at else None,
        counted_from=written(decision.counted_from) if decision.counted_from else None,
        schedule=f"{present.schedule.id}@{present.schedule.version}" if present else None,
        rule=next(
            (_considered(each, decision).rule for each in decision.considered if each.rule is decision.rule), None
        ),
        reasons=tuple(_reason(each) for each in decision.reasons),
        blocked_by=tuple(_reason(each) for each in decision.blocked_by),
        disposed_at=written(known.recording.disposed_at) if known.recording.disposed_at else None,
        unreadable=unreadable,
        considered=tuple(_considered(each, decision) for each in decision.considered),
    )


def _present(session: Session) -> tuple[InForce | None, str | None]:
    try:
        return schedule_in_force(session), None
    except RetentionError as error:
        return None, str(error)


def _reason(reason: Reason) -> RetentionReasonView:
    return RetentionReasonView(code=reason.code, facts=dict(reason.facts))


def _considered(each: Considered, decision: Decision) -> ConsideredView:
    rule = each.rule
    decides = rule is decision.rule and each.end is not None and each.end.at == decision.expires_at
    return ConsideredView(
        rule=RuleView(
            id=rule.id,
            name=_names(rule.name),
            keep=keep_written(rule.keep),
            counted_from=str(rule.keep.counted_from),
            basis=_basis(rule.basis),
        ),
        case=each.case,
        longest=decides,
        unmet=each.unmet,
        end=each.end.kind if each.end else None,
        ends_at=written(each.end.at) if each.end and each.end.at else None,
        why_unknown=each.end.why if each.end else None,
    )


def keep_written(keep: Keep) -> str:
    """As a schedule writes it."""
    return keep.period.written if keep.period is not None else str(keep.kind)


def _names(names: Names) -> NamesView:
    return NamesView(zh=names.zh, en=names.en)


def _basis(basis: Basis) -> BasisView:
    return BasisView(zh=basis.words.zh, en=basis.words.en, verified=basis.verified)
