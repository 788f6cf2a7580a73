"""How long a recording stays, as a view: the decision with all that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from api.reading.capture import written
from api.reading.retention_model import (
    AdviceView,
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
from retention.policy import Considered, Decision, Reason, Unmet, decide
from retention.schedule import Basis, Keep, Names, Rule


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
    closed = {each.number: each.closed_at for each in known.cases if not each.open}
    considered = tuple(_considered(each, decision, closed) for each in decision.considered)
    deciding = next((each for each in considered if each.longest), None)
    begins = written(decision.counted_from) if decision.counted_from else None
    return ExplanationView(
        id=recording_id,
        outcome=decision.outcome,
        expires_at=written(decision.expires_at) if decision.expires_at else None,
        counted_from=deciding.counted_from if deciding else begins,
        recorded_until=begins,
        schedule=f"{present.schedule.id}@{present.schedule.version}" if present else None,
        rule=_rule(decision.rule) if decision.rule else None,
        reasons=tuple(_reason(each) for each in decision.reasons),
        blocked_by=tuple(_reason(each) for each in decision.blocked_by),
        disposed_at=written(known.recording.disposed_at) if known.recording.disposed_at else None,
        unreadable=unreadable,
        considered=considered,
        advice=tuple(_advice(decision, [each.number for each in known.cases if each.confirmed])),
    )


def _present(session: Session) -> tuple[InForce | None, str | None]:
    try:
        return schedule_in_force(session), None
    except RetentionError as error:
        return None, str(error)


def _reason(reason: Reason) -> RetentionReasonView:
    return RetentionReasonView(code=reason.code, facts=dict(reason.facts))


def _advice(decision: Decision, cases: Sequence[str]) -> Iterator[AdviceView]:
    for each in decision.considered if cases else ():
        rule = each.rule
        if each.unmet is Unmet.CLASS and rule.keep.by_case:
            classes = tuple(sorted(rule.when.classes))
            yield AdviceView(rule=rule.id, name=_names(rule.name), classes=classes, cases=tuple(sorted(cases)))


def _considered(each: Considered, decision: Decision, closed: Mapping[str, datetime | None]) -> ConsideredView:
    rule = each.rule
    begins = closed.get(each.case or "") if rule.keep.by_case else decision.counted_from
    decides = rule is decision.rule and each.end is not None and each.end.at == decision.expires_at
    return ConsideredView(
        rule=_rule(rule),
        case=each.case,
        longest=decides,
        unmet=each.unmet,
        end=each.end.kind if each.end else None,
        ends_at=written(each.end.at) if each.end and each.end.at else None,
        why_unknown=each.end.why if each.end else None,
        counted_from=written(begins) if begins and each.end else None,
    )


def _rule(rule: Rule) -> RuleView:
    return RuleView(
        id=rule.id,
        name=_names(rule.name),
        keep=keep_written(rule.keep),
        counted_from=str(rule.keep.begins),
        basis=_basis(rule.basis),
    )


def keep_written(keep: Keep) -> str:
    """As a schedule writes it."""
    return keep.period.written if keep.period is not None else str(keep.kind)


def _names(names: Names) -> NamesView:
    return NamesView(zh=names.zh, en=names.en)


def _basis(basis: Basis) -> BasisView:
    return BasisView(zh=basis.words.zh, en=basis.words.en, verified=basis.verified)
