"""Whether anybody works is told from the ledger, on every database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, delete

from catalog.engine import Catalog
from catalog.repositories.attendance import GRACE, Unattended, unattended
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from tests import rows
from tests.rows import NOW

SECOND = timedelta(seconds=1)
LONG = GRACE + SECOND


def asked(catalog: Catalog, *jobs: dict[str, Any]) -> Unattended | None:
    ours = []
    with catalog.writing() as session:
        for kind, facts in zip(JobKind, jobs, strict=False):
            recording = rows.recording(f"{kind}.mp4")
            rows.add(session, recording)
            due_at = facts.pop("due_at", NOW - LONG)
            job = Job(recording_id=recording.id, kind=kind, due_at=due_at, created_at=NOW - LONG, **facts)
            ours.append(job.id)
            session.add(job)
    with catalog.writing() as session:  # what is put on record owes its manifest besides
        session.exec(delete(Job).where(col(Job.id).not_in(ours)))
    with catalog.reading() as session:
        return unattended(session, now=NOW)


def test_nothing_to_do(catalog: Catalog) -> None:
    assert asked(catalog, {"state": JobState.DONE, "finished_at": NOW - LONG}) is None


def test_due_for_long_and_nobody_there(catalog: Catalog) -> None:
    assert asked(catalog, {}, {"due_at": NOW - 2 * LONG}) == Unattended(2, NOW - 2 * LONG)


def test_what_a_dead_worker_left_is_unattended_too(catalog: Catalog) -> None:
    left = {"state": JobState.RUNNING, "lease_until": NOW - SECOND, "owner": "dead"}
    assert asked(catalog, left) == Unattended(1, NOW - LONG)


@pytest.mark.parametrize(
    "other",
    [
        {"state": JobState.RUNNING, "lease_until": NOW + SECOND, "owner": "alive"},
        {"state": JobState.DONE, "finished_at": NOW - SECOND},
    ],
    ids=["somebody works", "somebody just did"],
)
def test_somebody_is_there(catalog: Catalog, other: dict[str, Any]) -> None:
    assert asked(catalog, {}, other) is None


def test_what_has_only_just_become_due(catalog: Catalog) -> None:
    assert asked(catalog, {"due_at": NOW - GRACE + SECOND}) is None
