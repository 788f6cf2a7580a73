"""How long one recording stays, and why (pure).

Given what is known of it, the holds on it, the cases it is linked to, the schedule in force and the time:

 1 CONSIDER  each rule, with each case that it counts from: what is not met, or when it ends
 2 FOREVER   where any rule keeps permanently, or as a case file that is
 3 UNDECIDED where no person has said what it is, its time is not known, or an end cannot be told: such a recording
             never expires by itself
 4 BLOCKED   where a hold stands on it, or a case that it is linked to is open (opened again, too)
 5 KEPT      until the longest of all ends, EXPIRED after it

Only confirmed links count. A suggestion neither lengthens nor shortens anything: what no person has looked at must not
decide, and a matching rule that suggests too much must not keep everything for ever. That there are some is told, so
that who approves a disposal looks at them first. A link that the device itself named (a case number in the name of a
file) blocks and lengthens, but is no person's word: by it alone nothing is ever decided.

With a clock in doubt, a period counts from the later of when it says it was recorded and when it was secured.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from retention.periods import Period, day_of, end_after
from retention.schedule import Conditions, KeepKind, Rule, Schedule

TIERS: Mapping[str, Period | None] = {"permanent": None, "30 years": Period(months=360), "10 years": Period(months=120)}
"""How long the file of a case is archived, by its tier; None for ever."""


class RecordingFacts(Protocol):
    """What is known of a recording. `classes`: what persons said it is, as long as they stand by it."""

    @property
    def captured_at(self) -> datetime | None: ...
    @property
    def captured_until(self) -> datetime | None: ...
    @property
    def secured_at(self) -> datetime: ...
    @property
    def clock_in_doubt(self) -> bool: ...
    @property
    def important(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def classes(self) -> Collection[str]: ...


class HoldFacts(Protocol):
    """A hold that stands on a recording, or on a case that it is linked to."""

    @property
    def number(self) -> str: ...
    @property
    def authority(self) -> str: ...


class CaseFacts(Protocol):
    """A case and the link to it. `closed_at` is what a case that is not open was closed at, None if unknown.

    `by_person`: whether a person decided the link; else the device named the case, or it is suggested.
    """

    @property
    def number(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def confirmed(self) -> bool: ...
    @property
    def by_person(self) -> bool: ...
    @property
    def open(self) -> bool: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def archive_tier(self) -> str | None: ...


class Outcome(StrEnum):
    """The words of `catalog.tables.retention.RetentionOutcome`."""

    KEPT = "kept"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    FOREVER = "forever"
    UNDECIDED = "undecided"


class ReasonCode(StrEnum):
    # why it stays as long as it does
    LONGEST = "longest"
    PERMANENT = "permanent"
    # why nothing is decided
    NO_SCHEDULE = "no_schedule"
    NOT_CLASSIFIED = "not_classified"
    TIME_UNKNOWN = "time_unknown"
    NO_RULE_APPLIES = "no_rule_applies"
    CASE_UNKNOWN = "case_unknown"
    CLOSING_UNKNOWN = "closing_unknown"
    ARCHIVE_TIER_UNKNOWN = "archive_tier_unknown"
    # what blocks
    HOLD = "hold"
    OPEN_CASE = "open_case"
    # what else a person should know
    CLOCK_IN_DOUBT = "clock_in_doubt"
    SUGGESTIONS = "suggestions"


class Unmet(StrEnum):
    """The first condition of a rule that a recording does not meet."""

    CLASS = "class"
    KIND = "kind"
    IMPORTANT = "important"
    LINK = "link"


class EndKind(StrEnum):
    AT = "at"
    NEVER = "never"
    CASE_OPEN = "case open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    code: ReasonCode
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """`at` where it is AT a time, `why` where it is UNKNOWN."""

    kind: EndKind
    at: datetime | None = None
    why: ReasonCode | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule, through or for a case where it is about one: either what is not met, or when it ends."""

    rule: Rule
    case: str | None = None
    unmet: Unmet | None = None
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`expires_at` is the end of the longest rule: None for ever, undecided, and while an open case keeps it unknown.

    `rule` is the one that decides, `blocked_by` what stands in the way whatever the outcome is; `counted_from` is what
    the periods since recording begin at.
    """

    outcome: Outcome
    expires_at: datetime | None = None
    rule: Rule | None = None
    reasons: tuple[Reason, ...] = ()
    blocked_by: tuple[Reason, ...] = ()
    considered: tuple[Considered, ...] = ()
    counted_from: datetime | None = None


def decide(
    facts: RecordingFacts,
    holds: Collection[HoldFacts],
    cases: Collection[CaseFacts],
    schedule: Schedule | None,
    now: datetime,
    *,
    zone: tzinfo,
) -> Decision:
    """Say how long it stays. Calendar days are those of `zone`; neither order nor repetition of anything matters."""
    linked = sorted((case for case in cases if case.confirmed), key=lambda case: case.number)
    begins = counted_from(facts)
    considered = tuple(_consider(schedule, facts, linked, begins, zone))
    ends = [(each, each.end) for each in considered if each.end is not None]
    notes, blocks = _notes(facts, cases), _blocks(holds, linked)
    told = Decision(Outcome.UNDECIDED, blocked_by=blocks, considered=considered, counted_from=begins)

    for each, end in ends:
        if end.kind is EndKind.NEVER:
            reasons = (_of_rule(ReasonCode.PERMANENT, each), *notes)
            return replace(told, outcome=Outcome.FOREVER, rule=each.rule, reasons=reasons)
    missing = _missing(schedule, facts, linked, ends)
    if missing:
        return replace(told, reasons=(*missing, *notes))
    for each, end in ends:
        if end.kind is EndKind.CASE_OPEN:
            return replace(told, outcome=Outcome.BLOCKED, rule=each.rule, reasons=notes)
    longest, until = _longest(ends)
    reasons = (_of_rule(ReasonCode.LONGEST, longest), *notes)
    outcome = Outcome.BLOCKED if blocks else Outcome.KEPT if now < until else Outcome.EXPIRED
    return replace(told, outcome=outcome, expires_at=until, rule=longest.rule, reasons=reasons)


def counted_from(facts: RecordingFacts) -> datetime | None:
    """When the periods since recording begin: at its end, where that is known; None where no time is.

    What is secured has ended: an end that is later is that of a false duration, or of a clock that runs ahead.
    """
    begun = facts.captured_at
    if begun is None:
        return None
    latest = max(begun, facts.secured_at)
    return latest if facts.clock_in_doubt else min(max(begun, facts.captured_until or begun), latest)


def _consider(
    schedule: Schedule | None,
    facts: RecordingFacts,
    linked: Sequence[CaseFacts],
    begins: datetime | None,
    zone: tzinfo,
) -> Iterator[Considered]:
    """Step 1, in the order of the rules' names, whatever theirs in the schedule is."""
    for rule in sorted(schedule.rules if schedule else (), key=lambda rule: rule.id):
        unmet = _unmet(rule.when, facts)
        meeting = [case for case in linked if _meets(rule.when, case)]
        if unmet is None and rule.when.by_link and not meeting:
            unmet = Unmet.LINK
        if unmet is not None:
            yield Considered(rule, unmet=unmet)
        elif not rule.keep.by_case:
            through = meeting[0].number if rule.when.by_link else None
            yield Considered(rule, through, end=_end_since_recording(rule, begins, zone))
        elif not meeting:
            yield Considered(rule, end=End(EndKind.UNKNOWN, why=ReasonCode.CASE_UNKNOWN))
        else:
            for case in meeting:
                yield Considered(rule, case.number, end=_end_by_case(rule, case, zone))


def _unmet(when: Conditions, facts: RecordingFacts) -> Unmet | None:
    if when.classes and not when.classes.intersection(facts.classes):
        return Unmet.CLASS
    if when.kinds and facts.kind not in when.kinds:
        return Unmet.KIND
    return Unmet.IMPORTANT if when.important and not facts.important else None


def _meets(when: Conditions, case: CaseFacts) -> bool:
    return (
        (not when.categories or case.category in when.categories)
        and (not when.stages or case.stage in when.stages)
        and (not when.cases or case.number in when.cases)
    )


def _end_since_recording(rule: Rule, begins: datetime | None, zone: tzinfo) -> End:
    if rule.keep.kind is KeepKind.PERMANENT:
        return End(EndKind.NEVER)
    if begins is None:
        return End(EndKind.UNKNOWN, why=ReasonCode.TIME_UNKNOWN)
    return End(EndKind.AT, end_after(rule.keep.period or Period(), day_of(begins, zone), zone))


def _end_by_case(rule: Rule, case: CaseFacts, zone: tzinfo) -> End:
    period = rule.keep.period or Period()
    if rule.keep.kind is KeepKind.AS_CASE_FILE and case.archive_tier is not None:
        tier = TIERS[case.archive_tier]
        if tier is None:
            return End(EndKind.NEVER)
        period = tier
    if case.open:
        return End(EndKind.CASE_OPEN)
    if rule.keep.kind is KeepKind.AS_CASE_FILE and case.archive_tier is None:
        return End(EndKind.UNKNOWN, why=ReasonCode.ARCHIVE_TIER_UNKNOWN)
    if case.closed_at is None:
        return End(EndKind.UNKNOWN, why=ReasonCode.CLOSING_UNKNOWN)
    return End(EndKind.AT, end_after(period, day_of(case.closed_at, zone), zone))


def _missing(
    schedule: Schedule | None,
    facts: RecordingFacts,
    linked: Sequence[CaseFacts],
    ends: Sequence[tuple[Considered, End]],
) -> tuple[Reason, ...]:
    """Step 3: all that keeps it from being decided."""
    if schedule is None:
        return (Reason(ReasonCode.NO_SCHEDULE),)
    looked_at = bool(facts.classes) or any(case.by_person for case in linked)
    missing = [] if looked_at else [Reason(ReasonCode.NOT_CLASSIFIED)]
    if facts.captured_at is None:
        missing.append(Reason(ReasonCode.TIME_UNKNOWN))
    if not ends:
        missing.append(Reason(ReasonCode.NO_RULE_APPLIES))
    for each, end in ends:
        if end.why is not None and end.why is not ReasonCode.TIME_UNKNOWN:
            missing.append(_of_rule(end.why, each))
    return tuple(missing)


def _longest(ends: Sequence[tuple[Considered, End]]) -> tuple[Considered, datetime]:
    """The one that ends last; of several the first by the names of rule and case."""
    known = [(each, end.at) for each, end in ends if end.at is not None]
    until = max(at for _, at in known)
    return next(each for each, at in known if at == until), until


def _blocks(holds: Collection[HoldFacts], linked: Sequence[CaseFacts]) -> tuple[Reason, ...]:
    held = {hold.number: hold.authority for hold in holds}
    return (
        *(Reason(ReasonCode.HOLD, {"number": number, "authority": held[number]}) for number in sorted(held)),
        *(Reason(ReasonCode.OPEN_CASE, {"number": number}) for number in sorted({c.number for c in linked if c.open})),
    )


def _notes(facts: RecordingFacts, cases: Collection[CaseFacts]) -> tuple[Reason, ...]:
    notes = []
    if facts.clock_in_doubt and facts.captured_at is not None:
        notes.append(Reason(ReasonCode.CLOCK_IN_DOUBT))
    suggested = {case.number for case in cases if not case.confirmed}
    if suggested:
        notes.append(Reason(ReasonCode.SUGGESTIONS, {"cases": ", ".join(sorted(suggested))}))
    return tuple(notes)


def _of_rule(code: ReasonCode, considered: Considered) -> Reason:
    about = {"case": considered.case} if considered.case is not None else {}
    return Reason(code, {"rule": considered.rule.id, **about})
