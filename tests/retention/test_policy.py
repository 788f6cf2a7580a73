"""Laws of the retention policy, of any facts; and what the rules of each kind say of known ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.repositories.retention import CaseFacts, HoldFacts, RecordingFacts
from catalog.tables.cases import ArchiveTier, Category, Stage
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import RetentionClass, RetentionOutcome
from catalog.types import new_id
from retention.locks import LockSettings, first_lock, renewed_lock
from retention.periods import Period
from retention.policy import TIERS, Decision, Outcome, ReasonCode, Unmet, decide
from retention.schedule import Conditions, CountedFrom, Keep, KeepKind, Names, Rule, Schedule
from tests.retention import policies as any_
from tests.retention.policies import BASIS, Situation

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def lasts(decision: Decision) -> datetime:
    """Until when nothing may be disposed of, as far as is known."""
    return decision.expires_at or NEVER if decision.outcome in {Outcome.KEPT, Outcome.EXPIRED} else NEVER


def undecided(decision: Decision) -> bool:
    return decision.outcome is Outcome.UNDECIDED


# --- laws ------------------------------------------------------------------------------------------------------


@given(any_.situations, any_.cases(st.just("c4")))
def test_adding_a_link_never_shortens(before: Situation, one_more: CaseFacts) -> None:
    assume(not undecided(before.decision))
    after = replace(before, cases=[*before.cases, one_more])
    assert lasts(after.decision) >= lasts(before.decision)


@given(any_.situations, any_.cases(st.just("c4")))
def test_a_suggestion_changes_nothing_but_what_is_told(before: Situation, suggested: CaseFacts) -> None:
    after = replace(before, cases=[*before.cases, replace(suggested, confirmed=False)])
    assert replace(after.decision, reasons=()) == replace(before.decision, reasons=())
    assert ReasonCode.SUGGESTIONS in {reason.code for reason in after.decision.reasons}


@given(any_.situations)
def test_a_hold_never_shortens_and_nothing_expires_while_it_stands(situation: Situation) -> None:
    before = situation.decision
    after = replace(situation, holds=[*situation.holds, HoldFacts("h3", "court")]).decision
    assert lasts(after) >= lasts(before)
    assert after.outcome not in {Outcome.EXPIRED, Outcome.KEPT}
    assert after.outcome is before.outcome or before.outcome in {Outcome.KEPT, Outcome.EXPIRED}


@given(any_.situations, any_.rules())
def test_adding_a_rule_never_shortens(before: Situation, rule: Rule) -> None:
    assume(not undecided(before.decision))
    assert before.schedule is not None
    more = replace(before.schedule, rules=(*before.schedule.rules, replace(rule, id="one more")))
    assert lasts(replace(before, schedule=more).decision) >= lasts(before.decision)


@given(any_.situations, st.sampled_from(RetentionClass))
def test_classifying_never_shortens(before: Situation, one_more: RetentionClass) -> None:
    assume(not undecided(before.decision))
    classified = replace(before.facts, classes=before.facts.classes | {one_more})
    assert lasts(replace(before, facts=classified).decision) >= lasts(before.decision)


@given(any_.situations, st.randoms())
def test_order_and_repetition_never_matter(situation: Situation, chance: Random) -> None:
    def mixed(values: Iterable[Any]) -> list[Any]:
        found = list(values)
        chance.shuffle(found)
        return found

    assert situation.schedule is not None
    other = replace(
        situation,
        schedule=replace(situation.schedule, rules=tuple(mixed(situation.schedule.rules))),
        holds=mixed(situation.holds * 2),
        cases=mixed(situation.cases),
    )
    assert other.decision == situation.decision


@given(any_.situations)
def test_nothing_expires_while_anything_blocks(situation: Situation) -> None:
    found = situation.decision
    blocked = bool(situation.holds) or any(case.open and case.confirmed for case in situation.cases)
    assert bool(found.blocked_by) is blocked
    assert not (blocked and found.outcome in {Outcome.EXPIRED, Outcome.KEPT})


@given(any_.situations, st.timedeltas(timedelta(), timedelta(days=365 * 1000)))
def test_time_passing_only_ever_ends_what_was_kept(situation: Situation, passing: timedelta) -> None:
    before, after = situation.decision, replace(situation, now=situation.now + passing).decision
    assert replace(after, outcome=before.outcome) == before
    assert (before.outcome, after.outcome) in {(each, each) for each in Outcome} | {(Outcome.KEPT, Outcome.EXPIRED)}


@given(any_.unheld)
def test_the_unknown_never_expires(situation: Situation) -> None:
    at_last = replace(situation, now=NEVER)
    suggested = [replace(case, confirmed=False) for case in situation.cases]
    unclassified = replace(at_last, facts=replace(situation.facts, classes=frozenset()), cases=suggested)
    timeless = replace(at_last, facts=replace(situation.facts, captured_at=None, captured_until=None))
    assert unclassified.decision.outcome in {Outcome.UNDECIDED, Outcome.FOREVER}
    assert timeless.decision.outcome in {Outcome.UNDECIDED, Outcome.FOREVER}
    assert replace(at_last, schedule=None).decision.outcome is Outcome.UNDECIDED


@given(any_.unheld)
def test_what_the_device_alone_named_a_case_of_never_expires(situation: Situation) -> None:
    named = [replace(case, confirmed=True, by_person=False) for case in situation.cases]
    unseen = replace(situation, now=NEVER, facts=replace(situation.facts, classes=frozenset()), cases=named)
    assert unseen.decision.outcome in {Outcome.UNDECIDED, Outcome.FOREVER}


@given(any_.situations, any_.cases(st.just("c4")))
def test_a_case_named_by_the_device_blocks_and_lengthens_as_any(before: Situation, case: CaseFacts) -> None:
    assume(not undecided(before.decision))
    named, decided = (replace(case, confirmed=True, by_person=by_person) for by_person in (False, True))
    by_device, by_person = (replace(before, cases=[*before.cases, each]).decision for each in (named, decided))
    assert by_device == by_person


@given(any_.unheld)
def test_opening_a_case_again_restores_the_block(situation: Situation) -> None:
    assume(any(case.confirmed for case in situation.cases))
    again = [replace(case, open=True, closed_at=None) for case in situation.cases]
    found = replace(situation, cases=again).decision
    assert found.outcome not in {Outcome.KEPT, Outcome.EXPIRED}
    assert ReasonCode.OPEN_CASE in {reason.code for reason in found.blocked_by}


@given(any_.unheld)
def test_a_clock_in_doubt_never_shortens(situation: Situation) -> None:
    sure = replace(situation, facts=replace(situation.facts, clock_in_doubt=False))
    doubted = replace(situation, facts=replace(situation.facts, clock_in_doubt=True))
    assert lasts(doubted.decision) >= lasts(sure.decision)


@given(any_.situations)
def test_every_rule_is_answered_for(situation: Situation) -> None:
    found = situation.decision
    assert situation.schedule is not None
    assert {each.rule.id for each in found.considered} == {rule.id for rule in situation.schedule.rules}
    assert all((each.unmet is None) is not (each.end is None) for each in found.considered)
    assert found.reasons or found.blocked_by


@given(any_.situations, st.integers(1, 400), st.integers(1, 200))
def test_no_lock_that_was_set_for_a_decision_ends_before_it(situation: Situation, days: int, before: int) -> None:
    """What is not expired is due for renewal before its lock ends, however its locks are set."""
    settings = LockSettings(days=days, renew_days_before=before)
    found = situation.decision
    lock, now = first_lock(settings, situation.now), situation.now
    for _ in range(5):
        now = lock.retain_until - settings.renewal_margin
        if found.outcome in {Outcome.KEPT, Outcome.EXPIRED} and now >= lasts(found):
            return
        renewed = renewed_lock(settings, lock, now)
        assert renewed is not None
        assert renewed.retain_until > lock.retain_until > now
        lock = renewed


# --- known facts -----------------------------------------------------------------------------------------------

RECORDED = datetime(2026, 8, 31, 10, 0, tzinfo=SHANGHAI)
FACTS = RecordingFacts(
    id=new_id(),
    captured_at=RECORDED,
    captured_until=RECORDED + timedelta(minutes=10),
    secured_at=RECORDED + timedelta(days=3),
    clock_in_doubt=False,
    important=False,
    kind=RecordingKind.VIDEO,
    classes=frozenset({RetentionClass.ORDINARY}),
    disposed_at=None,
)
CLOSED = CaseFacts(
    number="c1",
    category=Category.PENALTY,
    stage=Stage.INVESTIGATION,
    confirmed=True,
    by_person=True,
    open=False,
    closed_at=datetime(2026, 12, 1, 12, 0, tzinfo=SHANGHAI),
    archive_tier=ArchiveTier.YEARS_10,
)


def rule(keep: Keep, when: Conditions | None = None, named: str = "rule") -> Rule:
    return Rule(named, Names("名", "name"), keep, BASIS, when or Conditions())


def schedule_of(*rules: Rule) -> Schedule:
    return Schedule("own", "1", Names("表", "schedule"), rules)


def months(count: int, counted_from: CountedFrom = CountedFrom.RECORDED) -> Keep:
    return Keep(KeepKind.PERIOD, Period(months=count), counted_from)


def until(schedule: Schedule, *cases: CaseFacts, facts: RecordingFacts = FACTS) -> str | None:
    found = decide(facts, [], cases, schedule, RECORDED, zone=SHANGHAI)
    return found.expires_at.astimezone(SHANGHAI).isoformat(timespec="minutes") if found.expires_at else None


def test_six_months_after_31_august_end_with_february() -> None:
    assert until(schedule_of(rule(months(6)))) == "2027-03-01T00:00+08:00"
    leap = replace(FACTS, captured_at=datetime(2027, 8, 31, 10, tzinfo=SHANGHAI), captured_until=None)
    assert until(schedule_of(rule(months(6))), facts=leap) == "2028-03-01T00:00+08:00"


def test_the_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 8, 30, 23, 30, tzinfo=UTC)  # the 31st in Shanghai already
    at_night = replace(FACTS, captured_at=late, captured_until=late)
    assert until(schedule_of(rule(months(1))), facts=at_night) == "2026-10-01T00:00+08:00"
    found = decide(at_night, [], [], schedule_of(rule(months(1))), RECORDED, zone=ZoneInfo("UTC"))
    assert found.expires_at == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_period_begins_when_the_recording_ends() -> None:
    over_midnight = replace(FACTS, captured_until=datetime(2026, 9, 1, 0, 5, tzinfo=SHANGHAI))
    assert until(schedule_of(rule(months(1))), facts=over_midnight) == "2026-10-02T00:00+08:00"


def test_a_clock_in_doubt_counts_from_when_it_was_secured() -> None:
    found = decide(replace(FACTS, clock_in_doubt=True), [], [], schedule_of(rule(months(6))), RECORDED, zone=SHANGHAI)
    assert found.expires_at == datetime(2027, 3, 4, tzinfo=SHANGHAI)
    assert ReasonCode.CLOCK_IN_DOUBT in {reason.code for reason in found.reasons}


def test_the_file_of_a_case_counts_from_its_closing() -> None:
    as_file = schedule_of(rule(Keep(KeepKind.AS_CASE_FILE)))
    assert until(as_file, CLOSED) == "2036-12-02T00:00+08:00"
    assert until(as_file, replace(CLOSED, archive_tier=ArchiveTier.YEARS_30)) == "2056-12-02T00:00+08:00"
    permanent = replace(CLOSED, archive_tier=ArchiveTier.PERMANENT)
    assert decide(FACTS, [], [permanent], as_file, RECORDED, zone=SHANGHAI).outcome is Outcome.FOREVER


def test_until_adjudicated_and_after_closing() -> None:
    assert until(schedule_of(rule(Keep(KeepKind.UNTIL_ADJUDICATED))), CLOSED) == "2026-12-02T00:00+08:00"
    assert until(schedule_of(rule(months(24, CountedFrom.CASE_CLOSED))), CLOSED) == "2028-12-02T00:00+08:00"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (None, ReasonCode.CASE_UNKNOWN),
        (replace(CLOSED, archive_tier=None), ReasonCode.ARCHIVE_TIER_UNKNOWN),
        (replace(CLOSED, closed_at=None), ReasonCode.CLOSING_UNKNOWN),
    ],
)
def test_an_end_that_cannot_be_told_is_no_end(case: CaseFacts | None, why: ReasonCode) -> None:
    as_file = schedule_of(rule(Keep(KeepKind.AS_CASE_FILE)), rule(months(1), named="general"))
    found = decide(FACTS, [], [case] if case else [], as_file, NEVER, zone=SHANGHAI)
    assert found.outcome is Outcome.UNDECIDED
    assert why in {reason.code for reason in found.reasons}


def test_the_longest_of_all_that_apply_wins_and_the_others_say_why_not() -> None:
    schedule = schedule_of(
        rule(months(6), named="general"),
        rule(months(24), Conditions(classes=frozenset({"evidence"})), "evidence"),
        rule(months(12), Conditions(important=True), "important"),
        rule(months(18), Conditions(categories=frozenset({"penalty"}), stages=frozenset({"decision"})), "decision"),
        rule(months(9), Conditions(kinds=frozenset({"video"})), "video"),
    )
    found = decide(FACTS, [], [CLOSED], schedule, RECORDED, zone=SHANGHAI)
    assert found.rule is not None
    assert found.rule.id == "video"
    assert {each.rule.id: each.unmet for each in found.considered} == {
        "general": None,
        "evidence": Unmet.CLASS,
        "important": Unmet.IMPORTANT,
        "decision": Unmet.LINK,
        "video": None,
    }


def test_category_and_stage_are_those_of_one_and_the_same_link() -> None:
    both = Conditions(categories=frozenset({"penalty"}), stages=frozenset({"decision"}))
    schedule = schedule_of(rule(months(6), named="general"), rule(Keep(KeepKind.PERMANENT), both, "both"))
    apart = [CLOSED, replace(CLOSED, number="c2", category=Category.INSPECTION, stage=Stage.DECISION)]
    assert decide(FACTS, [], apart, schedule, RECORDED, zone=SHANGHAI).outcome is Outcome.KEPT
    together = [replace(CLOSED, stage=Stage.DECISION)]
    assert decide(FACTS, [], together, schedule, RECORDED, zone=SHANGHAI).outcome is Outcome.FOREVER


def test_the_words_are_those_of_the_catalog() -> None:
    assert {each.value for each in Outcome} == {each.value for each in RetentionOutcome}
    assert TIERS.keys() == {each.value for each in ArchiveTier}
