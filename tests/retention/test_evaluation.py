"""What is decided for all at once is what the policy decides for each, on both engines; and it stays so."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.repositories import retention, schedules
from catalog.tables import (
    Case,
    CaseLink,
    Classification,
    Hold,
    HoldSubject,
    Recording,
    RetentionChange,
    RetentionDecision,
    ScheduleActivation,
)
from catalog.tables.cases import CaseStatus, LinkState
from catalog.tables.retention import ActivationState, RetentionOutcome
from retention.evaluation import Evaluator, offsets
from retention.in_force import schedule_in_force
from retention.policy import decide
from retention.schedules import built_in
from tests.engines import MigratedPostgresql
from tests.retention import catalogs
from tests.retention.catalogs import NOW, chance_of

ZONES = ["Asia/Shanghai", "UTC", "America/Los_Angeles", "Europe/London", "America/Havana"]


def on_record(catalog: Catalog) -> dict[UUID, tuple[Any, ...]]:
    with catalog.reading() as session:
        return {
            each.recording_id: (str(each.outcome), each.expires_at, each.rule, each.blocked_by)
            for each in session.exec(select(RetentionDecision))
        }


def by_policy(catalog: Catalog, zone: ZoneInfo, now: datetime = NOW) -> dict[UUID, tuple[Any, ...]]:
    with catalog.reading() as session:
        present = schedule_in_force(session)
        ids = session.exec(select(Recording.id)).all()
        facts = retention.facts_of(session, ids)
    found = {}
    for recording_id, each in facts.items():
        if each.recording.disposed_at is not None:
            continue
        decision = decide(each.recording, each.holds, each.cases, present.schedule if present else None, now, zone=zone)
        blocks = [{"code": str(block.code), "number": block.facts["number"]} for block in decision.blocked_by]
        rule = decision.rule.id if decision.rule else None
        found[recording_id] = (str(decision.outcome), decision.expires_at, rule, blocks)
    return found


def another_schedule(catalog: Catalog, content: str, version: str) -> None:
    with catalog.writing() as session:
        present = schedules.standing(session, ActivationState.IN_FORCE)
        if present is not None:
            present[0].state = ActivationState.SUPERSEDED
            session.add(present[0])
        catalogs.put_in_force(session, content, version)


@pytest.mark.parametrize("seed", range(6))
def test_any_catalog_is_decided_as_the_policy_decides(catalog: Catalog, seed: int) -> None:
    chance = chance_of(seed)
    with catalog.writing() as session:
        catalogs.fill(session, chance, ZoneInfo(chance.choice(ZONES)))
    for version in range(4):
        zone = ZoneInfo(chance.choice(ZONES))
        another_schedule(catalog, catalogs.schedule_text(chance, f"{seed}-{version}"), f"{seed}-{version}")
        Evaluator(catalog, zone=zone, clock=lambda: NOW).evaluate()
        assert on_record(catalog) == by_policy(catalog, zone)


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_built_in_schedule_is_decided_as_the_policy_decides(catalog: Catalog, name: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    with catalog.writing() as session:
        catalogs.fill(session, chance_of(7), zone)
    Evaluator(catalog, zone=zone, clock=lambda: NOW).evaluate()
    assert {outcome for outcome, *_ in on_record(catalog).values()} == {RetentionOutcome.UNDECIDED}
    another_schedule(catalog, built_in()[name][0], "1")
    Evaluator(catalog, zone=zone, clock=lambda: NOW).evaluate()
    assert on_record(catalog) == by_policy(catalog, zone)


Change = Callable[[Session, Random], None]


def one(session: Session, chance: Random, table: type[Any], *where: Any) -> Any:
    return chance.choice(session.exec(select(table).where(*where)).all())


def _recording(session: Session, chance: Random) -> None:
    found = one(session, chance, Recording)
    found.important, found.captured_at = not found.important, catalogs.some_time(chance, ZoneInfo("UTC"))


def _described(session: Session, chance: Random) -> None:
    one(session, chance, Recording).capture_time = {"warnings": [{"code": "offset_large"}]}


def _new(session: Session, chance: Random) -> None:
    session.add(catalogs.recording(chance, chance.randrange(10**6, 10**9), ZoneInfo("UTC")))


def _disposed(session: Session, chance: Random) -> None:
    one(session, chance, Recording).disposed_at = NOW


def _link(session: Session, chance: Random) -> None:
    found = one(session, chance, CaseLink)
    found.state = chance.choice(list(LinkState))


def _persons_word(session: Session, chance: Random) -> None:
    found = one(session, chance, CaseLink, CaseLink.state == LinkState.CONFIRMED)
    found.decided_by = "li" if found.decided_by is None else None


def _unlink(session: Session, chance: Random) -> None:
    session.delete(one(session, chance, CaseLink, CaseLink.state == LinkState.CONFIRMED))


def _case(session: Session, chance: Random) -> None:
    found = one(session, chance, Case)
    found.status = CaseStatus.OPEN if found.status is CaseStatus.CLOSED else CaseStatus.CLOSED
    found.closed_at = None if found.status is CaseStatus.OPEN else NOW


def _classify(session: Session, chance: Random) -> None:
    session.add(catalogs.classification(chance, one(session, chance, Recording)))


def _withdraw(session: Session, chance: Random) -> None:
    one(session, chance, Classification).withdrawn_at = NOW


def _hold(session: Session, chance: Random) -> None:
    number = f"n{chance.randrange(10**9)}"
    catalogs.hold(session, chance, number, [one(session, chance, Recording)], [one(session, chance, Case)])


def _release(session: Session, chance: Random) -> None:
    found = one(session, chance, Hold)
    found.released_at = NOW if found.released_at is None else None


def _off(session: Session, chance: Random) -> None:
    session.delete(one(session, chance, HoldSubject))


CHANGES: list[Change] = [
    _recording,
    _described,
    _new,
    _disposed,
    _link,
    _persons_word,
    _unlink,
    _case,
    _classify,
    _withdraw,
    _hold,
    _release,
    _off,
]


@pytest.mark.parametrize("seed", range(2))
def test_whatever_changes_is_decided_again_and_nothing_else_is_looked_at(catalog: Catalog, seed: int) -> None:
    chance, zone = chance_of(100 + seed), ZoneInfo("Asia/Shanghai")
    with catalog.writing() as session:
        catalogs.fill(session, chance, zone)
    another_schedule(catalog, catalogs.schedule_text(chance, "1"), "1")
    evaluator = Evaluator(catalog, zone=zone, clock=lambda: NOW)
    assert evaluator.evaluate().everything
    for change in CHANGES * 2:
        with catalog.writing() as session:
            change(session, chance)
        evaluated = evaluator.evaluate()
        assert not evaluated.everything
        assert on_record(catalog) == by_policy(catalog, zone), change.__name__
        assert evaluated.recordings == len(on_record(catalog))
    with catalog.reading() as session:
        assert session.exec(select(RetentionChange)).all() == []


def test_what_changes_nothing_is_not_evaluated_again(catalog: Catalog) -> None:
    with catalog.writing() as session:
        catalogs.fill(session, chance_of(1), ZoneInfo("UTC"))
    Evaluator(catalog, zone=ZoneInfo("UTC"), clock=lambda: NOW).evaluate()
    with catalog.writing() as session:
        for each in session.exec(select(Recording)):
            each.locked_until, each.playback = NOW, {"how": "original"}
        suggested = session.exec(select(CaseLink).where(CaseLink.state == LinkState.SUGGESTED)).all()
        for link in suggested:
            link.score = 0.5
    assert suggested
    with catalog.reading() as session:
        assert session.exec(select(RetentionChange)).all() == []


def test_time_passing_ends_what_was_kept_and_a_clock_set_right_takes_it_back(catalog: Catalog) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    with catalog.writing() as session:
        catalogs.fill(session, chance_of(3), zone)
    another_schedule(catalog, built_in()["us-nj"][0], "1")
    for now in (NOW, NOW + timedelta(days=100), NOW + timedelta(days=2000), NOW - timedelta(days=1000)):
        Evaluator(catalog, zone=zone, clock=lambda now=now: now).evaluate()  # type: ignore[misc]
        assert on_record(catalog) == by_policy(catalog, zone, now)


def test_decisions_that_somebody_changed_in_the_tables_are_made_anew_within_a_day(catalog: Catalog) -> None:
    """They are not sealed, and locks go by them: nobody's list of changes tells of it."""
    zone, now = ZoneInfo("Asia/Shanghai"), NOW
    with catalog.writing() as session:
        catalogs.fill(session, chance_of(5), zone)
    another_schedule(catalog, built_in()["us-nj"][0], "1")
    evaluator = Evaluator(catalog, zone=zone, clock=lambda: now)
    evaluator.evaluate()
    with catalog.writing() as session:
        for each in session.exec(select(RetentionDecision)):
            each.outcome, each.expires_at = RetentionOutcome.EXPIRED, NOW - timedelta(days=300)
    now += timedelta(hours=23)
    assert not evaluator.evaluate().everything
    assert on_record(catalog) != by_policy(catalog, zone, now)
    now += timedelta(hours=1)
    assert evaluator.evaluate().everything
    assert on_record(catalog) == by_policy(catalog, zone, now)


def test_a_change_that_is_not_committed_yet_is_not_lost(migrated_postgresql: MigratedPostgresql) -> None:
    """SQLite has one writer at a time, so there is no such change."""
    zone = ZoneInfo("UTC")
    with migrated_postgresql.copy() as address, closing(Catalog(address)) as catalog:
        with catalog.writing() as session:
            made = catalogs.fill(session, chance_of(4), zone)
        another_schedule(catalog, built_in()["us-ca"][0], "1")
        evaluator = Evaluator(catalog, zone=zone, clock=lambda: NOW)
        evaluator.evaluate()
        first = next(each for each in made if each.disposed_at is None)
        with catalog.writing() as session:
            session.get_one(Recording, first.id).captured_at = NOW - timedelta(days=1)
            session.flush()
            evaluator.evaluate()  # neither sees it nor waits for it
        evaluator.evaluate()
        assert on_record(catalog) == by_policy(catalog, zone)


def test_the_effect_of_a_schedule_is_counted_and_changes_nothing(catalog: Catalog) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    with catalog.writing() as session:
        catalogs.fill(session, chance_of(5), zone)
    another_schedule(catalog, built_in()["us-nj"][0], "1")
    evaluator = Evaluator(catalog, zone=zone, clock=lambda: NOW)
    evaluator.evaluate()
    before = on_record(catalog)
    with catalog.writing() as session:
        proposed = catalogs.version_of(built_in()["uk-council"][0], "2")
        session.add(proposed)
    effect = evaluator.effect_of(proposed.id)
    assert on_record(catalog) == before
    another_schedule(catalog, built_in()["uk-council"][0], "3")
    evaluator.evaluate()
    after = on_record(catalog)
    never = datetime.max.replace(tzinfo=UTC)
    earlier = [each for each in after if (after[each][1] or never) < (before[each][1] or never)]
    over = [each for each in after if after[each][0] == "expired" != before[each][0]]
    assert (effect.recordings, effect.earlier, effect.expired) == (len(after), len(earlier), len(over))
    with catalog.reading() as session:
        sizes = {each.id: each.size for each in session.exec(select(Recording))}
    assert effect.earlier_bytes == sum(sizes[each] for each in earlier) > 0
    assert effect.expired_bytes == sum(sizes[each] for each in over)


@pytest.mark.parametrize("zone", ZONES)
def test_offsets_are_those_of_the_zone_at_every_hour(zone: str) -> None:
    first, last = datetime(2024, 12, 20, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = offsets(ZoneInfo(zone), first, last)
    at = first
    while at <= last:
        said = next(each.seconds for each in found if each.until is None or at < each.until)
        real = at.astimezone(ZoneInfo(zone)).utcoffset()
        assert real is not None
        assert said == real.total_seconds()
        at += timedelta(minutes=30)


def test_one_schedule_at_most_is_in_force(catalog: Catalog) -> None:
    another_schedule(catalog, built_in()["us-ca"][0], "1")
    another_schedule(catalog, built_in()["us-nj"][0], "2")
    with catalog.reading() as session:
        states = [each.state for each in session.exec(select(ScheduleActivation))]
    assert sorted(states) == [ActivationState.IN_FORCE, ActivationState.SUPERSEDED]
