"""The job ledger, one call at a time: claiming, leases, back-off, giving up, retrying, asking again."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.errors import NotFound
from catalog.repositories import jobs
from catalog.repositories.jobs import ATTEMPTS_AT_MOST, LEASE, back_off
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from catalog.types import new_id
from tests import rows
from tests.rows import NOW, secured

SECOND = timedelta(seconds=1)


def claimed(catalog: Catalog, job_id: UUID, owner: str, now: datetime = NOW) -> bool:
    with catalog.writing() as session:
        return jobs.claim(session, job_id, owner=owner, now=now) is not None


def state_of(catalog: Catalog, job_id: UUID) -> Job:
    with catalog.reading() as session:
        return session.get_one(Job, job_id)


def fail(catalog: Catalog, job_id: UUID, owner: str, now: datetime, *, retryable: bool = True) -> None:
    with catalog.writing() as session:
        jobs.failed(session, job_id, owner=owner, reason="The store is away.", retryable=retryable, now=now)


def test_a_claimed_job_is_nobody_elses(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    assert not claimed(catalog, job_id, "two")
    assert not claimed(catalog, job_id, "one", NOW + LEASE)
    found = state_of(catalog, job_id)
    assert (found.state, found.owner, found.attempts, found.lease_until) == (JobState.RUNNING, "one", 1, NOW + LEASE)


def test_a_job_is_not_claimed_before_its_time(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    fail(catalog, job_id, "one", NOW)
    again = NOW + jobs.back_off(1)
    assert not claimed(catalog, job_id, "two", again - SECOND)
    assert claimed(catalog, job_id, "two", again)


def test_a_job_that_is_not_on_the_ledger_is_not_claimed(catalog: Catalog) -> None:
    assert not claimed(catalog, new_id(), "one")


def test_an_expired_lease_is_taken_over_and_the_late_worker_changes_nothing(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "late")
    later = NOW + LEASE + SECOND
    assert claimed(catalog, job_id, "next", later)
    with catalog.writing() as session:
        assert not jobs.heartbeat(session, job_id, owner="late", progress=0.9, now=later)
        assert not jobs.done(session, job_id, owner="late", now=later)
        jobs.failed(session, job_id, owner="late", reason="late", retryable=False, now=later)
    found = state_of(catalog, job_id)
    assert (found.state, found.owner, found.attempts) == (JobState.RUNNING, "next", 2)
    assert (found.lease_until, found.last_error, found.progress) == (later + LEASE, None, 0.0)
    with catalog.writing() as session:
        assert jobs.done(session, job_id, owner="next", now=later)
        assert not jobs.done(session, job_id, owner="next", now=later)
        assert not jobs.heartbeat(session, job_id, owner="next", progress=0.1, now=later)
        jobs.failed(session, job_id, owner="next", reason="after all", retryable=True, now=later)
    found = state_of(catalog, job_id)
    assert (found.state, found.progress, found.finished_at, found.last_error) == (JobState.DONE, 1.0, later, None)


def test_times_written_by_a_clock_that_was_ahead_hold_nothing_up(catalog: Catalog) -> None:
    ahead = NOW + timedelta(days=365)
    waiting = secured(catalog, now=ahead)
    assert claimed(catalog, waiting, "one", NOW)
    running = secured(catalog, now=ahead)
    assert claimed(catalog, running, "killed", ahead)
    assert claimed(catalog, running, "next", NOW)


def test_heartbeats_keep_a_lease(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "slow")
    for minute in range(1, 5):
        at = NOW + timedelta(minutes=minute)
        assert not claimed(catalog, job_id, "other", at)
        with catalog.writing() as session:
            assert jobs.heartbeat(session, job_id, owner="slow", progress=minute / 10, now=at)
    assert state_of(catalog, job_id).progress == pytest.approx(0.4)
    assert claimed(catalog, job_id, "other", NOW + timedelta(minutes=4) + LEASE + SECOND)


def test_what_fails_is_tried_again_later_and_at_last_given_up_with_its_reason(catalog: Catalog) -> None:
    job_id, now = secured(catalog), NOW
    for attempt in range(1, ATTEMPTS_AT_MOST + 1):
        assert claimed(catalog, job_id, f"worker {attempt}", now)
        fail(catalog, job_id, f"worker {attempt}", now)
        found = state_of(catalog, job_id)
        assert (found.last_error, found.attempts, found.lease_until) == ("The store is away.", attempt, None)
        if attempt < ATTEMPTS_AT_MOST:
            assert (found.state, found.due_at) == (JobState.WAITING, now + back_off(attempt))
            assert not claimed(catalog, job_id, "impatient", found.due_at - SECOND)
            now = found.due_at
    given_up = state_of(catalog, job_id)
    assert (given_up.state, given_up.finished_at) == (JobState.FAILED, now)
    assert not claimed(catalog, job_id, "anybody", now + timedelta(days=365))


def test_what_cannot_be_helped_by_trying_is_given_up_at_once(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    fail(catalog, job_id, "one", NOW, retryable=False)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, found.last_error) == (JobState.FAILED, 1, "The store is away.")


def test_a_job_that_kills_its_worker_each_time_comes_to_an_end(catalog: Catalog) -> None:
    job_id, now = secured(catalog), NOW
    deaths = 0
    while claimed(catalog, job_id, f"victim {deaths}", now):
        deaths += 1
        assert deaths <= ATTEMPTS_AT_MOST
        now += LEASE + SECOND
    assert deaths == ATTEMPTS_AT_MOST
    found = state_of(catalog, job_id)
    assert found.state is JobState.FAILED
    assert found.last_error is not None
    assert "died" in found.last_error


def test_a_person_has_a_failed_job_done_again(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    fail(catalog, job_id, "one", NOW, retryable=False)
    with catalog.writing() as session:
        jobs.retry(session, job_id, now=NOW + SECOND)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, found.due_at, found.last_error) == (JobState.WAITING, 0, NOW + SECOND, None)
    assert claimed(catalog, job_id, "two", NOW + SECOND)


def test_a_person_does_not_have_to_wait_for_the_back_off(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    fail(catalog, job_id, "one", NOW)
    with catalog.writing() as session:
        jobs.retry(session, job_id, now=NOW)
    assert claimed(catalog, job_id, "two", NOW)


def test_retrying_leaves_running_and_done_jobs_alone_and_needs_a_job(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    with catalog.writing() as session:
        assert jobs.retry(session, job_id, now=NOW).state is JobState.RUNNING
        assert jobs.done(session, job_id, owner="one", now=NOW)
        assert jobs.retry(session, job_id, now=NOW).state is JobState.DONE
    with pytest.raises(NotFound), catalog.writing() as session:
        jobs.retry(session, new_id(), now=NOW)


def test_adding_twice_is_adding_once(catalog: Catalog) -> None:
    job_id = secured(catalog)
    recording_id = state_of(catalog, job_id).recording_id
    with catalog.writing() as session:
        assert jobs.add(session, recording_id, JobKind.PROBE, now=NOW) == job_id
        assert jobs.add(session, recording_id, JobKind.PROBE, now=NOW) == job_id
        other = jobs.add(session, recording_id, JobKind.MATCH, now=NOW)
        assert jobs.add(session, recording_id, JobKind.MATCH, now=NOW) == other
    with catalog.reading() as session:
        assert len(session.exec(select(Job)).all()) == 2


def test_adding_does_not_shorten_a_back_off(catalog: Catalog) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    fail(catalog, job_id, "one", NOW)
    with catalog.writing() as session:
        jobs.add(session, state_of(catalog, job_id).recording_id, JobKind.PROBE, now=NOW)
    assert state_of(catalog, job_id).due_at == NOW + back_off(1)


@pytest.mark.parametrize("ending", ["done", "failed"])
def test_asking_for_a_job_that_came_to_its_end_has_it_done_anew(catalog: Catalog, ending: str) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    with catalog.writing() as session:
        if ending == "done":
            assert jobs.done(session, job_id, owner="one", now=NOW)
        else:
            jobs.failed(session, job_id, owner="one", reason="no", retryable=False, now=NOW)
        jobs.add(session, session.get_one(Job, job_id).recording_id, JobKind.PROBE, now=NOW + SECOND)
    found = state_of(catalog, job_id)
    assert (found.state, found.attempts, found.finished_at) == (JobState.WAITING, 0, None)


@pytest.mark.parametrize("ending", ["done", "failed for good"])
def test_a_running_job_that_is_asked_for_runs_once_more(catalog: Catalog, ending: str) -> None:
    job_id = secured(catalog)
    assert claimed(catalog, job_id, "one")
    with catalog.writing() as session:
        jobs.add(session, session.get_one(Job, job_id).recording_id, JobKind.PROBE, now=NOW)
    assert state_of(catalog, job_id).state is JobState.RUNNING
    with catalog.writing() as session:
        if ending == "done":
            assert jobs.done(session, job_id, owner="one", now=NOW)
        else:
            jobs.failed(session, job_id, owner="one", reason="no", retryable=False, now=NOW)
    assert state_of(catalog, job_id).state is JobState.WAITING
    assert claimed(catalog, job_id, "two")
    with catalog.writing() as session:
        assert jobs.done(session, job_id, owner="two", now=NOW)
    assert state_of(catalog, job_id).state is JobState.DONE


def test_a_changed_register_has_all_matched_recordings_matched_again(catalog: Catalog) -> None:
    done, failed, running, waiting = (secured(catalog, JobKind.MATCH) for _ in range(4))
    untouched = secured(catalog, JobKind.PROBE)
    for job_id in (done, failed, running, untouched):
        assert claimed(catalog, job_id, "one")
    with catalog.writing() as session:
        assert jobs.done(session, done, owner="one", now=NOW)
        assert jobs.done(session, untouched, owner="one", now=NOW)
        jobs.failed(session, failed, owner="one", reason="no", retryable=False, now=NOW)
        jobs.add_matching_for_all(session, now=NOW + SECOND)
    states = [state_of(catalog, job_id).state for job_id in (done, failed, running, waiting, untouched)]
    waits = JobState.WAITING
    assert states == [waits, waits, JobState.RUNNING, waits, JobState.DONE]
    assert state_of(catalog, running).again
    assert state_of(catalog, failed).last_error is None


def test_what_is_due_is_listed_longest_due_first(catalog: Catalog) -> None:
    later, sooner, expired, held = (secured(catalog, now=NOW + SECOND * at) for at in (2, 1, 3, 4))
    assert claimed(catalog, expired, "dead", NOW + SECOND * 3)
    now = NOW + SECOND * 3 + LEASE + SECOND
    assert claimed(catalog, held, "alive", now)
    with catalog.reading() as session:
        assert jobs.due(session, now=NOW + SECOND * 50, limit=10) == [sooner, later]
        assert set(jobs.due(session, now=now, limit=10)) == {sooner, later, expired}
        assert jobs.due(session, now=now, limit=1) == [sooner]


def test_listing_goes_through_every_job_once_page_by_page(catalog: Catalog) -> None:
    made = [secured(catalog) for _ in range(7)]
    assert claimed(catalog, made[3], "one")
    seen: list[UUID] = []
    after = None
    while True:
        with catalog.reading() as session:
            page = jobs.listing(session, states=[JobState.WAITING], limit=2, after=after)
        if not page:
            break
        assert all(name == "a.mp4" for _, name in page)
        seen += [job.id for job, _ in page]
        after = seen[-1]
    assert seen == [each for each in made if each != made[3]]


def test_counts_name_every_state(catalog: Catalog) -> None:
    with catalog.reading() as session:
        assert jobs.counts(session) == dict.fromkeys(JobState, 0)
    assert claimed(catalog, secured(catalog), "one")
    secured(catalog)
    with catalog.reading() as session:
        assert jobs.counts(session) == {
            JobState.WAITING: 1,
            JobState.RUNNING: 1,
            JobState.DONE: 0,
            JobState.FAILED: 0,
        }


def test_unfinished_counts_only_the_recordings_asked_for(catalog: Catalog) -> None:
    ours, theirs = secured(catalog), secured(catalog)
    assert theirs != ours
    mine = state_of(catalog, ours).recording_id
    with catalog.reading() as session:
        assert jobs.unfinished(session, [mine]) == 1
        assert jobs.unfinished(session, [mine, *(new_id() for _ in range(1200))]) == 1
        assert jobs.unfinished(session, []) == 0
    assert claimed(catalog, ours, "one")
    with catalog.writing() as session:
        assert jobs.done(session, ours, owner="one", now=NOW)
    with catalog.reading() as session:
        assert jobs.unfinished(session, [mine]) == 0


def test_what_was_never_tried_waits_for_no_clock(catalog: Catalog) -> None:
    """A dock whose clock is ahead writes a time that has not come yet."""
    job_id = secured(catalog, now=NOW + timedelta(minutes=10))
    with catalog.reading() as session:
        assert jobs.due(session, now=NOW, limit=1) == [job_id]


def test_jobs_of_a_recording_stand_in_their_order(catalog: Catalog) -> None:
    with catalog.writing() as session:
        row = rows.recording()
        rows.add(session, row)
        _add_all(session, row.id)
    with catalog.reading() as session:
        assert [job.kind for job in jobs.of_recording(session, row.id)] == list(JobKind)


def _add_all(session: Session, recording_id: UUID) -> None:
    for kind in reversed(JobKind):
        jobs.add(session, recording_id, kind, now=NOW)


@given(st.integers(min_value=1, max_value=10_000))
def test_waiting_grows_up_to_an_hour(attempts: int) -> None:
    assert timedelta(seconds=5) <= back_off(attempts) <= back_off(attempts + 1) <= timedelta(hours=1)
