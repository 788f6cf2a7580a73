"""What trials of locks mean: judged by what is left, never taken for passed where nothing could be learned."""

import itertools
from datetime import UTC, datetime

import pytest

from storage.model import LockMode
from storage.probe import (
    GOVERNANCE_BYPASSES,
    Conformance,
    Remains,
    Reply,
    Seen,
    Trial,
    TrialName,
    TrialOutcome,
    attacked,
    judged,
    seen,
    weighed,
)

REFUSED, ALLOWED, UNCLEAR = TrialOutcome.REFUSED, TrialOutcome.ALLOWED, TrialOutcome.UNCLEAR
HEADERS, DEFAULT = TrialName.MULTIPART_HEADERS_IGNORED, TrialName.DEFAULT_RETENTION_IGNORED


@pytest.mark.parametrize("remains", [Remains.GONE, Remains.CHANGED])
@pytest.mark.parametrize("reply", list(Reply))
def test_what_is_lost_was_allowed_whatever_the_server_says(remains: Remains, reply: Reply) -> None:
    assert judged(reply, remains, may_otherwise=False, in_time=True) is ALLOWED


def test_what_is_lost_after_its_lock_ended_says_nothing() -> None:
    assert judged(Reply.DONE, Remains.GONE, may_otherwise=True, in_time=False) is UNCLEAR


@pytest.mark.parametrize("reply", [Reply.DENIED, Reply.DONE])
def test_what_is_left_as_it_was_was_refused(reply: Reply) -> None:
    assert judged(reply, Remains.INTACT, may_otherwise=True, in_time=True) is REFUSED


def test_a_refusal_to_a_key_that_may_nothing_is_no_proof() -> None:
    assert judged(Reply.DENIED, Remains.INTACT, may_otherwise=False, in_time=True) is UNCLEAR


@pytest.mark.parametrize("remains", [Remains.INTACT, Remains.UNKNOWN])
def test_a_fault_is_no_proof(remains: Remains) -> None:
    assert judged(Reply.FAULT, remains, may_otherwise=True, in_time=True) is UNCLEAR


@pytest.mark.parametrize(
    ("reply", "remains", "may", "in_time", "told"),
    [
        (Reply.DENIED, Remains.INTACT, True, True, Seen.DENIED),
        (Reply.DONE, Remains.INTACT, True, True, Seen.NOTHING_LOST),
        (Reply.DENIED, Remains.INTACT, False, True, Seen.NO_RIGHT),
        (Reply.FAULT, Remains.INTACT, True, True, Seen.NO_ANSWER),
        (Reply.FAULT, Remains.INTACT, False, True, Seen.NO_ANSWER),
        (Reply.DONE, Remains.UNKNOWN, True, True, Seen.NO_ANSWER),
        (Reply.DENIED, Remains.GONE, True, True, Seen.LOST),
        (Reply.DONE, Remains.CHANGED, True, True, Seen.LOST),
        (Reply.DONE, Remains.GONE, True, False, Seen.LOST_LATE),
    ],
)
def test_what_was_seen_is_more_than_what_was_answered(
    reply: Reply, remains: Remains, told: Seen, *, may: bool, in_time: bool
) -> None:
    assert seen(reply, remains, may_otherwise=may, in_time=in_time) is told


@pytest.mark.parametrize("reply", list(Reply))
@pytest.mark.parametrize("remains", list(Remains))
@pytest.mark.parametrize(("may", "in_time"), [(True, True), (True, False), (False, True), (False, False)])
def test_outcome_and_what_was_seen_never_contradict(
    reply: Reply, remains: Remains, *, may: bool, in_time: bool
) -> None:
    trial = attacked(TrialName.OVERWRITE, reply, "", remains, may_otherwise=may, in_time=in_time)
    outcomes = {
        Seen.DENIED: REFUSED,
        Seen.NOTHING_LOST: REFUSED,
        Seen.LOST: ALLOWED,
        Seen.LOST_LATE: UNCLEAR,
        Seen.NO_RIGHT: UNCLEAR,
        Seen.NO_ANSWER: UNCLEAR,
    }
    assert trial.outcome is outcomes[trial.seen]


def test_unclear_until_only_where_nothing_else_is_wrong() -> None:
    until = datetime(2026, 11, 25, tzinfo=UTC)
    waiting = Trial(TrialName.LIFECYCLE_RULE, UNCLEAR, "", seen=Seen.RULE_WAITS, until=until)
    fine = Trial(TrialName.OVERWRITE, REFUSED, "")
    assert Conformance((waiting, fine)).unclear_until == until
    assert Conformance((fine,)).unclear_until is None
    for outcome in (ALLOWED, UNCLEAR):
        assert Conformance((waiting, Trial(TrialName.DELETE_BUCKET, outcome, ""))).unclear_until is None
    weighed_again = weighed((waiting, fine), originals_have_default=False)
    assert weighed_again[0].until == until, "weighing must not forget what was seen"


@pytest.mark.parametrize("outcome", list(TrialOutcome))
def test_immutable_only_if_everything_that_weighs_was_refused(outcome: TrialOutcome) -> None:
    trials = (Trial(TrialName.OVERWRITE, REFUSED, ""), Trial(TrialName.DELETE_BUCKET, outcome, ""))
    assert Conformance(trials).immutable is (outcome is REFUSED)


def test_nothing_tried_is_not_immutable() -> None:
    assert not Conformance(()).immutable


@pytest.mark.parametrize(
    ("headers", "default", "has_default"), list(itertools.product(TrialOutcome, TrialOutcome, (0, 1)))
)
def test_only_a_default_retention_that_works_makes_up_for_ignored_headers(
    headers: TrialOutcome, default: TrialOutcome, has_default: int
) -> None:
    trials = (Trial(HEADERS, headers, ""), Trial(DEFAULT, default, ""))
    found = Conformance(weighed(trials, originals_have_default=bool(has_default)))
    assert found.immutable is (headers is REFUSED or (bool(has_default) and default is REFUSED))


def _of_a_key(bypass: TrialOutcome) -> tuple[Trial, ...]:
    """What a key finds that may bypass governance, or may not: then it cannot try more either."""
    more = UNCLEAR if bypass is REFUSED else REFUSED
    return (
        *(Trial(name, bypass, "") for name in GOVERNANCE_BYPASSES),
        Trial(TrialName.COMPLIANCE_DELETE, REFUSED, ""),
        Trial(TrialName.COMPLIANCE_DELETE_BYPASS, more, ""),
        Trial(TrialName.HELD_DELETE_BYPASS, more, ""),
    )


@pytest.mark.parametrize(
    ("mode", "bypass", "immutable", "bypassable"),
    [
        (LockMode.GOVERNANCE, ALLOWED, False, True),
        (LockMode.GOVERNANCE, UNCLEAR, False, None),
        (LockMode.GOVERNANCE, REFUSED, True, False),
        (LockMode.COMPLIANCE, ALLOWED, True, True),
        (LockMode.COMPLIANCE, REFUSED, False, False),
    ],
)
def test_governance_is_immutable_only_where_our_own_key_may_not_bypass_it(
    mode: LockMode, bypass: TrialOutcome, *, immutable: bool, bypassable: bool | None
) -> None:
    found = Conformance(weighed(_of_a_key(bypass), originals_have_default=False, mode=mode))
    assert (found.immutable, found.bypassable) == (immutable, bypassable)


def test_one_bypass_that_works_is_enough() -> None:
    trials = tuple(
        Trial(name, ALLOWED if name is TrialName.GOVERNANCE_MULTI_DELETE_BYPASS else REFUSED, "")
        for name in GOVERNANCE_BYPASSES
    )
    assert Conformance(trials).bypassable
    assert Conformance(()).bypassable is None
