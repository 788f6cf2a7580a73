"""The shape in which it is told how long a recording stays. Keys are a contract: they may be added, never renamed."""

from uuid import UUID

from api.reading.view import View
from retention.policy import EndKind, Outcome, ReasonCode, Unmet


class NamesView(View):
    zh: str
    en: str


class BasisView(View):
    """`verified`: whether somebody has read it in the original text."""

    zh: str
    en: str
    verified: bool


class RuleView(View):
    """`keep` as schedules write it; `counted_from`: recorded, or case closed."""

    id: str
    name: NamesView
    keep: str
    counted_from: str
    basis: BasisView


class RetentionReasonView(View):
    """`code` is stable; `facts` are what it speaks of: a rule, a case, a hold."""

    code: ReasonCode
    facts: dict[str, str]


class ConsideredView(View):
    """A rule of the schedule: `unmet` names the first condition that is not met; else it ends as `end` says.

    `longest`: whether it is the rule that decides. `case`: the case it counts from, or applies through. `counted_from`:
    when its period begins: at the end of the recording, or at the closing of the case; None while that is unknown.
    """

    rule: RuleView
    case: str | None
    longest: bool
    unmet: Unmet | None
    end: EndKind | None
    ends_at: str | None
    why_unknown: ReasonCode | None
    counted_from: str | None = None


class AdviceView(View):
    """Rule `rule`, which counts from a case, does not apply to a recording that is linked to `cases`, since nobody
    classified it as one of `classes`: with the closing of the cases only the other rules count.
    """

    rule: str
    name: NamesView
    classes: tuple[str, ...]
    cases: tuple[str, ...]


class RetentionView(View):
    """`expires_at`: when its time is over; None for ever, undecided, or while an open case keeps it unknown.

    `counted_from`: when the period of the rule that decides begins, by what `rule.counted_from` says; where no rule
    decides, when the recording ended. `schedule`: the version in force, None while there is none. `unreadable`: why the
    schedule in force, made by a later version of Zhilu, cannot be read: nothing is decided then.
    """

    outcome: Outcome
    expires_at: str | None
    counted_from: str | None
    schedule: str | None
    rule: RuleView | None
    reasons: tuple[RetentionReasonView, ...]
    blocked_by: tuple[RetentionReasonView, ...]
    disposed_at: str | None
    unreadable: str | None = None


class ExplanationView(RetentionView):
    """With every rule of the schedule, and why each does or does not decide.

    `recorded_until`: what periods since recording count from.
    """

    id: UUID
    recorded_until: str | None
    advice: tuple[AdviceView, ...]
    considered: tuple[ConsideredView, ...]
