"""Jobs that are carried out by handlers of the tests, and what came of them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from catalog.engine import Catalog
from catalog.tables import Job, Recording
from catalog.tables.jobs import JobKind
from catalog.work import Finish, Handler, JobOf, JobRunner, Report
from tests.rows import NOW


class Ringing:
    """Keeps what was rung for."""

    def __init__(self) -> None:
        self.rung: list[UUID] = []

    def __call__(self, ids: Sequence[UUID]) -> None:
        self.rung += ids


@pytest.fixture
def ring() -> Ringing:
    return Ringing()


def runner_of(catalog: Catalog, handler: Handler, **facts: Any) -> JobRunner:
    """Carries out jobs of every kind by this handler; it rings for nobody, at one time, unless told otherwise."""
    told = {"identity": "worker", "clock": lambda: NOW, "ring": lambda _ids: None, **facts}
    return JobRunner(catalog, dict.fromkeys(JobKind, handler), **told)


@pytest.fixture
def carry_out(catalog: Catalog, ring: Ringing) -> Callable[[UUID, Handler], None]:
    def carried(job_id: UUID, handler: Handler) -> None:
        runner_of(catalog, handler, ring=ring).carry_out(job_id)

    return carried


CarryOut = Callable[[UUID, Handler], None]


def state_of(catalog: Catalog, job_id: UUID) -> Job:
    with catalog.reading() as session:
        return session.get_one(Job, job_id)


def names(catalog: Catalog) -> list[str]:
    with catalog.reading() as session:
        return list(session.exec(select(Recording.name)).all())


def finishing(*following: JobKind | JobOf) -> Handler:
    def handle(job: Job, _report: Report) -> Finish:
        def finish(session: Session) -> Sequence[JobKind | JobOf]:
            session.get_one(Recording, job.recording_id).name = "learned"
            return following

        return finish

    return handle


class StoreAway(Exception):
    retryable = True


class Undoable(Exception):
    retryable = False
