"""How long a recording stays, in sentences."""

import shlex
from datetime import tzinfo

from api.cli.context import say
from api.messages.language import Language
from api.messages.translator import key_of
from api.reading.retention_model import (
    AdviceView,
    BasisView,
    ConsideredView,
    ExplanationView,
    NamesView,
    RetentionReasonView,
    RetentionView,
)
from api.times import written_for_people
from retention.policy import EndKind
from retention.schedule import CountedFrom


def outcome(view: RetentionView, zone: tzinfo) -> str:
    """Until when, in one sentence."""
    if view.disposed_at is not None:
        return say("retention-disposed", at=written_for_people(view.disposed_at, zone))
    key = key_of("retention-outcome", view.outcome)
    return say(key, until=until(view, zone))


def until(view: RetentionView, zone: tzinfo) -> str:
    """When its time is over, or that nobody knows yet."""
    return written_for_people(view.expires_at, zone) if view.expires_at else say("retention-until-unknown")


def reason(told: RetentionReasonView) -> str:
    facts = {"rule": "", "case": "", "number": "", "authority": "", "cases": "", **told.facts}
    return say(key_of("retention-reason", told.code), **facts)


def name(names: NamesView) -> str:
    return names.en if say.language is Language.ENGLISH else names.zh


def basis(told: BasisView) -> str:
    """With whether it was verified: a reader must never have to guess."""
    words = told.en if say.language is Language.ENGLISH else told.zh
    return say("retention-basis-verified" if told.verified else "retention-basis-unverified", basis=words)


def considered(each: ConsideredView, zone: tzinfo) -> str:
    """Why this rule does, or does not, decide."""
    if each.unmet is not None:
        return say(key_of("retention-unmet", each.unmet))
    through = say("retention-through", case=each.case) if each.case else ""
    ends = written_for_people(each.ends_at, zone) if each.ends_at else ""
    match each.end:
        case EndKind.AT if each.longest:
            return say("retention-end-longest", until=ends, through=through)
        case EndKind.AT:
            return say("retention-end-at", until=ends, through=through)
        case EndKind.NEVER:
            return say("retention-end-never", through=through)
        case EndKind.CASE_OPEN:
            return say("retention-end-case-open", case=each.case or "")
        case EndKind.UNKNOWN | None:
            why = say(key_of("retention-reason", each.why_unknown), case=each.case or "") if each.why_unknown else ""
            return say("retention-end-unknown", why=why)


def _counted(view: ExplanationView, zone: tzinfo) -> str:
    """What the period of the rule that decides begins at; where none does yet, what each kind of period would."""
    recorded = say("cli-unknown") if view.recorded_until is None else written_for_people(view.recorded_until, zone)
    if view.rule is None:
        return say("retention-counted-recorded", at=recorded)
    by_case = view.rule.counted_from == CountedFrom.CASE_CLOSED
    if not by_case:
        return say("retention-counted-recorded", at=recorded)
    deciding = [each for each in view.considered if each.longest] or [
        each for each in view.considered if each.rule.id == view.rule.id
    ]
    case, begins = deciding[0].case or "", deciding[0].counted_from
    if begins is None:
        return say("retention-counted-case-open", case=case)
    return say("retention-counted-case", case=case, at=written_for_people(begins, zone))


def _advised(told: AdviceView, recording_id: str) -> str:
    classes = [say.word("retention-class", each) for each in told.classes]
    return say(
        "retention-advice",
        rule=told.rule,
        name=name(told.name),
        cases=say("event-and").join(told.cases),
        classes=say("event-and").join(classes),
        command=f"zhilu retention classify {recording_id} {shlex.quote(told.classes[0])} --reason ...",
    )


def lines(view: ExplanationView, zone: tzinfo) -> list[tuple[str, str]]:
    """The whole explanation: what is asked, and the answer."""
    found = [
        (say("retention-line-outcome"), outcome(view, zone)),
        (say("retention-line-schedule"), view.unreadable or view.schedule or say("retention-no-schedule")),
    ]
    if view.rule is not None:
        found.append((say("retention-line-rule"), f"{view.rule.id}: {name(view.rule.name)}"))
        found.append((say("retention-line-basis"), basis(view.rule.basis)))
    found.append((say("retention-line-counted"), _counted(view, zone)))
    found += [(say("retention-line-because"), reason(each)) for each in view.reasons]
    found += [(say("retention-line-blocked"), reason(each)) for each in view.blocked_by]
    found += [(say("retention-line-advice"), _advised(each, str(view.id))) for each in view.advice]
    for each in view.considered:
        told = f"{name(each.rule.name)}: {considered(each, zone)}"
        found.append((say("retention-line-considered", rule=each.rule.id), told))
    return found
