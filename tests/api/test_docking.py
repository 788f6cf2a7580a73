"""Ringing for what a dock has secured."""

from typing import Any
from uuid import UUID

import pytest

from api.docking import _ring_for
from catalog.doorbell import Doorbell
from catalog.tables import Job
from ingest.intake import IntakeOutcome, IntakeResult
from tests.rows import secured
from tests.waiting import eventually


def result_of(archive: Any, job_id: UUID) -> IntakeResult:
    with archive.runtime.catalog.reading() as session:
        recording_id = session.get_one(Job, job_id).recording_id
    return IntakeResult("/card/a.mp4", IntakeOutcome.SECURED, recording_id=recording_id)


def test_a_dock_rings_for_the_jobs_of_what_it_secured(archive: Any) -> None:
    job_id, answered = secured(archive.runtime.catalog), list[UUID]()
    doorbell = Doorbell(answered.append)
    doorbell.answer_with(1)
    _ring_for(archive.runtime, result_of(archive, job_id), doorbell)
    eventually(lambda: answered == [job_id])
    doorbell.close()


def test_a_dock_that_reaches_nobody_asks_the_catalog_nothing(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    result = result_of(archive, secured(archive.runtime.catalog))

    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(type(archive.runtime.catalog), "reading", asked)
    _ring_for(archive.runtime, result, Doorbell())
