"""Any facts, holds, cases and schedules, for laws that must hold of all of them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from catalog.repositories.retention import CaseFacts, HoldFacts, RecordingFacts
from catalog.tables.cases import ArchiveTier, Category, Stage
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import RetentionClass
from catalog.types import new_id
from retention.periods import Period
from retention.policy import Decision, decide
from retention.schedule import Basis, Conditions, CountedFrom, Keep, KeepKind, Names, Rule, Schedule

FIRST, LAST = datetime(2019, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ZONES = ["Asia/Shanghai", "UTC", "America/Los_Angeles", "Europe/London", "America/Havana", "Asia/Beirut"]
BASIS = Basis(Names("依据", "basis"), verified=True)

times = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
case_numbers = st.sampled_from(["c1", "c2", "c3"])
periods = st.one_of(
    st.builds(Period, months=st.integers(1, 40)),
    st.builds(Period, days=st.integers(1, 400)),
)
keeps = st.one_of(
    periods.map(lambda period: Keep(KeepKind.PERIOD, period)),
    periods.map(lambda period: Keep(KeepKind.PERIOD, period, CountedFrom.CASE_CLOSED)),
    st.sampled_from([KeepKind.AS_CASE_FILE, KeepKind.UNTIL_ADJUDICATED]).map(Keep),
)
any_keeps = keeps | st.just(Keep(KeepKind.PERMANENT))


def some(values: object) -> st.SearchStrategy[frozenset[str]]:
    """Often none, else a few."""
    words = [str(each) for each in values]  # type: ignore[attr-defined]
    return st.just(frozenset()) | st.frozensets(st.sampled_from(words), max_size=2)


conditions = st.builds(
    Conditions,
    categories=some(Category),
    stages=some(Stage),
    cases=some(["c1", "c2"]),
    linked=st.booleans(),
    classes=some(RetentionClass),
    kinds=some(RecordingKind),
    important=st.booleans(),
)


def rules(kept: st.SearchStrategy[Keep] = any_keeps) -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        id=st.sampled_from([f"r{number}" for number in range(9)]),
        name=st.just(Names("名", "name")),
        keep=kept,
        basis=st.just(BASIS),
        when=st.just(Conditions()) | conditions,
    )


def schedules(kept: st.SearchStrategy[Keep] = any_keeps) -> st.SearchStrategy[Schedule]:
    return st.lists(rules(kept), max_size=6, unique_by=lambda rule: rule.id).map(
        lambda chosen: Schedule("any", "1", Names("表", "schedule"), tuple(chosen))
    )


@st.composite
def recordings(draw: st.DrawFn) -> RecordingFacts:
    captured = draw(st.none() | times)
    until = captured + timedelta(seconds=draw(st.integers(0, 90_000))) if captured and draw(st.booleans()) else None
    return RecordingFacts(
        id=new_id(),
        captured_at=captured,
        captured_until=until,
        secured_at=draw(times),
        clock_in_doubt=draw(st.booleans()),
        important=draw(st.booleans()),
        kind=draw(st.sampled_from(RecordingKind)),
        classes=frozenset(draw(st.sets(st.sampled_from(RetentionClass), max_size=2))),
        disposed_at=None,
    )


holds = st.builds(HoldFacts, number=st.sampled_from(["h1", "h2"]), authority=st.just("court"))


@st.composite
def cases(draw: st.DrawFn, numbers: st.SearchStrategy[str] = case_numbers) -> CaseFacts:
    is_open = draw(st.booleans())
    return CaseFacts(
        number=draw(numbers),
        category=draw(st.sampled_from(Category)),
        stage=draw(st.none() | st.sampled_from(Stage)),
        confirmed=draw(st.integers(0, 3)) > 0,
        by_person=draw(st.booleans()),
        open=is_open,
        closed_at=None if is_open else draw(st.none() | times),
        archive_tier=draw(st.none() | st.sampled_from(ArchiveTier)),
    )


some_holds = st.lists(holds, max_size=2, unique_by=lambda hold: hold.number)
some_cases = st.lists(cases(), max_size=3, unique_by=lambda case: case.number)


@dataclass(frozen=True)
class Situation:
    """All that a decision rests on."""

    facts: RecordingFacts
    holds: list[HoldFacts]
    cases: list[CaseFacts]
    schedule: Schedule | None
    now: datetime
    zone: ZoneInfo

    @property
    def decision(self) -> Decision:
        return decide(self.facts, self.holds, self.cases, self.schedule, self.now, zone=self.zone)


situations = st.builds(
    Situation,
    facts=recordings(),
    holds=some_holds,
    cases=some_cases,
    schedule=schedules(),
    now=times,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
unheld = situations.map(lambda each: replace(each, holds=[]))
