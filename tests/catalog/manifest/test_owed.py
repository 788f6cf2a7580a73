"""Whoever changes a fact of a recording owes its manifest, in the same transaction, whether they think of it or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, event
from sqlmodel import col, select

from catalog import seals
from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Agency, Classification, Job, ManifestChange, Recording
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.register import AgencyLevel
from catalog.tables.retention import RetentionClass
from tests import rows
from tests.rows import NOW


@pytest.fixture
def recording(catalog: Catalog) -> Recording:
    """On record, its jobs all done."""
    found = rows.recording()
    with catalog.writing() as session:
        session.add(found)
    with catalog.writing() as session:
        for job in session.exec(select(Job)):
            job.state = JobState.DONE
            session.add(job)
    return found


def ledger(catalog: Catalog) -> dict[tuple[UUID, JobKind], JobState]:
    with catalog.reading() as session:
        return {(job.recording_id, job.kind): job.state for job in session.exec(select(Job))}


def changes(catalog: Catalog) -> list[tuple[str, UUID]]:
    with catalog.reading() as session:
        return [(each.noun, each.row_id) for each in session.exec(select(ManifestChange))]


def classification(of: UUID) -> Classification:
    return Classification(
        recording_id=of, retention_class=RetentionClass.EVIDENCE, reason="x", classified_by="li", classified_at=NOW
    )


@contextmanager
def statements(catalog: Catalog) -> Iterator[list[str]]:
    told: list[str] = []

    def tell(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(catalog.engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(catalog.engine, "before_cursor_execute", tell)


def test_a_changed_fact_owes_the_manifest(catalog: Catalog, recording: Recording) -> None:
    with catalog.writing() as session:
        found = session.get_one(Recording, recording.id)
        found.important = True
        session.add(found)
    assert ledger(catalog) == {(recording.id, JobKind.MANIFEST): JobState.WAITING}


def test_a_row_that_speaks_of_it_owes_the_manifest_made_changed_and_removed(
    catalog: Catalog, recording: Recording
) -> None:
    row = classification(recording.id)
    for act in ("made", "changed", "removed"):
        with catalog.writing() as session:
            for job in session.exec(select(Job)):
                job.state = JobState.DONE
                session.add(job)
        with catalog.writing() as session:
            if act == "made":
                session.add(row.model_copy())
                continue
            found = session.get_one(Classification, row.id)
            found.withdrawn_by = "wang"
            session.add(found) if act == "changed" else session.delete(found)
        assert ledger(catalog)[recording.id, JobKind.MANIFEST] is JobState.WAITING, act


def test_a_manifest_being_written_is_written_once_more(catalog: Catalog, recording: Recording) -> None:
    with catalog.writing() as session:
        job_id = jobs.add(session, recording.id, JobKind.MANIFEST, now=NOW)
    with catalog.writing() as session:
        jobs.claim(session, job_id, owner="me", now=NOW)
    with catalog.writing() as session:
        session.add(classification(recording.id))
    with catalog.writing() as session:
        assert jobs.done(session, job_id, owner="me", now=NOW)
    assert ledger(catalog)[recording.id, JobKind.MANIFEST] is JobState.WAITING


def test_the_first_securing_owes_nothing_and_pays_for_nothing_since_its_chain_ends_in_the_manifest(
    catalog: Catalog,
) -> None:
    found = rows.recording()
    with statements(catalog) as told, catalog.writing() as session:
        session.add(found)
        session.flush()
        session.add(rows.sighting(found))
        jobs.add_first(session, found.id, JobKind.PROBE, now=NOW)
    inserts = [each.split("(")[0].strip().lower() for each in told if each.lower().startswith(("insert", "update"))]
    into = ["recording", "sighting", "job", "custody_event"]
    assert sorted(inserts) == sorted(f"insert into {table}" for table in into)
    assert ledger(catalog) == {(found.id, JobKind.PROBE): JobState.WAITING}


@pytest.mark.parametrize("kind", [JobKind.PROBE, JobKind.MATCH])
def test_where_the_chain_is_given_up_the_manifest_is_written_all_the_same(
    catalog: Catalog, recording: Recording, kind: JobKind
) -> None:
    with catalog.writing() as session:
        job_id = jobs.add(session, recording.id, kind, now=NOW)
    with catalog.writing() as session:
        jobs.claim(session, job_id, owner="me", now=NOW)
    with catalog.writing() as session:
        jobs.failed(session, job_id, owner="me", reason="broken", retryable=False, now=NOW)
    assert ledger(catalog)[recording.id, JobKind.MANIFEST] is JobState.WAITING


def test_what_a_statement_removes_must_say_of_which_recordings_it_spoke(catalog: Catalog, recording: Recording) -> None:
    row = classification(recording.id)
    with catalog.writing() as session:
        session.add(row.model_copy())

    def remove(*of: UUID) -> None:
        with catalog.writing() as session:
            session.exec(delete(Classification).where(col(Classification.id) == row.id))
            seals.touched(session, Classification, [row.id], recordings=of)

    with pytest.raises(RuntimeError, match="without saying of which recordings"):
        remove()
    remove(recording.id)
    assert ledger(catalog)[recording.id, JobKind.MANIFEST] is JobState.WAITING


def test_rows_that_speak_of_no_recording_are_noted_for_their_page(catalog: Catalog) -> None:
    agency = Agency(code="1", name="局", level=AgencyLevel.COUNTY)
    with catalog.writing() as session:
        session.add(agency)
    assert changes(catalog) == [("agency", agency.id)]
    assert ledger(catalog) == {}


def test_writing_a_manifest_owes_none(catalog: Catalog, recording: Recording) -> None:
    with catalog.writing() as session:
        job_id = jobs.add(session, recording.id, JobKind.MANIFEST, now=NOW)
    with catalog.writing() as session:
        jobs.claim(session, job_id, owner="me", now=NOW)
    with catalog.writing() as session:
        jobs.done(session, job_id, owner="me", now=NOW)
    assert ledger(catalog)[recording.id, JobKind.MANIFEST] is JobState.DONE
    assert changes(catalog) == []
