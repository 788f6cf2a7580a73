"""Many at once: threads and processes that want the same jobs, and workers that are killed in the middle of one."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import URL
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Job, Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.work import Finish, JobRunner, Report
from tests import rows
from tests.rows import NOW, secured

CONTENDER = Path(__file__).with_name("contender.py")
AT_ONCE = 6


def start(database: URL, *arguments: str) -> subprocess.Popen[str]:
    address = database.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, str(CONTENDER), address, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_each_job_goes_to_exactly_one_of_many(database: URL, catalog: Catalog) -> None:
    made = [str(secured(catalog)) for _ in range(40)]
    contenders = [start(database, f"process {number}", "3") for number in range(3)]
    for each in contenders:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    got = [line for each in contenders for line in each.communicate("", timeout=60)[0].split()]
    assert [each.returncode for each in contenders] == [0, 0, 0]
    assert Counter(got) == Counter(made)
    with catalog.reading() as session:
        owners = session.exec(select(Job.owner, Job.attempts)).all()
    assert {attempts for _, attempts in owners} == {1}


def test_one_of_many_takes_over_an_expired_lease(catalog: Catalog) -> None:
    job_id = secured(catalog)
    with catalog.writing() as session:
        assert jobs.claim(session, job_id, owner="dead", now=NOW)
    later = NOW + jobs.LEASE * 2
    barrier = threading.Barrier(AT_ONCE)

    def take_over(number: int) -> bool:
        barrier.wait()
        with catalog.writing() as session:
            return jobs.claim(session, job_id, owner=f"heir {number}", now=later) is not None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(take_over, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]


def test_many_ask_for_the_same_job_at_once(catalog: Catalog) -> None:
    with catalog.writing() as session:
        row = rows.recording()
        rows.add(session, row)
    barrier = threading.Barrier(AT_ONCE)

    def ask(_number: int) -> UUID:
        barrier.wait()
        with catalog.writing() as session:
            return jobs.add(session, row.id, JobKind.MANIFEST, now=NOW)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert len(set(pool.map(ask, range(AT_ONCE)))) == 1
    with catalog.reading() as session:
        assert session.exec(select(Job.state)).all() == [JobState.WAITING]


def test_what_is_asked_for_while_a_job_closes_is_never_overlooked(catalog: Catalog) -> None:
    """Whichever comes first: the job is due again afterwards, or still told to run again."""
    for _ in range(10):
        job_id = secured(catalog, JobKind.MANIFEST)
        with catalog.writing() as session:
            claimed = jobs.claim(session, job_id, owner="one", now=NOW)
        assert claimed is not None
        recording_id, barrier = claimed.recording_id, threading.Barrier(2)

        def close(job_id: UUID = job_id, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with catalog.writing() as session:
                assert jobs.done(session, job_id, owner="one", now=NOW)

        def ask(recording_id: UUID = recording_id, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with catalog.writing() as session:
                jobs.add(session, recording_id, JobKind.MANIFEST, now=NOW)

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(close), pool.submit(ask)]:
                each.result(timeout=30)
        with catalog.reading() as session:
            assert session.get_one(Job, job_id).state is JobState.WAITING


def test_a_killed_worker_loses_its_job_to_another_which_finishes_it(database: URL, catalog: Catalog) -> None:
    job_id = secured(catalog)
    victim = start(database, "victim", "hang", str(job_id))
    assert victim.stdout is not None
    assert victim.stdout.readline() == "started\n"
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=30)
    assert victim.returncode == -signal.SIGKILL
    with catalog.reading() as session:
        left = session.get_one(Job, job_id)
    assert (left.state, left.attempts) == (JobState.RUNNING, 1)
    assert left.owner is not None
    assert left.owner.startswith("victim#")

    runner = JobRunner(
        catalog,
        {JobKind.PROBE: _learns_its_name},
        identity="heir",
        clock=lambda: datetime.now(UTC),
        ring=lambda _: None,
    )
    deadline, due = time.monotonic() + 30, list[UUID]()
    while time.monotonic() < deadline:
        with catalog.reading() as session:
            due = list(jobs.due(session, now=datetime.now(UTC), limit=10))
        if due:
            break
        time.sleep(0.05)
    assert due == [job_id]
    runner.carry_out(job_id)
    with catalog.reading() as session:
        found = session.get_one(Job, job_id)
        assert (found.state, found.attempts) == (JobState.DONE, 2)
        assert session.get_one(Recording, found.recording_id).name == "learned"


def _learns_its_name(job: Job, _report: Report) -> Finish:
    def finish(session: Session) -> list[JobKind]:
        session.get_one(Recording, job.recording_id).name = "learned"
        return []

    return finish


def test_readers_see_one_moment_while_others_write(catalog: Catalog) -> None:
    secured(catalog)
    with catalog.reading() as session:
        before = jobs.counts(session)
        secured(catalog)
        assert jobs.counts(session) == before
    with catalog.reading() as session:
        assert jobs.counts(session) != before
