"""Which case a recording may belong to."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.matching import (
    Activity,
    Assignment,
    LinkState,
    LinkSuggestion,
    MatchingSettings,
    MatchReasonCode,
    RecordingFacts,
    suggest,
)

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
SETTINGS = MatchingSettings(tolerance_minutes=30)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def recording(begins: float | None = 10, ends: float | None = 20, **facts: str | None) -> RecordingFacts:
    known = {"device": "1234567", "officer": "012345", **facts}
    return RecordingFacts(at(begins) if begins is not None else None, at(ends) if ends is not None else None, **known)


def activity(name: str = "out-1", begins: float = 0, ends: float | None = 60, **facts: str | None) -> Activity:
    known = {"case": "case-1", "stage": "investigation", "agency": "county", **facts}
    return Activity(name, frozenset({"012345", "012346"}), at(begins), at(ends) if ends is not None else None, **known)


def held(officer: str = "012345", begins: float = -600, ends: float | None = 600) -> Assignment:
    return Assignment("1234567", officer, at(begins), at(ends) if ends is not None else None)


def codes(suggestion: LinkSuggestion) -> set[MatchReasonCode]:
    return {reason.code for reason in suggestion.reasons}


def test_officer_and_assignment_and_time_agree() -> None:
    (found,) = suggest(recording(), [held()], [activity()], SETTINGS)
    assert (found.case_id, found.activity_id, found.stage) == ("case-1", "out-1", "investigation")
    assert (found.score, found.state) == (1.0, LinkState.SUGGESTED)
    assert codes(found) == {
        MatchReasonCode.OFFICER_NAMED,
        MatchReasonCode.DEVICE_ASSIGNED,
        MatchReasonCode.WITHIN_ACTIVITY,
    }


def test_either_who_is_enough_and_says_so() -> None:
    (by_name,) = suggest(recording(), [], [activity()], SETTINGS)
    assert codes(by_name) == {MatchReasonCode.OFFICER_NAMED, MatchReasonCode.WITHIN_ACTIVITY}
    (by_device,) = suggest(recording(officer=None), [held("012346")], [activity()], SETTINGS)
    assert codes(by_device) == {MatchReasonCode.DEVICE_ASSIGNED, MatchReasonCode.WITHIN_ACTIVITY}
    assert by_device.reasons[0].officer == "012346"
    assert by_name.score == by_device.score == 0.9


def test_time_alone_and_agency_alone_suggest_nothing() -> None:
    stranger = recording(officer=None, device=None, agency="county")
    assert suggest(stranger, [held()], [activity()], SETTINGS) == ()
    assert suggest(recording(officer="999999"), [], [activity()], SETTINGS) == ()


def test_assignment_counts_only_while_it_lasts() -> None:
    unnamed = recording(officer=None)
    assert suggest(unnamed, [held(ends=10)], [activity()], SETTINGS) == ()
    assert suggest(unnamed, [held(begins=21)], [activity()], SETTINGS) == ()
    assert len(suggest(unnamed, [held(begins=15, ends=None)], [activity()], SETTINGS)) == 1


def test_file_and_assignment_that_differ_are_both_followed_at_a_lower_score() -> None:
    mine, other = activity("mine"), Activity("other", frozenset({"777777"}), at(0), at(60))
    found = suggest(recording(), [held("777777")], [mine, other], SETTINGS)
    assert {each.activity_id for each in found} == {"mine", "other"}
    assert all(MatchReasonCode.FILE_AND_ASSIGNMENT_DIFFER in codes(each) for each in found)
    assert all(each.score == 0.63 for each in found)


@pytest.mark.parametrize(
    ("begins", "ends", "code", "seconds"),
    [
        (0, 60, MatchReasonCode.WITHIN_ACTIVITY, None),
        (-10, 10, MatchReasonCode.PARTLY_WITHIN_ACTIVITY, 600),
        (50, 70, MatchReasonCode.PARTLY_WITHIN_ACTIVITY, 600),
        (-20, -10, MatchReasonCode.WITHIN_TOLERANCE, 600),
        (90, 95, MatchReasonCode.WITHIN_TOLERANCE, 1800),
    ],
)
def test_times_and_their_reasons(begins: float, ends: float, code: MatchReasonCode, seconds: float | None) -> None:
    (found,) = suggest(recording(begins, ends), [], [activity()], SETTINGS)
    assert [each.seconds for each in found.reasons if each.code is code] == [seconds]


def test_nearer_is_surer() -> None:
    scores = [
        suggest(recording(begins, begins + 10), [], [activity()], SETTINGS)[0].score for begins in (10, 55, 61, 75, 90)
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 5


@pytest.mark.parametrize(("begins", "ends"), [(90.1, 95), (-60, -30.1)])
def test_beyond_the_tolerance_suggests_nothing(begins: float, ends: float) -> None:
    assert suggest(recording(begins, ends), [held()], [activity()], SETTINGS) == ()


def test_activity_that_goes_on_has_no_end() -> None:
    (found,) = suggest(recording(5000, 5010), [], [activity(ends=None)], SETTINGS)
    assert MatchReasonCode.WITHIN_ACTIVITY in codes(found)


@pytest.mark.parametrize("ends", [None, 5])
def test_unknown_or_impossible_end_is_said(ends: float | None) -> None:
    (found,) = suggest(recording(10, ends), [], [activity()], SETTINGS)
    assert MatchReasonCode.END_UNKNOWN in codes(found)


def test_unknown_time_suggests_nothing() -> None:
    assert suggest(recording(None, 20), [held()], [activity(), activity("on", ends=None)], SETTINGS) == ()


def test_all_that_fit_are_listed_the_surest_first() -> None:
    second = activity("out-2", 15, 60, case="case-2")
    found = suggest(recording(), [], [second, activity()], SETTINGS)
    assert [(each.activity_id, each.case_id) for each in found] == [("out-1", "case-1"), ("out-2", "case-2")]


def test_other_agency_lowers_the_score() -> None:
    (found,) = suggest(recording(agency="township"), [], [activity()], SETTINGS)
    assert MatchReasonCode.AGENCY_DIFFERS in codes(found)
    assert found.score == 0.72


def test_case_named_by_the_device_is_confirmed_and_its_stage_only_suggested() -> None:
    other = activity("out-2", case="case-2")
    found = suggest(recording(case_named="case-1"), [], [other, activity()], SETTINGS)
    assert [(each.case_id, each.activity_id, each.state) for each in found] == [
        ("case-1", None, LinkState.CONFIRMED_BY_DEVICE),
        ("case-1", "out-1", LinkState.SUGGESTED),
        ("case-2", "out-2", LinkState.SUGGESTED),
    ]
    assert MatchReasonCode.DEVICE_NAMES_OTHER_CASE in codes(found[2])


def test_case_named_by_the_device_needs_no_time() -> None:
    (found,) = suggest(recording(None, None, case_named="case-1"), [], [activity()], SETTINGS)
    assert (found.case_id, found.stage, found.state) == ("case-1", None, LinkState.CONFIRMED_BY_DEVICE)


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        RecordingFacts(datetime(2026, 5, 1))  # noqa: DTZ001


OFFICERS = st.sampled_from(["012345", "012346", "777777"])
MINUTES = st.integers(-200, 200)
ACTIVITIES = st.lists(
    st.builds(
        lambda name, officers, begins, length, case: Activity(
            name, frozenset(officers), at(begins), at(begins + length) if length is not None else None, case=case
        ),
        st.sampled_from(["x", "y", "z"]),
        st.sets(OFFICERS, max_size=2),
        MINUTES,
        st.one_of(st.none(), st.integers(-5, 100)),
        st.sampled_from([None, "case-1", "case-2"]),
    ),
    max_size=6,
)
ASSIGNMENTS = st.lists(st.builds(held, OFFICERS, MINUTES, st.one_of(st.none(), MINUTES)), max_size=4)
RECORDINGS = st.builds(
    recording,
    MINUTES,
    st.one_of(st.none(), MINUTES),
    officer=st.one_of(st.none(), OFFICERS),
    device=st.sampled_from([None, "1234567"]),
    case_named=st.sampled_from([None, "case-1"]),
)


@given(RECORDINGS, ASSIGNMENTS, ACTIVITIES, st.integers(0, 2**32), st.integers(0, 60))
def test_never_outside_the_tolerance_and_never_by_order(
    facts: RecordingFacts, assignments: list[Assignment], activities: list[Activity], seed: int, tolerance: int
) -> None:
    settings = MatchingSettings(tolerance_minutes=tolerance)
    found = suggest(facts, assignments, activities, settings)
    order = Random(seed)  # noqa: S311  # an order, not a secret
    assert (
        suggest(facts, order.sample(assignments, len(assignments)), order.sample(activities, len(activities)), settings)
        == found
    )
    near = {each.id for each in activities if _touches(facts, each, timedelta(minutes=tolerance))}
    for each in found:
        assert 0 < each.score <= 1
        assert each.reasons
        assert each.activity_id in near or each.state is LinkState.CONFIRMED_BY_DEVICE
        assert each.state is LinkState.SUGGESTED or each.case_id == facts.case_named


@given(ASSIGNMENTS, ACTIVITIES)
def test_unknown_time_stays_unknown(assignments: list[Assignment], activities: list[Activity]) -> None:
    assert suggest(recording(None, None), assignments, activities, SETTINGS) == ()


def _touches(facts: RecordingFacts, candidate: Activity, tolerance: timedelta) -> bool:
    assert facts.captured_from is not None
    until = max(facts.captured_from, facts.captured_to or facts.captured_from)
    ends = candidate.ends or until
    return facts.captured_from <= ends + tolerance and until >= candidate.starts - tolerance
