"""Deciding for all recordings, and keeping the decisions true: what changed, what became due, what another schedule is.

     1 SCOPE     all, where the schedule in force, the zone or our way of counting is another than last time, and
                 once a day whatever changed; else those whose facts changed
     2 RECKON    the days on which periods begin, and when those are over: the calendar of `retention.periods`
     3 DECIDE    in one statement, as `retention.policy` would for each (`catalog/repositories/evaluation_sql.py`)
     4 RECORD    what differs; what was kept until now is expired

All in one transaction. Decisions can be made again at any time, so they are no evidence, and no event tells of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from catalog.engine import Catalog
from catalog.repositories import evaluation, schedules
from catalog.repositories.evaluation import Effect, Evaluation
from catalog.repositories.evaluation_days import Days
from catalog.repositories.evaluation_dialect import Offset
from catalog.repositories.evaluation_sql import Counting, RuleTerms
from catalog.tables import RetentionEvaluation
from catalog.tables.cases import ArchiveTier
from retention.in_force import content_of, schedule_in_force
from retention.periods import Period, day_of, end_after
from retention.policy import TIERS
from retention.schedule import KeepKind, Rule, Schedule

COUNTING = 2
"""Goes up whenever the same facts and schedule would be decided otherwise than by earlier versions of the program."""
ALL_ANEW = timedelta(days=1)
"""Decisions are not sealed, and locks go by them: one that was changed past the program does not stand for longer."""
_NOTHING = Period()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many recordings have a decision on record, and whether all were looked at or what changed alone."""

    recordings: int
    everything: bool


class Evaluator:
    def __init__(self, catalog: Catalog, *, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._catalog, self._zone, self._clock = catalog, zone, clock

    def evaluate(self, *, everything: bool = False) -> Evaluated:
        """Bring the decisions on record up to date. Raises CatalogError, ScheduleInvalid."""
        with self._catalog.writing(at_length=True) as session:
            evaluation.wait_for_others(session)
            now = self._clock()
            present = schedule_in_force(session)
            version_id = present.version_id if present else None
            last = evaluation.standing(session)
            all_of_them = everything or last is None or self._is_other(last, version_id) or _is_old(last, now)
            made = Evaluation(session, changed_only=not all_of_them)
            made.take_changes()
            self._decide(made, present.schedule if present else None, now)
            more = made.put_on_record(now)
            made.let_time_pass(now, since=last.evaluated_at if last else None)
            standing = evaluation.stand(
                session,
                schedule_version_id=version_id,
                zone=str(self._zone),
                counting=COUNTING,
                now=now,
                more=None if all_of_them else more,
            )
            return Evaluated(standing.recordings, all_of_them)

    def effect_of(self, version_id: UUID) -> Effect:
        """What a schedule would change if it came into force now; nothing is changed. Raises as `evaluate` does."""
        self.evaluate()
        with self._catalog.writing(at_length=True) as session:
            evaluation.wait_for_others(session)
            made = Evaluation(session, changed_only=False)
            self._decide(made, content_of(schedules.get(session, version_id)), self._clock())
            return made.effect()

    def _is_other(self, last: RetentionEvaluation, version_id: UUID | None) -> bool:
        """Whether what all decisions rest on is no longer what they rested on."""
        return (last.schedule_version_id, last.zone, last.counting) != (version_id, str(self._zone), COUNTING)

    def _decide(self, made: Evaluation, schedule: Schedule | None, now: datetime) -> None:
        rules = sorted(schedule.rules if schedule else (), key=lambda rule: rule.id)
        periods = _periods(rules)
        span = made.span()
        known = [time for times in (span.recorded, span.closed) if times for time in times]
        made.reckon(offsets(self._zone, min(known), max(known)) if known else [Offset(0, None)])
        days = set(made.days_of_closing()) if any(rule.keep.by_case for rule in rules) else set()
        if span.recorded:
            first, last = (day_of(each, self._zone).toordinal() for each in span.recorded)
            days.update(range(first, last + 1))
        made.put_days(Days(len(periods), [(day, self._ends(periods, day)) for day in sorted(days)]))
        made.decide([_terms(rule, periods) for rule in rules], now)

    def _ends(self, periods: Sequence[Period], day: int) -> Sequence[datetime]:
        return [end_after(period, date.fromordinal(day), self._zone) for period in periods]


def _is_old(last: RetentionEvaluation, now: datetime) -> bool:
    """Whether all were looked at a day ago or more; or later than now, so a clock was ahead."""
    return not timedelta() <= now - last.all_evaluated_at < ALL_ANEW


def offsets(zone: ZoneInfo, first: datetime, last: datetime) -> list[Offset]:
    """How far the zone is from UTC at all times between the two, to the second."""
    found: list[Offset] = []
    at, end = first.astimezone(UTC), last.astimezone(UTC)
    seconds = _offset(zone, at)
    while at < end:
        following = min(at + timedelta(days=1), end)
        if (other := _offset(zone, following)) != seconds:
            found.append(Offset(seconds, _change(zone, at, following)))
            seconds = other
        at = following
    return [*found, Offset(seconds, None)]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second at which the offset is no longer that of `before`."""
    kept = _offset(zone, before)
    low, high = int(before.timestamp()), int(after.timestamp()) + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _offset(zone, datetime.fromtimestamp(middle, UTC)) == kept else (low, middle)
    return datetime.fromtimestamp(low, UTC)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _periods(rules: Sequence[Rule]) -> list[Period]:
    """Each period that any rule counts, once: the columns of the table of days."""
    wanted: dict[Period, None] = {}
    for rule in rules:
        match rule.keep.kind:
            case KeepKind.PERIOD:
                wanted[rule.keep.period or _NOTHING] = None
            case KeepKind.UNTIL_ADJUDICATED:
                wanted[_NOTHING] = None
            case KeepKind.AS_CASE_FILE:
                wanted |= {period: None for period in TIERS.values() if period is not None}
            case KeepKind.PERMANENT:
                pass
    return list(wanted)


def _terms(rule: Rule, periods: Sequence[Period]) -> RuleTerms:
    when, keep = rule.when, rule.keep
    counting, period = _counting(rule)
    tiers = {ArchiveTier(tier): each for tier, each in TIERS.items() if each is not None}
    return RuleTerms(
        id=rule.id,
        counting=counting,
        period=periods.index(period) if period is not None else None,
        tiers=tuple((tier, periods.index(each)) for tier, each in tiers.items())
        if keep.kind is KeepKind.AS_CASE_FILE
        else (),
        categories=when.categories,
        stages=when.stages,
        cases=when.cases,
        linked=when.linked,
        classes=when.classes,
        kinds=when.kinds,
        important=when.important,
    )


def _counting(rule: Rule) -> tuple[Counting, Period | None]:
    keep = rule.keep
    match keep.kind:
        case KeepKind.PERMANENT:
            return Counting.NEVER, None
        case KeepKind.AS_CASE_FILE:
            return Counting.CASE_FILE, None
        case KeepKind.UNTIL_ADJUDICATED:
            return Counting.CLOSED, _NOTHING
        case KeepKind.PERIOD:
            return Counting.CLOSED if keep.by_case else Counting.RECORDED, keep.period or _NOTHING
